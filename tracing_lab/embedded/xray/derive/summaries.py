"""Builds the summary of a trace for GetTraceSummaries.

Members and rules: AWS X-Ray API reference, ``TraceSummary``; details from published responses.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracing_lab.embedded.model import Document
from tracing_lab.xray_model.documents import is_open, kind_of
from tracing_lab.xray_model.nodes import CLIENT
from tracing_lab.xray_model.traces import duration_s, flag_at_root, is_partial

from .graph import Observations, observe
from .nodes import NodeKey, nodes_of
from .root_causes import failure_causes, response_time_causes
from .tree import ProcessedTrace

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
    """Return the ``TraceSummary`` of a trace.

    Parameters
    ----------
    trace
        The processed trace.
    revision
        Number of changes after the trace was read, plus one.
    observations
        The result of `observe`, if already computed.
    keys
        The result of `nodes_of`, if already computed.
    """
    keys = nodes_of(trace) if keys is None else keys
    observed = observe(trace, keys) if observations is None else observations
    root = trace.root()
    segments = trace.segments
    failures = failure_causes(trace, keys)
    summary: dict[str, Any] = {
        "Id": trace.id,
        "StartTime": min((segment["start_time"] for segment in segments), default=0.0),
        "Duration": trace_duration_s(segments),
        "HasFault": _flagged("fault", root, trace),
        "HasError": _flagged("error", root, trace),
        "HasThrottle": any(segment.get("throttle") for segment in segments),
        "IsPartial": is_partial((kind_of(segment), is_open(segment)) for segment in segments),
        "Http": {} if root is None else _http(root),
        "Annotations": _annotations(trace, keys),
        "Users": _users(segments, keys),
        "ServiceIds": _service_ids(_clients_first(node.key for node in observed.nodes)),
        "ResourceARNs": [
            {"ARN": arn} for arn in _distinct(segment.get("resource_arn") for segment in segments)
        ],
        "InstanceIds": [{"Id": name} for name in _ec2(segments, "instance_id")],
        "AvailabilityZones": [{"Name": name} for name in _ec2(segments, "availability_zone")],
        "FaultRootCauses": failures.faults,
        "ErrorRootCauses": failures.errors,
        "ResponseTimeRootCauses": response_time_causes(trace, keys),
        "Revision": revision,
    }
    if root is not None:
        summary["EntryPoint"] = keys[root["id"]].as_service_id()
        if not is_open(root):
            summary["ResponseTime"] = duration_s([root["start_time"]], [root["end_time"]])
    return summary


def trace_duration_s(segments: Sequence[Document]) -> float:
    """Return the ``Duration`` of a trace with these top-level documents."""
    ends_s = (segment["end_time"] for segment in segments if "end_time" in segment)
    return duration_s((segment["start_time"] for segment in segments), ends_s)


def _flagged(flag: str, root: Document | None, trace: ProcessedTrace) -> bool:
    if root is None:
        return False
    own = (segment for segment in trace.segments if segment.get("parent_id") == root["id"])
    flags = (segment.get(flag) is True for segment in own)
    return flag_at_root(root.get("origin"), own=root.get(flag) is True, children=flags)


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
    """Return annotations by key and distinct value; X-Ray indexes 50 for each trace."""
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
    return sorted(dict.fromkeys(keys), key=lambda key: key.type != CLIENT)


def _service_ids(keys: Iterable[NodeKey]) -> list[dict[str, Any]]:
    return [key.as_service_id() for key in keys]


def _ec2(segments: Iterable[Document], member: str) -> list[str]:
    blocks = (segment.get("aws", {}).get("ec2") for segment in segments)
    return _distinct(block.get(member) for block in blocks if isinstance(block, dict))


def _distinct(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(value for value in values if isinstance(value, str)))
