"""Extracts the facts that filter expressions evaluate from a processed trace."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracing_lab.embedded.model import Document
from tracing_lab.filters import EdgeFacts, NodeFacts, RequestFacts, TraceFacts
from tracing_lab.xray_model.calls import observer_of_call
from tracing_lab.xray_model.documents import is_open
from tracing_lab.xray_model.outcomes import is_ok

from .graph import NodeObservation, Observations
from .nodes import NodeKey
from .tree import ProcessedTrace, is_subsegment

_NOTHING: Mapping[str, Any] = {}
_ASKED = ("url", "method", "user_agent", "client_ip")


def facts_of(
    trace: ProcessedTrace, summary: Mapping[str, Any], observations: Observations
) -> TraceFacts:
    """Return the facts of a trace."""
    segments = [segment for segment in trace.segments if not is_subsegment(segment)]
    # the first observations are those of the segments, in their order; clients follow
    observed = observations.nodes[: len(segments)]
    keys = {segment["id"]: node.key for segment, node in zip(segments, observed, strict=True)}
    return TraceFacts(
        request=_root_request(trace.root(), summary),
        inferred=not all(node.active for node in observed),
        nodes=tuple(map(_node, segments, observed)),
        edges=tuple(_edges(segments, trace, keys)),
        annotations=_annotations(summary),
        users=tuple(user["UserName"] for user in summary["Users"]),
        zones=tuple(zone["Name"] for zone in summary["AvailabilityZones"]),
        instances=tuple(instance["Id"] for instance in summary["InstanceIds"]),
        arns=tuple(resource["ARN"] for resource in summary["ResourceARNs"]),
        fault_causes=tuple(summary["FaultRootCauses"]),
        error_causes=tuple(summary["ErrorRootCauses"]),
        response_time_causes=tuple(summary["ResponseTimeRootCauses"]),
    )


def _root_request(root: Document | None, summary: Mapping[str, Any]) -> RequestFacts:
    """Return the request of the root with the flags and times of the summary."""
    response_s = summary.get("ResponseTime")
    own = _request(_NOTHING if root is None else root, response_s, summary["Duration"])
    error, fault = summary["HasError"] or own.throttle, summary["HasFault"]
    ok = own.ok and not (error or fault)
    return own._replace(ok=ok, error=error, fault=fault, partial=summary["IsPartial"])


def _node(segment: Document, observed: NodeObservation) -> NodeFacts:
    closed = observed.request.outcome is not None
    response_s = observed.request.response_us / 1e6 if closed else None
    duration_s = observed.request.duration_us / 1e6 if closed else None
    return NodeFacts(
        observed.key, observed.root, not observed.active, _request(segment, response_s, duration_s)
    )


def _edges(
    segments: Sequence[Document], trace: ProcessedTrace, keys: Mapping[str, NodeKey]
) -> Iterator[EdgeFacts]:
    for segment in segments:
        owner = trace.owner(segment)
        if owner is None or owner.segment["id"] not in keys:
            continue
        call = observer_of_call(owner.document, segment)
        response_s = None if is_open(call) else max(0.0, call["end_time"] - call["start_time"])
        request = _request(call, response_s, response_s)
        yield EdgeFacts(keys[owner.segment["id"]], keys[segment["id"]], request)


def _request(
    entity: Mapping[str, Any], response_s: float | None, all_s: float | None
) -> RequestFacts:
    throttle, fault = bool(entity.get("throttle")), bool(entity.get("fault"))
    error, unfinished = throttle or bool(entity.get("error")), is_open(entity)
    asked, status = _http(entity)
    ok = is_ok(flagged=error or fault, is_open=unfinished, status=status)
    times = response_s, all_s
    if not asked:
        return RequestFacts(ok, error, throttle, fault, unfinished, *times, status)
    texts = (_one(asked.get(name)) for name in _ASKED)
    return RequestFacts(ok, error, throttle, fault, unfinished, *times, status, *texts)


def _http(entity: Mapping[str, Any]) -> tuple[Mapping[str, Any], int | None]:
    """Return the request and the status of the response."""
    if "http" not in entity:
        return _NOTHING, None
    http = entity["http"]
    return http.get("request", _NOTHING), http.get("response", _NOTHING).get("status")


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _annotations(summary: Mapping[str, Any]) -> dict[str, tuple[str | float | bool, ...]]:
    """Return the values of the annotations that the summary indexes."""
    return {
        key: tuple(value for entry in entries for value in entry["AnnotationValue"].values())
        for key, entries in summary["Annotations"].items()
    }
