"""Files of traces, in all the forms in which they are found."""

import json
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

import orjson

from tracing_lab import files
from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.otlp.json_form import (
    groups_without_spans,
    is_otlp,
    is_span,
    span_from_otlp,
    spans_from_otlp,
)
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.spans.frames import listed
from tracing_lab.spans.reading.whole import whole_traces

from .jaeger import is_jaeger, spans_from_jaeger
from .log_records import spans_of_records
from .otlp_content import request_from_protobuf
from .to_xray import traces_from_spans

_REMEDY: Final = "Name a file that save_traces or aws xray batch-get-traces wrote"
_HINT: Final = (
    "Write it with save_traces, save the JSON of aws xray batch-get-traces, or export OTLP or "
    "Jaeger's JSON from another tool."
)
_MOST_NAMED: Final = 8
_PROTOBUF: Final = b"\n"  # the key of its first field
_LISTS: Final = ("Traces", "data", "events", "logEvents", "results")
"""Members that hold what is looked for, in responses of X-Ray, Jaeger and CloudWatch Logs."""
_WRAPPERS: Final = ("trace", "result")
"""Members that hold one trace, in responses of Tempo's API v2 and Jaeger's v3."""

Trace = dict[str, Any]


def load_traces(path: str | os.PathLike[str], *, strict: bool = False) -> list[Trace]:
    """Read traces from a file, whose format is recognised by its content.

    A file may mix formats. Traces of other tools become X-Ray's documents, as X-Ray does it for
    what OpenTelemetry sends: see "Formats of traces" in the documentation.

    Parameters
    ----------
    path
        A file, perhaps compressed by gzip or with a byte order mark, of one of these:

        - JSON or JSON lines of traces as `save_traces` writes them, responses of BatchGetTraces
          (``aws xray batch-get-traces``), the raw data of one trace from X-Ray's console, traces
          that ListRetrievedTraces returned (``Spans`` in place of ``Segments``), or bare segment
          documents, as they are sent to X-Ray
        - OTLP as JSON, JSON lines (the collector's file exporter) or protobuf, also as Tempo's API
          (v1, v2) and Jaeger's (v3) return it
        - Jaeger's JSON
        - records of the log group ``aws/spans``, which Transaction Search writes: bare, or in a
          response of FilterLogEvents, GetLogEvents or GetQueryResults
    strict
        Reject the file if anything in it is not a trace, instead of leaving that out.

    Returns
    -------
    traces
        The traces, as BatchGetTraces returns them, each once.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the file holds something else; the message says what. With `strict`, if it holds
        something else besides.

    Warns
    -----
    TraceDataWarning
        If something in the file is left out; lists what it is.
    """
    return _traces(_nodes(path), str(path), strict=strict)


def traces_from_records(
    records: Iterable[str | Mapping[str, Any]], *, strict: bool = False
) -> list[Trace]:
    """Return the traces of records of the log group ``aws/spans``.

    The records may come from `tracing_lab.logs`: as ``fields`` of its lines, or as ``@message`` of
    a query's results. Those of a trace may be incomplete; what they have is in the result.

    Parameters
    ----------
    records
        Records, as objects or JSON text, in any order.
    strict
        Reject them if one is not a record of a span, instead of leaving that one out.

    Returns
    -------
    traces
        As BatchGetTraces returns them.

    Raises
    ------
    TraceDataError
        If none is a record of a span; with `strict`, if any is not.

    Warns
    -----
    TraceDataWarning
        If something is left out; lists what it is.

    Examples
    --------
    >>> record = {"traceId": "6b042ac05d09aa705e56bbd015254801", "spanId": "53995c3f42cd8ad8"}
    >>> record |= {"name": "pay", "startTimeUnixNano": 1795435200 * 10**9, "durationNano": 10**9}
    >>> traces_from_records([record])[0]["Id"]
    '1-6b042ac0-5d09aa705e56bbd015254801'
    """
    return _traces(map(_parsed, records), "The list of records", strict=strict)


def _traces(nodes: Iterable[Any], source: str, *, strict: bool) -> list[Trace]:
    contents = _Contents()
    for node in nodes:
        for leaf in _leaves(node):
            contents.add(leaf)
    if contents.unknown and (strict or not contents.is_known):
        msg = f"{source} does not hold traces, but {contents.unknown[0]}. {_HINT}"
        raise TraceDataError(msg)
    if contents.unknown:
        text = listed(
            contents.unknown, f"Parts of {source} are left out, since they are not traces"
        )
        warnings.warn(text, TraceDataWarning, stacklevel=3)
    return contents.traces()


