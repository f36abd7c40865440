"""Walk segments: the entities in a document and who owns them."""

from dataclasses import dataclass
from functools import cached_property

from tracing_lab.embedded.model import Document


@dataclass(frozen=True, slots=True)
class Entity:
    """A segment or subsegment and the segment it is part of."""

    document: Document
    segment: Document

    @property
    def is_segment(self) -> bool:
        """Whether this is the segment itself."""
        return self.document is self.segment


@dataclass(frozen=True)
class ProcessedTrace:
    """A trace as X-Ray gives it back.

    Parameters
    ----------
    id
        The trace id.
    segments
        Top-level documents by start time: real segments, inferred ones, and subsegments whose
        owner has not arrived. They are shared, so nobody may change them.
    entities
        Everything in `segments` by id.
    """

    id: str
    segments: tuple[Document, ...]
    entities: dict[str, Entity]

    @cached_property
    def parts(self) -> list[Entity]:
        """Segments and all in them, in the order of `segments`, parents before children."""
        return [Entity(part, segment) for segment in self.segments for part in walk(segment)]

    def owner(self, segment: Document) -> Entity | None:
        """Give the entity that a segment was called from; None for roots and orphans."""
        return self.entities.get(segment.get("parent_id", ""))

    def root(self) -> Document | None:
        """Give the segment that the trace began with.

        That is the first segment without a parent, or else the first whose parent is missing, or
        else (parents in a circle) the first.
        """
        return self._root

    @cached_property
    def _root(self) -> Document | None:
        real = [segment for segment in self.segments if not is_subsegment(segment)]
        return (
            next((segment for segment in real if "parent_id" not in segment), None)
            or next((one for one in real if one["parent_id"] not in self.entities), None)
            or next(iter(real), None)
        )

    def roots(self) -> list[Document]:
        """Give all segments without a parent; when there is none, what the trace began with."""
        found = [one for one in self.segments if "parent_id" not in one]
        first = self.root()
        return found or ([] if first is None else [first])


def walk(document: Document) -> list[Document]:
    """Give a document and all subsegments in it, parents before children.

    Examples
    --------
    >>> [part["id"] for part in walk({"id": "a", "subsegments": [{"id": "b"}, {"id": "c"}]})]
    ['a', 'b', 'c']
    """
    if "subsegments" not in document:
        return [document]
    found, waiting = [], [document]
    while waiting:
        current = waiting.pop()
        found.append(current)
        children = current.get("subsegments")
        if children:
            waiting.extend(reversed(children))
    return found


def is_subsegment(document: Document) -> bool:
    """Tell whether a top-level document is a subsegment whose owner is missing."""
    return document.get("type") == "subsegment"


def is_open(document: Document) -> bool:
    """Tell whether a segment or subsegment is still in progress."""
    return "end_time" not in document or "in_progress" in document


def start_order(document: Document) -> tuple[float, str]:
    """Give the key that sorts documents by start, ties by id."""
    return document["start_time"], document["id"]
