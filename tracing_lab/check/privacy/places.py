"""The texts of traces and where each is: names, URLs, annotations, metadata, messages."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson
import pandas as pd

from tracing_lab.errors import TraceDataError

Trace = Mapping[str, Any]

UNCHANGEABLE: Final = frozenset({"id", "trace_id", "parent_id", "type", "namespace", "origin"})
"""Members of documents that say how they belong together; they hold nothing of a request."""


_NAMES: Final = frozenset({"name", "key"})
_VALUES: Final = frozenset({"value", "values"})


class Place(NamedTuple):
    """A text and where it is.

    Parameters
    ----------
    trace_id, span_id
        Where it comes from; the span's id is empty where a line is of no span.
    service, name
        The service that sent it, and the segment or subsegment.
    path
        The members that lead to it, such as ``metadata.default.request.email``.
    text
        The text.
    """

    trace_id: str
    span_id: str
    service: str
    name: str
    path: str
    text: str


def places_of(source: Any) -> Iterator[Place]:
    """Yield the texts of traces, of a span frame or of a frame of log lines.

    Parameters
    ----------
    source
        Traces as `tracing_lab.spans.load_traces` returns them, a span frame, or a frame of log
        lines with a column ``message``.

    Raises
    ------
    TraceDataError
        If it is something else, or a document cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        return _of_lines(source) if "message" in source else _of_frame(source)
    if isinstance(source, Iterable) and not isinstance(source, str | bytes | Mapping):
        return _of_traces(source)
    message = f"scan traces, a span frame or a frame of log lines, not a {type(source).__name__}"
    raise TraceDataError(message)


def _of_traces(traces: Iterable[Trace]) -> Iterator[Place]:
    for trace in traces:
        for document in documents_of(trace):
            service = str(document.get("name", ""))
            for part in _parts(document):
                span = (str(trace["Id"]), str(part.get("id", "")), service, str(part.get("name")))
                own = {key: value for key, value in part.items() if key != "subsegments"}
                for path, text in texts_of(own):
                    yield Place(*span, path, text)


def documents_of(trace: Any) -> list[dict[str, Any]]:
    """Return the parsed documents of a trace.

    Parameters
    ----------
    trace
        A trace as `tracing_lab.spans.load_traces` returns it.

    Raises
    ------
    TraceDataError
        If it is no trace, or a document is no JSON object.
    """
    try:
        return [dict(orjson.loads(segment["Document"])) for segment in trace["Segments"]]
    except (LookupError, TypeError, ValueError) as error:
        name = trace.get("Id") if isinstance(trace, Mapping) else trace
        message = f"trace {name!r} cannot be read ({error!r}); load it with tl.spans.load_traces"
        raise TraceDataError(message) from error


def _parts(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [document]
    while waiting:
        part = waiting.pop()
        yield part
        below = part.get("subsegments")
        inner = below if isinstance(below, list) else []
        waiting += [each for each in inner if isinstance(each, dict)]


def texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts and numbers in a JSON value, each with the path that leads to it.

    Parameters
    ----------
    value
        Parsed JSON.
    path
        Where it lies itself.

    Examples
    --------
    >>> [*texts_of({"id": "1", "http": {"request": {"url": "u"}}, "annotations": {"n": [1]}})]
    [('http.request.url', 'u'), ('annotations.n.0', '1')]
    """
    if isinstance(value, Mapping):
        for key, inner, inner_path in members_of(value, path):
            if path or key not in UNCHANGEABLE:
                yield from texts_of(inner, inner_path)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts_of(inner, f"{path}.{number}")
    elif isinstance(value, str) or type(value) is int:
        yield path, str(value)


def members_of(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any, str]]:
    """Yield the members of an object, each with its name and the path that leads to it.

    The value of a pair, as many programs write headers, has the pair's name.

    Parameters
    ----------
    value
        A JSON object.
    path
        Where it lies itself; empty for the outermost.

    Examples
    --------
    >>> [*members_of({"name": "X-Api-Key", "value": "k"}, "headers.0")]
    [('name', 'X-Api-Key', 'headers.0.name'), ('value', 'k', 'headers.0.X-Api-Key')]
    """
    pair = _name_of_pair(value)
    for key, inner in value.items():
        last = pair if pair and key.lower() in _VALUES else key
        yield key, inner, f"{path}.{last}" if path else last


def _name_of_pair(value: Mapping[str, Any]) -> str:
    names = (inner for key, inner in value.items() if key.lower() in _NAMES)
    return next((name for name in names if isinstance(name, str)), "")


def _of_frame(spans: pd.DataFrame) -> Iterator[Place]:
    if list(spans.index.names) != ["trace_id", "span_id"] or "annotations" not in spans:
        message = "the frame is no span frame: make one with tl.spans.spans_from_traces(traces)"
        raise TraceDataError(message)
    columns = (spans[column].astype(object) for column in ("service", "name", "annotations"))
    for (trace_id, span_id), service, name, annotations in zip(spans.index, *columns, strict=True):
        span = (trace_id, span_id, str(service), str(name))
        yield Place(*span, "name", str(name))
        for path, text in texts_of({"annotations": annotations or {}}):
            yield Place(*span, path, text)


def _of_lines(lines: pd.DataFrame) -> Iterator[Place]:
    empty = [""] * len(lines)
    traces = lines["trace_id"].fillna("") if "trace_id" in lines else empty
    services = lines.get("service", empty)
    for trace_id, service, text in zip(traces, services, lines["message"], strict=True):
        yield Place(str(trace_id), "", str(service), "log", "message", str(text))