class _Contents:
    """What a file holds, by its format."""

    def __init__(self) -> None:
        self.unknown: list[str] = []
        self.is_known = False
        self._traces: list[Trace] = []
        self._bare: dict[str, Trace] = {}
        self._spans: list[OtelSpan] = []
        self._records: list[OtelSpan] = []

    def add(self, node: Any) -> None:
        """Add a JSON value."""
        unknown = len(self.unknown)
        if _is_document(node):
            empty: Trace = {"Id": node["trace_id"], "Segments": []}
            trace = self._bare.setdefault(node["trace_id"], empty)
            trace["Segments"].append({"Id": node["id"], "Document": json.dumps(node)})
        elif _is_trace(node):
            self._add_trace(node)
        elif is_otlp(node):
            self._add_request(node)
        elif is_jaeger(node):
            self._spans += spans_from_jaeger(node)
        elif is_span(node):
            self._records.append(span_from_otlp(node))
        else:
            self.unknown.append(_description(node))
        self.is_known |= unknown == len(self.unknown)

    def traces(self) -> list[Trace]:
        """Return all traces, each once, those of other tools last."""
        spans = [*self._spans, *spans_of_records(self._records)]
        return whole_traces([*self._traces, *self._bare.values(), *traces_from_spans(spans)])

    def _add_request(self, node: Mapping[str, Any]) -> None:
        """Add the spans of a request; groups without any may have them by another name."""
        known = len(self._spans)
        self._spans += spans_from_otlp(node)
        self.is_known |= len(self._spans) > known
        self.unknown += [
            f"resourceSpans without spans: {_description(group)}"
            for group in groups_without_spans(node)
        ]

    def _add_trace(self, trace: Trace) -> None:
        """Add a trace; documents that were retrieved as ``Spans`` may be OpenTelemetry's."""
        if "Segments" in trace:
            self._traces.append(trace)
            return
        parts = trace["Spans"] if isinstance(trace["Spans"], list) else []
        documents = [_parsed(part.get("Document")) for part in parts if isinstance(part, dict)]
        if documents and all(map(is_span, documents)):
            self._records += map(span_from_otlp, documents)
        else:
            rest = {key: value for key, value in trace.items() if key != "Spans"}
            self._traces.append(rest | {"Segments": trace["Spans"]})


def _parsed(document: Any) -> Any:
    try:
        return orjson.loads(document) if isinstance(document, str) else document
    except orjson.JSONDecodeError:
        return document


def _nodes(path: str | os.PathLike[str]) -> list[Any]:
    """Return the JSON values of a file, which may also be protobuf."""
    content = files.read_content(path, remedy=_REMEDY, hint=_HINT)
    try:
        return files.json_documents(content, path, hint=_HINT)
    except TraceDataError as error:
        if not content.startswith(_PROTOBUF) or not content.strip():
            raise
        try:
            return [request_from_protobuf(content)]
        except ValueError as other:
            msg = f"{path} is not JSON, and as OTLP in protobuf {other}. {_HINT}"
            raise TraceDataError(msg) from error


def _leaves(node: Any) -> Iterator[Any]:
    """Yield the items of lists, of responses, and of messages of logs."""
    if isinstance(node, list):
        parts = _message(node)
        for part in node if parts is None else [parts]:
            yield from _leaves(part)
    elif isinstance(node, Mapping):
        inner = _inner(node)
        message = _parsed(node.get("message")) if "traceId" not in node else None
        if inner is not None and not is_span(node):
            yield from _leaves(inner)
        elif isinstance(message, dict):
            yield from _leaves(message)
        else:
            yield node
    else:
        yield node


def _inner(node: Mapping[str, Any]) -> Any:
    """Return what a response holds; None if it is no response."""
    lists = (node[key] for key in _LISTS if isinstance(node.get(key), list))
    wrapped = (node[key] for key in _WRAPPERS if _has_spans(node.get(key)))
    return next(chain(lists, wrapped), None)


def _message(row: list[Any]) -> Any:
    """Return the message in a row of GetQueryResults' response; None if it is not such a row."""
    fields = [
        field for field in row if isinstance(field, Mapping) and field.get("field") == "@message"
    ]
    message = _parsed(fields[0].get("value")) if fields else None
    return message if isinstance(message, dict) else None


def _has_spans(node: Any) -> bool:
    return is_otlp(node) or is_jaeger(node)


def _is_document(node: Any) -> bool:
    return isinstance(node, dict) and all(
        isinstance(node.get(key), str) for key in ("trace_id", "id", "name")
    )


def _is_trace(node: Any) -> bool:
    return isinstance(node, dict) and ("Segments" in node or "Spans" in node)


def _description(node: Any) -> str:
    """Return what a JSON value is, in words."""
    if not isinstance(node, Mapping):
        return f"{json.dumps(node)[:40]} where a trace was expected"
    if "TraceSummaries" in node:
        return "trace summaries, which tracing_lab.summaries.load_summaries reads"
    names = ", ".join([*node][:_MOST_NAMED])
    return f"an object with the members {names}" if names else "an empty object"
