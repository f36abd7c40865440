"""Traces written to a file in any of the formats, and what a format cannot hold."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson

from tracing_lab import files
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import save_spans, save_traces, spans_from_traces
from tracing_lab.spans.formats.nesting import unnested
from tracing_lab.spans.reading.documents import documents_from_traces
from tracing_lab.xray_model.documents import is_open

from .chrome_trace import spans_to_chrome_trace
from .graphml import graph_to_graphml
from .jaeger import traces_to_jaeger
from .otlp import traces_to_otlp
from .report import report_html

Traces = list[Mapping[str, Any]]

_ENDED: Final = ("otlp", "jaeger", "chrome")
_AS_SPANS: Final = ("parquet", "chrome")
_COLUMNS: Final = frozenset(
    [
        *("id", "name", "trace_id", "parent_id", "type", "inferred", "start_time", "end_time"),
        *("in_progress", "origin", "error", "fault", "throttle", "annotations"),
    ]
)
"""Members of documents that the columns of the span frame hold."""


def save_traces_as(
    traces: Iterable[Mapping[str, Any]], path: str | os.PathLike[str], *, form: str
) -> Path:
    """Write traces to a file in one of `FORMATS`.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    path
        File to write; its folder is made when missing.
    form
        The format: ``x-ray`` (what `save_traces` writes), ``otlp``, ``jaeger``, ``parquet`` (a span
        frame), ``chrome`` (Chrome's trace events, for Perfetto), ``graphml`` (the service graph)
        or ``html`` (a report).

    Returns
    -------
    path
        The file written.

    Raises
    ------
    FileError
        If the file cannot be written.
    TraceDataError
        If a report has nothing to report on.
    """
    return FORMATS[form]([*traces], path)


def lost(traces: Iterable[Mapping[str, Any]], *, form: str) -> list[str]:
    """Return what of traces a format cannot hold.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    form
        One of `FORMATS`.

    Returns
    -------
    sentences
        One for each kind of thing that `save_traces_as` leaves out; none if it keeps everything.

    Warns
    -----
    TraceDataWarning
        If traces cannot be read, which only ``x-ray`` writes all the same.

    Examples
    --------
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 1.7e9, "user": "ann"}
    >>> traces = [{"Id": "1-6553f100-1", "Segments": [{"Document": document}]}]
    >>> lost(traces, form="parquet"), lost(traces, form="otlp")
    (['"user" of 1 span'], ['1 span in progress'])
    """
    if form == "x-ray":
        return []
    if form in ("graphml", "html"):
        return ["all that is not counted or drawn: this format sums traces up"]
    traces = [*traces]
    spans = [*_documents(traces)]
    in_progress = sum(map(is_open, spans)) if form in _ENDED else 0
    exceeded = sum(trace.get("LimitExceeded") is True for trace in traces)
    members = Counter(name for span in spans for name in _without_column(span))
    return [
        *([f"{_count(in_progress, 'span')} in progress"] if in_progress else ()),
        *([f'"LimitExceeded" of {_count(exceeded, "trace")}'] if exceeded else ()),
        *(
            f'"{name}" of {_count(number, "span")}'
            for name, number in sorted(members.items())
            if form in _AS_SPANS
        ),
    ]


def _documents(traces: Traces) -> Iterator[dict[str, Any]]:
    readable = {*spans_from_traces(traces).index.get_level_values("trace_id")}
    for trace_id, documents in documents_from_traces(traces)[0].items():
        if trace_id in readable:
            for document in documents.values():
                yield from unnested(trace_id, document)


def _without_column(document: Mapping[str, Any]) -> list[str]:
    http = document.get("http", {})
    inner = {f"http.{block}.{name}" for block, value in http.items() for name in _names(value)}
    return [*({*document} - _COLUMNS - {"http"}), *(inner - {"http.response.status"})]


def _names(value: Any) -> list[str]:
    return [*value] if isinstance(value, Mapping) else []


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _write_json(convert: Callable[[Traces], Any]) -> Callable[[Traces, Any], Path]:
    return lambda traces, path: files.write_bytes(path, orjson.dumps(convert(traces)))


def _write_report(traces: Traces, path: str | os.PathLike[str]) -> Path:
    spans = spans_from_traces(traces)
    return report_html(spans, service_graph_from_spans(spans), path, title="Traces")


FORMATS: Final[Mapping[str, Callable[[Traces, Any], Path]]] = MappingProxyType(
    {
        "x-ray": save_traces,
        "otlp": _write_json(traces_to_otlp),
        "jaeger": _write_json(traces_to_jaeger),
        "parquet": lambda traces, path: save_spans(spans_from_traces(traces), path),
        "chrome": lambda traces, path: spans_to_chrome_trace(spans_from_traces(traces), path),
        "graphml": lambda traces, path: graph_to_graphml(
            service_graph_from_spans(spans_from_traces(traces)), path
        ),
        "html": _write_report,
    }
)
"""Formats by name, each with what writes traces to a path."""
