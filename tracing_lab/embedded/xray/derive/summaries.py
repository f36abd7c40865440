"""Trace summaries: what GetTraceSummaries tells about one trace.

Members and rules: AWS X-Ray API reference, ``TraceSummary``; details from published responses.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray import undocumented as assumptions

from .graph import Observations, observe
from .nodes import NodeKey, nodes_of
from .root_causes import failure_causes, response_time_causes
from .tree import ProcessedTrace, is_open

MAX_INDEXED_ANNOTATIONS = 50

_HTTP_MEMBERS = (
    ("HttpURL", "request", "url"),
    ("HttpStatus", "response", "status"),
    ("HttpMethod", "request", "method"),
    ("UserAgent", "request", "user_agent"),
    ("ClientIp", "request", "client_ip"),
)


def summarise(
    trace: ProcessedTrace,
    *,
    revision: int = 1,
    observations: Observations | None = None,
    keys: Mapping[str, NodeKey] | None = None,
) -> dict[str, Any]:
    """Give the ``TraceSummary`` of a trace.

    Parameters
    ----------
    trace
        The processed trace.
    revision
        How often the trace has changed after it was read, plus one.
    observations
        What `observe` gave for the trace, when that is at hand.
    keys
        What `nodes_of` gave for it, when that is at hand.
    """
    keys = nodes_of(trace) if keys is None else keys
    observed = observe(trace, keys) if observations is None else observations
    root = trace.root()
    segments = trace.segments
    failures = failure_causes(trace, keys)
    summary: dict[str, Any] = {
        "Id": trace.id,
        "StartTime": min((one["start_time"] for one in segments), default=0.0),
        "Duration": duration_s(segments),
        "HasFault": _flagged("fault", root, trace),
        "HasError": _flagged("error", root, trace),
        "HasThrottle": any(one.get("throttle") for one in segments),
        "IsPartial": any(is_open(one) and not one.get("inferred") for one in segments),
        "Http": {} if root is None else _http(root),
        "Annotations": _annotations(trace, keys),
        "Users": _users(segments, keys),
        "ServiceIds": _service_ids(_clients_first(one.key for one in observed.nodes)),
        "ResourceARNs": [
            {"ARN": arn} for arn in _distinct(one.get("resource_arn") for one in segments)
        ],
        "InstanceIds": [{"Id": one} for one in _ec2(segments, "instance_id")],
        "AvailabilityZones": [{"Name": one} for one in _ec2(segments, "availability_zone")],
        "FaultRootCauses": failures.faults,
        "ErrorRootCauses": failures.errors,
        "ResponseTimeRootCauses": response_time_causes(trace, keys),
        "Revision": revision,
    }
    if root is not None:
        summary["EntryPoint"] = keys[root["id"]].as_service_id()
        if not is_open(root):
            summary["ResponseTime"] = _rounded(root["end_time"] - root["start_time"])
    return summary


def duration_s(segments: Sequence[Document]) -> float:
    """Give the time from the first start to the last end, seconds rounded to milliseconds.

    Examples
    --------
    >>> duration_s([{"start_time": 10.0, "end_time": 10.5}, {"start_time": 10.4}])
    0.5
    """
    starts: list[float] = [one["start_time"] for one in segments]
    ends: list[float] = [one["end_time"] for one in segments if "end_time" in one]
    return _rounded(max(ends) - min(starts)) if ends else 0.0


def _rounded(seconds: float) -> float:
    return round(max(0.0, seconds), 3)


def _flagged(flag: str, root: Document | None, trace: ProcessedTrace) -> bool:
    if root is None:
        return False
    if root.get(flag):
        return True
    if root.get("origin") not in assumptions.FLAGS_SEEN_FROM_ROOT:
        return False
    own = (one for one in trace.segments if one.get("parent_id") == root["id"])
    return any(one.get(flag, False) for one in own)


def _http(root: Document) -> dict[str, Any]:
    http = root.get("http", {})
    return {
        name: http[block][member]
        for name, block, member in _HTTP_MEMBERS
        if member in http.get(block, {})
    }


def _annotations(
    trace: ProcessedTrace, keys: Mapping[str, NodeKey]
) -> dict[str, list[dict[str, Any]]]:
    """Index annotations by key and distinct value; X-Ray indexes 50 for each trace."""
    found: dict[tuple[str, str, Any], dict[NodeKey, None]] = {}
    for part in trace.parts:
        if "annotations" in part.document:
            key = keys[part.segment["id"]]
            for name, value in part.document["annotations"].items():
                slot = (name, _value_member(value), value)
                if slot in found or len(found) < MAX_INDEXED_ANNOTATIONS:
                    found.setdefault(slot, {})[key] = None
    indexed: dict[str, list[dict[str, Any]]] = {}
    for (name, member, value), services in found.items():
        entry = {"AnnotationValue": {member: value}, "ServiceIds": _service_ids(services)}
        indexed.setdefault(name, []).append(entry)
    return indexed


def _value_member(value: object) -> str:
    if isinstance(value, bool):
        return "BooleanValue"
    return "StringValue" if isinstance(value, str) else "NumberValue"


def _users(segments: Iterable[Document], keys: Mapping[str, NodeKey]) -> list[dict[str, Any]]:
    found: dict[str, dict[NodeKey, None]] = {}
    for segment in segments:
        if "user" in segment:
            found.setdefault(segment["user"], {})[keys[segment["id"]]] = None
    return [{"UserName": user, "ServiceIds": _service_ids(where)} for user, where in found.items()]


def _clients_first(keys: Iterable[NodeKey]) -> list[NodeKey]:
    return sorted(dict.fromkeys(keys), key=lambda key: key.type != "client")


def _service_ids(keys: Iterable[NodeKey]) -> list[dict[str, Any]]:
    return [key.as_service_id() for key in keys]


def _ec2(segments: Iterable[Document], member: str) -> list[str]:
    blocks = (one.get("aws", {}).get("ec2") for one in segments)
    return _distinct(block.get(member) for block in blocks if isinstance(block, dict))


def _distinct(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(value for value in values if isinstance(value, str)))
