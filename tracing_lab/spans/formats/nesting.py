"""Subsegments put into the documents of their parents, and taken out of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tracing_lab.xray_model.documents import SUBSEGMENT

Document = dict[str, Any]

_MOST_LEVELS: Final = 50
"""Levels of subsegments in a document; deeper ones are documents of their own: JSON has limits."""
_OF_ITS_OWN: Final = ("trace_id", "parent_id", "type")
"""Members that a subsegment in another document does not have."""


def nested(documents: Sequence[Document]) -> list[Document]:
    """Return documents in which subsegments lie in their parents.

    Parameters
    ----------
    documents
        Segments and subsegments of one trace, each by itself; they are not changed.

    Returns
    -------
    documents
        Segments, and subsegments whose parent is missing or lies on a circle.

    Examples
    --------
    >>> nested([{"id": "a"}, {"id": "b", "parent_id": "a", "type": "subsegment"}])
    [{'id': 'a', 'subsegments': [{'id': 'b'}]}]
    """
    copies = [dict(document) for document in documents]
    known = {document.get("id") for document in copies}
    below: dict[Any, list[Document]] = defaultdict(list)
    level: list[Document] = []
    waiting: list[Document] = []
    for document in copies:
        is_part = document.get("type") == SUBSEGMENT and document.get("parent_id") in known
        (waiting if is_part else level).append(document)
    for document in waiting:
        below[document["parent_id"]].append(document)
    tops, depth = [*level], 0
    while level:
        depth = (depth + 1) % _MOST_LEVELS
        level = [
            part
            for parent in level
            for part in _put(below.pop(parent.get("id"), ()), parent, depth, tops)
        ]
    return [*tops, *(part for parts in below.values() for part in parts)]


def _put(
    parts: Iterable[Document], parent: Document, depth: int, tops: list[Document]
) -> Iterable[Document]:
    """Put parts into their parent, or among the documents if it is nested too deep."""
    for part in parts:
        if depth == 0:
            tops.append(part)
        else:
            for member in _OF_ITS_OWN:
                part.pop(member, None)
            parent.setdefault("subsegments", []).append(part)
    return parts


def unnested(trace_id: str, document: Mapping[str, Any]) -> Iterator[Document]:
    """Yield a document and the subsegments in it, each by itself.

    Parameters
    ----------
    trace_id
        Its trace.
    document
        A document that nothing is wrong with.

    Yields
    ------
    document
        With its trace's and parent's id; members without a value are left out.

    Examples
    --------
    >>> [part["id"] for part in unnested("1-2-3", {"id": "a", "subsegments": [{"id": "b"}]})]
    ['a', 'b']
    """
    waiting = [{**document, "trace_id": trace_id}]
    while waiting:
        span = waiting.pop()
        parts = span.pop("subsegments", None) or ()
        own = {"trace_id": trace_id, "parent_id": span["id"], "type": SUBSEGMENT}
        yield {key: value for key, value in span.items() if value is not None}
        waiting.extend({**part, **own} for part in reversed(parts))
