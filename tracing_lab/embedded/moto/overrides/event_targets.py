"""Targets of EventBridge rules: what PutTargets rejects, and pages of ListTargetsByRule.

The messages are those that AWS sends, as observed.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tracing_lab.embedded.eventbridge.api_targets import header_problem
from tracing_lab.embedded.eventbridge.input_transformer import undefined_placeholders
from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

MAX_TARGETS = 5
"""Targets of a rule, by default.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
"""

_INPUTS = ("Input", "InputPath", "InputTransformer")
_VALIDATION = "ValidationException"


def put_targets(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to PutTargets, which moto does not validate."""
    targets: Sequence[Mapping[str, Any]] = call.members["Targets"]
    rule = _rule(call)
    known = {target["Id"] for target in rule.targets} if rule is not None else set()
    if len(known | {target["Id"] for target in targets}) > MAX_TARGETS:
        code = "LimitExceededException"
        raise ApiError(code, "The requested resource exceeds the maximum number allowed.")
    for target in targets:
        fault = _input_fault(target)
        if fault is not None:
            raise ApiError(_VALIDATION, fault)
    return call_next(call)


def list_targets(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to ListTargetsByRule, whose pages moto tells apart by ARN instead of id."""
    limit, rule = call.members.get("Limit"), _rule(call)
    if rule is None:
        return call_next(call)  # which says what is missing
    start = _position(call.members.get("NextToken"), rule.targets)
    end = len(rule.targets) if limit is None else start + int(limit)
    more = rule.targets[end]["Id"] if end < len(rule.targets) else None
    page = {"Targets": rule.targets[start:end]}
    return json_response(200, page if more is None else {**page, "NextToken": more})


def with_known_rule(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Name rule and bus in the error about a rule that does not exist."""
    buses, bus = backend("events", call.region).event_buses, _bus_name(call)
    name = call.members.get("Name", call.members.get("Rule"))
    if bus in buses and name not in buses[bus].rules:
        code = "ResourceNotFoundException"
        raise ApiError(code, f"Rule {name} does not exist on EventBus {bus}.")
    return call_next(call)


def _bus_name(call: ApiCall) -> str:
    return str(call.members.get("EventBusName") or "default").rpartition("/")[2]


def _rule(call: ApiCall) -> Any:
    """Return moto's rule that a call names, or None."""
    bus = backend("events", call.region).event_buses.get(_bus_name(call))
    return None if bus is None else bus.rules.get(call.members["Rule"])


def _position(token: str | None, targets: Sequence[Mapping[str, Any]]) -> int:
    ids = [target["Id"] for target in targets]
    if token is None:
        return 0
    if token not in ids:
        raise ApiError(_VALIDATION, "The nextToken is not valid; list the targets again.")
    return ids.index(token)


def _input_fault(target: Mapping[str, Any]) -> str | None:
    """Return the error for a target's input settings, or None."""
    name = target["Id"]
    if sum(target.get(kind) is not None for kind in _INPUTS) > 1:
        return (
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
        )
    if target.get("Input") and not _is_json(target["Input"]):
        return f"JSON syntax error in input for target {name}."
    undefined = undefined_placeholders(target.get("InputTransformer") or {})
    if undefined:
        return f"InputTemplate for target {name} contains invalid placeholder {undefined[0]}."
    http = target.get("HttpParameters") or {}
    return header_problem(name, http.get("HeaderParameters") or {})


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
