"""Processes raw documents into the trace that X-Ray returns.

Independent subsegments move into their owners, calls without a traced callee get an inferred
segment, which becomes the parent of targets of EventBridge and SNS. The result depends on the set
of documents alone, not on the order in which they arrived. (AWS X-Ray Developer Guide, "Getting
data from X-Ray".)
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray.ingest.conform import conform
from tracing_lab.xray_model.documents import is_call
from tracing_lab.xray_model.inferred import infer, is_event_call, resource_name
from tracing_lab.xray_model.trace_links import is_carrier

from .handler_spans import with_handlers_as_parts
from .linking import add_links
from .tree import Entity, ProcessedTrace, is_subsegment, start_order, walk


def process(trace_id: str, documents: Iterable[Mapping[str, Any]]) -> ProcessedTrace:
    """Build the processed trace.

    Parameters
    ----------
    trace_id
        The trace.
    documents
        Its raw documents, parsed; at most one for each id. They are not changed.
    """
    found = sorted((conform(document) for document in documents), key=_id)
    carriers = [document for document in found if is_carrier(document)]
    tops = [document for document in found if not is_carrier(document)] if carriers else found
    tops = _merge_independent(with_handlers_as_parts(tops))
    if carriers:
        add_links(carriers, _entities(tops))
        tops = tops or carriers  # a trace without any segment is not one
    for top in tops:
        top["trace_id"] = trace_id
    calls = [part for top in tops for part in walk(top) if is_call(part)]
    for call in calls:
        _name_resource(call)
    segments = sorted([*tops, *_connect(trace_id, tops, calls)], key=start_order)
    return ProcessedTrace(trace_id, tuple(segments), _entities(segments))


def _id(document: Document) -> str:
    found: str = document["id"]
    return found


def _entities(segments: Iterable[Document]) -> dict[str, Entity]:
    entities: dict[str, Entity] = {}
    for segment in segments:
        for part in walk(segment):
            entities.setdefault(part["id"], Entity(part, segment))
    return entities


def _merge_independent(tops: list[Document]) -> list[Document]:
    """Move independent subsegments into their owners; return the remaining top-level documents."""
    if not any(map(is_subsegment, tops)):
        return tops
    tops = _absorb_twins(tops)
    independent = [top for top in tops if is_subsegment(top)]
    entities = _entities(tops)
    owned = _owned(independent, entities)
    children: dict[str, list[Document]] = {}
    for child in independent:
        if child["id"] in owned:
            children.setdefault(child["parent_id"], []).append(child)
    for owner_id, found in children.items():
        _move_into(entities[owner_id].document, found)
    return [top for top in tops if top["id"] not in owned]


def _absorb_twins(tops: list[Document]) -> list[Document]:
    """Merge independent subsegments into embedded copies of themselves; return the others."""
    embedded = {
        part["id"]: part
        for top in tops
        if not is_subsegment(top)
        for part in walk(top)
        if part is not top
    }
    left = []
    for top in tops:
        twin = embedded.get(top["id"]) if is_subsegment(top) else None
        if twin is None:
            left.append(top)
        elif "end_time" in top or "end_time" not in twin:
            twin.pop("in_progress", None)
            twin.update(_embeddable(top))
    return left


def _owned(independent: Iterable[Document], entities: Mapping[str, Entity]) -> set[str]:
    """Return ids of independent subsegments with a present owner and without cycles."""
    owners = {
        child["id"]: entities[child["parent_id"]].segment["id"]
        for child in independent
        if child.get("parent_id") in entities
    }
    ends_well: dict[str, bool] = {}
    for start in owners:
        chain: dict[str, None] = {}
        current = start
        while current in owners and current not in chain and current not in ends_well:
            chain[current] = None
            current = owners[current]
        ends_well.update(
            dict.fromkeys(chain, current not in chain and ends_well.get(current, True))
        )
    return {child_id for child_id, well in ends_well.items() if well}


def _move_into(owner: Document, children: Iterable[Document]) -> None:
    moved = [_embeddable(child) for child in children]
    owner["subsegments"] = sorted([*owner.get("subsegments", ()), *moved], key=start_order)


def _embeddable(child: Document) -> Document:
    """Convert an independent subsegment to an embedded one, in place."""
    for member in ("type", "trace_id", "parent_id"):
        child.pop(member, None)
    return child


def _name_resource(call: Document) -> None:
    """Add ``resource_names`` as X-Ray does if the call names a table or a function."""
    aws = call.get("aws")
    if aws is None or "resource_names" in aws:
        return
    name = resource_name(aws)
    if name is not None:
        call["aws"] = {**aws, "resource_names": [name]}


def _connect(trace_id: str, tops: list[Document], calls: list[Document]) -> list[Document]:
    """Return the inferred segments, and make them the parents of event services' targets."""
    callees: dict[str, list[Document]] = {}
    for top in tops:
        if "parent_id" in top and not is_subsegment(top):
            callees.setdefault(top["parent_id"], []).append(top)
    inferred = []
    for call in calls:
        answered = callees.get(call["id"], [])
        passed_on = is_event_call(call)
        if answered and not passed_on:
            continue
        segment = infer(call, trace_id)
        inferred.append(segment)
        for target in answered:
            target["parent_id"] = segment["id"]
    return inferred
