"""Merge service graphs: pages of one response, and responses for adjoining windows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracing_lab.xray_model.statistics import counts_from_histogram, histogram_from_counts

Json = dict[str, Any]
Key = tuple[str, str, str]
_COUNTERS = ("SummaryStatistics",)
_HISTOGRAMS = ("ResponseTimeHistogram", "DurationHistogram", "ReceivedEventAgeHistogram")


def merge_service_graphs(answers: Sequence[Sequence[Mapping[str, Any]]]) -> Json:
    """Merge service graphs into one of the same shape.

    Nodes are the same if name, type and account are the same; their counters and histograms are
    added. `ReferenceId` counts from 0 within the result.

    Parameters
    ----------
    answers
        The pages of each answer; reference ids hold within an answer.

    Returns
    -------
    dict[str, Any]
        ``StartTime``, ``EndTime``, ``Services`` and ``ContainsOldGroupVersions``.
    """
    ids: dict[Key, int] = {}
    services: dict[Key, Json] = {}
    for pages in answers:
        found = [service for page in pages for service in page.get("Services", [])]
        keys = {service["ReferenceId"]: _key(service) for service in found}
        for key in keys.values():
            ids.setdefault(key, len(ids))
        for service in found:
            key = _key(service)
            edges = [_renumbered(edge, keys, ids) for edge in service.get("Edges", [])]
            fresh = {**service, "ReferenceId": ids[key], "Edges": edges}
            services[key] = _merged_service(services[key], fresh) if key in services else fresh
    pages = [page for answer in answers for page in answer]
    return {**_time_range(pages), "Services": list(services.values()), **_old_groups(pages)}


def _key(service: Mapping[str, Any]) -> Key:
    members = (service.get(name) or "" for name in ("Name", "Type", "AccountId"))
    name, type_, account = members
    return name, type_, account


def _renumbered(edge: Mapping[str, Any], keys: Mapping[int, Key], ids: Mapping[Key, int]) -> Json:
    return {**edge, "ReferenceId": ids[keys[edge["ReferenceId"]]]}


def _merged_service(first: Json, second: Json) -> Json:
    merged = _merged(first, second)
    edges: dict[tuple[int, str], Json] = {}
    for edge in (*first["Edges"], *second["Edges"]):
        key = (edge["ReferenceId"], edge.get("EdgeType", ""))
        edges[key] = _merged(edges[key], edge) if key in edges else edge
    return {**merged, "Edges": list(edges.values())}


def _merged(first: Json, second: Json) -> Json:
    """Add the counts of two nodes or two edges; everything else comes from the first."""
    merged = {**second, **first, **_time_range([first, second])}
    for member in _COUNTERS:
        if member in first or member in second:
            merged[member] = _sum(first.get(member, {}), second.get(member, {}))
    for member in _HISTOGRAMS:
        if member in first or member in second:
            counts = counts_from_histogram([*first.get(member, []), *second.get(member, [])])
            merged[member] = histogram_from_counts(counts)
    return merged


def _sum(first: Mapping[str, Any], second: Mapping[str, Any]) -> Json:
    return {
        name: _sum(first.get(name, {}), second.get(name, {}))
        if isinstance(first.get(name, second.get(name)), Mapping)
        else first.get(name, 0) + second.get(name, 0)
        for name in {**first, **second}
    }


def _time_range(items: Iterable[Mapping[str, Any]]) -> Json:
    listed = list(items)
    starts = [item["StartTime"] for item in listed if item.get("StartTime") is not None]
    ends = [item["EndTime"] for item in listed if item.get("EndTime") is not None]
    first = {"StartTime": min(starts)} if starts else {}
    return {**first, **({"EndTime": max(ends)} if ends else {})}


def _old_groups(pages: Iterable[Mapping[str, Any]]) -> Json:
    return {"ContainsOldGroupVersions": any(p.get("ContainsOldGroupVersions") for p in pages)}
