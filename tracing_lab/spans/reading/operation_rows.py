"""What segments were asked to do, from the documents of a trace, one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from tracing_lab.spans.frames import is_epoch_seconds
from tracing_lab.xray_model.documents import SUBSEGMENT, Document, is_call, kind_of
from tracing_lab.xray_model.lambda_segments import (
    BEFORE_FUNCTION,
    FUNCTION,
    INVOCATION,
    OVERHEAD,
)
from tracing_lab.xray_model.operations import operation_of

OF_LAMBDA: Final = (*BEFORE_FUNCTION, INVOCATION, OVERHEAD)
"""Names of a function's subsegments that stand for none of its work."""


def operations_of_documents(
    documents: Iterable[Document], annotation: str | None
) -> Iterator[tuple[str, str]]:
    """Yield the ids of segments and their operations, where there are any.

    Parameters
    ----------
    documents
        The documents of a trace, each id once.
    annotation
        As for `operations_from_traces`.

    Yields
    ------
    span_id, operation
        Texts, not empty.
    """
    segments, lost = list[Document](), dict[Any, list[Document]]()
    for document in documents:
        if kind_of(document) == SUBSEGMENT:  # sent by itself
            lost.setdefault(str(document.get("parent_id")), []).append(document)
        else:
            segments.append(document)
    for segment in segments:
        operation = "" if annotation is None else _annotated(_below(segment, lost), annotation)
        operation = operation or operation_of(segment)
        if not operation and segment.get("origin") == FUNCTION:
            operation = _first_work(_below(segment, lost))
        if operation:
            yield segment["id"], operation


def _below(segment: Document, lost: Mapping[str, list[Document]]) -> Iterator[Document]:
    """Yield a segment and its subsegments, level by level and by start."""
    level, waiting = [segment], dict(lost)
    while level:
        yield from level
        level = [
            part
            for document in level
            for part in (*_parts(document), *waiting.pop(str(document.get("id")), ()))
            if isinstance(part, Mapping)
        ]
        level.sort(key=_start_s)


def _parts(span: Document) -> Sequence[Any]:
    parts = span.get("subsegments")
    return parts if isinstance(parts, list) else ()


def _start_s(span: Document) -> float:
    start_s: Any = span.get("start_time")
    return float(start_s) if is_epoch_seconds(start_s) else 0.0


def _annotated(spans: Iterable[Document], annotation: str) -> str:
    for span in spans:
        values = span.get("annotations")
        if isinstance(values, Mapping) and annotation in values:
            return str(values[annotation])
    return ""


def _first_work(spans: Iterator[Document]) -> str:
    """Return the name of the first of a function's subsegments that is neither Lambda's nor a call.

    They come level by level, so that it is an outermost one; the function's segment comes first.
    """
    parts = islice(spans, 1, None)
    work = (part for part in parts if not is_call(part) and part.get("name") not in OF_LAMBDA)
    return str(next(work, {}).get("name") or "")
