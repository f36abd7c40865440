"""The documents of traces, parsed, and what is wrong with them.

Documents are what BatchGetTraces returns, described in
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from tracing_lab.xray_model.documents import Document, is_open


class Problem(NamedTuple):
    """What is wrong with a trace; the id is empty where the trace has none."""

    trace_id: str
    sentence: str


def documents_from_traces(
    traces: Iterable[Mapping[str, Any]],
) -> tuple[dict[str, dict[str, Document]], list[Problem]]:
    """Return the parsed documents of traces.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.

    Returns
    -------
    documents, problems
        Trace id to documents by their id, and everything that is wrong.
    """
    problems: list[Problem] = []
    documents: dict[str, dict[str, Document]] = {}
    for number, trace in enumerate(traces):
        _gather(number, trace, documents, problems)
    return documents, problems


def _gather(
    number: int,
    trace: Any,
    documents: dict[str, dict[str, Document]],
    problems: list[Problem],
) -> None:
    """Add a trace's documents by id; a finished document replaces one that was in progress."""
    trace_id = trace.get("Id") if isinstance(trace, Mapping) else None
    if not isinstance(trace_id, str) or not trace_id:
        problems.append(Problem("", f'trace number {number} has no "Id"'))
        return
    if not isinstance(trace.get("Segments"), list):
        problems.append(Problem(trace_id, f'trace {trace_id}: "Segments" is not a list'))
        return
    mine, ended = documents.setdefault(trace_id, {}), dict[str, Document]()
    for segment in trace["Segments"]:
        document = _document(trace_id, segment, problems)
        if document is not None:
            known = mine.get(document["id"])
            if not is_open(document) and ended.setdefault(document["id"], document) != document:
                sentence = f"trace {trace_id}: two spans have the id {document['id']}"
                problems.append(Problem(trace_id, sentence))
            if known is None or not is_open(document):
                mine[document["id"]] = document


def _document(trace_id: str, segment: Any, problems: list[Problem]) -> Document | None:
    """Parse one entry of ``Segments``; None, and a problem, when that is impossible."""
    document = segment.get("Document") if isinstance(segment, Mapping) else None
    where = f"trace {trace_id}, segment {segment.get('Id') if document is not None else '?'}"
    if isinstance(document, str | bytes | bytearray):
        try:
            document = orjson.loads(document)
        except orjson.JSONDecodeError as error:
            problems.append(Problem(trace_id, f"{where}: the document is not JSON ({error})"))
            return None
    wrong = "is not an object"
    if isinstance(document, Mapping):
        wrong = _wrong_ids(trace_id, document)
        if not wrong:
            return document
    problems.append(Problem(trace_id, f"{where}: the document {wrong}"))
    return None


def _wrong_ids(trace_id: str, document: Document) -> str:
    """Return what is wrong with a document's ids, "" if nothing is."""
    if not isinstance(document.get("id"), str) or not document["id"]:
        return 'has no "id"'
    if document.get("trace_id", trace_id) != trace_id:
        return f"belongs to trace {document['trace_id']}"
    return ""


def as_json(value: Any) -> str:
    """Return a value as JSON text, also what orjson rejects, such as integers beyond 64 bits.

    What JSON cannot hold becomes the text that Python has for it.

    Parameters
    ----------
    value
        Anything that a document may have.

    Examples
    --------
    >>> as_json({"n": 2**70})
    '{"n": 1180591620717411303424}'
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, default=str, skipkeys=True)
