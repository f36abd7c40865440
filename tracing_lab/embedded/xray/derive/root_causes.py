"""Root causes of failures and of long response times, as GetTraceSummaries returns them.

AWS X-Ray API reference (``FaultRootCause``, ``ResponseTimeRootCause``) defines the structures: a
root cause is a path of services with a path of entities in each. How AWS finds the paths is not
documented. Here:

- A failure's path ends at an entity that failed (``fault`` or ``error``) and called nothing that
  failed, and begins at the first of the callers above it that failed without a gap. It is a fault
  if the first one is. ``ClientImpacting`` says that the path begins at the root.
- A slow trace's path begins at the root and goes on to what took the largest share of the root's
  response time, as long as that is a large one. ``Coverage`` is the share.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray import undocumented
from tracing_lab.xray_model.documents import is_call, is_open

from .nodes import NodeKey
from .tree import ProcessedTrace, walk

Cause = dict[str, Any]
Keys = Mapping[str, NodeKey]


class FailureCauses(NamedTuple):
    """The ``FaultRootCauses`` and ``ErrorRootCauses`` of a trace."""

    faults: list[Cause]
    errors: list[Cause]


def failure_causes(trace: ProcessedTrace, keys: Keys) -> FailureCauses:
    """Return the root causes of failures."""
    causes = FailureCauses([], [])
    failed = {
        part.document["id"]: part.document
        for part in trace.parts
        if part.document.get("fault") or part.document.get("error")
    }
    root = trace.root()
    if not failed or root is None:
        return causes
    parents = _parents(trace)
    callers = {parents.get(entity_id) for entity_id in failed}
    for last in failed:
        if last not in callers:
            path = _path_to(last, failed, parents)
            reaches_client = path[0] is root
            cause = _cause(path, trace, keys, _failed_entity, client_impacting=reaches_client)
            _add(cause, causes, is_fault=bool(path[0].get("fault")))
    return causes


def response_time_causes(trace: ProcessedTrace, keys: Keys) -> list[Cause]:
    """Return the root cause of a slow response: none or one path."""
    root = trace.root()
    if root is None or is_open(root):
        return []
    response_s = root["end_time"] - root["start_time"]
    if response_s < undocumented.SLOW_FROM_S:
        return []

    def share(part: Document) -> float:
        if is_open(part):
            return 0.0
        begin_s = max(part["start_time"], root["start_time"])
        return float(max(0.0, min(part["end_time"], root["end_time"]) - begin_s) / response_s)

    def entity(part: Document) -> dict[str, Any]:
        return {"Name": part["name"], "Coverage": round(share(part), 3), "Remote": is_call(part)}

    path = _largest_path(root, _children(trace), share)
    return [_cause(path, trace, keys, entity, client_impacting=True)]


def _add(cause: Cause, causes: FailureCauses, *, is_fault: bool) -> None:
    kept = causes.faults if is_fault else causes.errors
    counts = is_fault or cause["ClientImpacting"] or not undocumented.ERROR_CAUSES_IMPACT_CLIENT
    if counts and cause not in kept and len(kept) < undocumented.MAX_ROOT_CAUSES:
        kept.append(cause)


def _parents(trace: ProcessedTrace) -> dict[str, str]:
    """Return the id of the caller or owner of each entity."""
    parents: dict[str, str] = {}
    for segment in trace.segments:
        if "parent_id" in segment:
            parents[segment["id"]] = segment["parent_id"]
        for part in walk(segment):
            for child in part.get("subsegments", ()):
                parents[child["id"]] = part["id"]
    return parents


def _children(trace: ProcessedTrace) -> dict[str, list[Document]]:
    children: dict[str, list[Document]] = {}
    for segment in trace.segments:
        children.setdefault(segment.get("parent_id", ""), []).append(segment)
        for part in walk(segment):
            children.setdefault(part["id"], []).extend(part.get("subsegments", ()))
    return children


def _path_to(
    last: str, failed: Mapping[str, Document], parents: Mapping[str, str]
) -> list[Document]:
    ids = {last: None}  # in order, and safe from cycles of parents
    above = parents.get(last, "")
    while above in failed and above not in ids:
        ids[above] = None
        above = parents.get(above, "")
    return [failed[entity_id] for entity_id in reversed(ids)]


def _largest_path(
    root: Document,
    children: Mapping[str, Sequence[Document]],
    share: Callable[[Document], float],
) -> list[Document]:
    path = {root["id"]: root}
    part = root
    while True:
        below = [child for child in children.get(part["id"], ()) if child["id"] not in path]
        part = max(below, key=share, default=root)
        if part is root or share(part) < undocumented.SLOW_SHARE:
            return list(path.values())
        path[part["id"]] = part


def _cause(
    path: Iterable[Document],
    trace: ProcessedTrace,
    keys: Keys,
    entity: Callable[[Document], dict[str, Any]],
    *,
    client_impacting: bool,
) -> Cause:
    services = []
    for _, group in groupby(path, key=lambda part: trace.entities[part["id"]].segment["id"]):
        parts = list(group)
        segment = trace.entities[parts[0]["id"]].segment
        if parts[0]["id"] != segment["id"]:
            parts.insert(0, segment)  # a service's path begins with the service
        service = keys[segment["id"]].as_service_id()
        service["Inferred"] = bool(segment.get("inferred"))
        service["EntityPath"] = [entity(part) for part in parts]
        services.append(service)
    return {"Services": services, "ClientImpacting": client_impacting}


def _failed_entity(part: Document) -> dict[str, Any]:
    cause = part.get("cause")
    exceptions = cause.get("exceptions") if isinstance(cause, dict) else None
    return {
        "Name": part["name"],
        "Exceptions": [
            _exception(exception)
            for exception in (exceptions if isinstance(exceptions, list) else ())
            if isinstance(exception, dict)
        ],
        "Remote": is_call(part),
    }


def _exception(exception: Mapping[str, Any]) -> dict[str, str]:
    members = (("Name", "type"), ("Message", "message"))
    return {
        name: exception[member]
        for name, member in members
        if isinstance(exception.get(member), str)
    }
