"""Traces that are given in parts, put together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracing_lab.spans.frames import is_epoch_seconds

from .documents import as_json, documents_from_traces

Trace = Mapping[str, Any]


def whole_traces(traces: Iterable[Any]) -> list[Any]:
    """Return traces, each once, with the segments of all that have its id.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them; what is something else stays as it is.

    Examples
    --------
    >>> parts = [{"Id": "1-2-3", "Segments": [{"Id": segment}]} for segment in "aba"]
    >>> whole_traces(parts)
    [{'Id': '1-2-3', 'Segments': [{'Id': 'a'}, {'Id': 'b'}]}]
    """
    parts: dict[Any, list[Any]] = {}
    for number, trace in enumerate(traces):
        parts.setdefault(trace["Id"] if _has_segments(trace) else number, []).append(trace)
    return [_joined(given) if len(given) > 1 else given[0] for given in parts.values()]


def _has_segments(trace: Any) -> bool:
    is_known = isinstance(trace, Mapping) and isinstance(trace.get("Segments"), list)
    return is_known and isinstance(trace.get("Id"), str) and bool(trace["Id"])


def _joined(parts: Sequence[Trace]) -> Trace:
    """Return the trace of which parts are given; of other members, the first counts."""
    segments = {as_json(segment): segment for part in parts for segment in part["Segments"]}
    whole = {name: part[name] for part in reversed(parts) for name in part}
    derived = {
        "Segments": [*segments.values()],
        "Duration": _duration_s(parts),
        "LimitExceeded": any(part.get("LimitExceeded") is True for part in parts),
    }
    return whole | {name: derived[name] for name in derived if name in whole}


def _duration_s(parts: Sequence[Trace]) -> float:
    """Return the time from the first start to the last end, as X-Ray states it."""
    documents = documents_from_traces(parts)[0][parts[0]["Id"]].values()
    times = [
        document[key]
        for document in documents
        for key in ("start_time", "end_time")
        if is_epoch_seconds(document.get(key))
    ]
    return round(max(times) - min(times), 3) if times else 0.0
