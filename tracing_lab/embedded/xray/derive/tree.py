"""Traverses segments: the entities of a document and their owners."""

from dataclasses import dataclass
from functools import cached_property

from tracing_lab.embedded.model import Document
from tracing_lab.xray_model.documents import SUBSEGMENT
from tracing_lab.xray_model.traces import entries_of


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
    """A trace as X-Ray returns it.

    Parameters
    ----------
    id
        The trace id.
    segments
        Top-level documents by start time: real segments, inferred ones, and subsegments whose
        owner has not arrived. They are shared and must not be changed.
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
        """Return the entity that a segment was called from; None for roots and orphans."""
        return self.entities.get(segment.get("parent_id", ""))

    def root(self) -> Document | None:
        """Return the first segment of the trace, the first of `roots`."""
        return next(iter(self.roots), None)

    @cached_property
    def roots(self) -> list[Document]:
        """The segments at which requests entered."""
        real = [segment for segment in self.segments if not is_subsegment(segment)]
        return entries_of(real, self.entities)


def walk(document: Document) -> list[Document]:
    """Return a document and all subsegments in it, parents before children.

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
    """Return whether a top-level document is a subsegment whose owner is missing."""
    return document.get("type") == SUBSEGMENT


def start_order(document: Document) -> tuple[float, bool, str]:
    """Return the key that sorts documents by start, then roots first, then by id."""
    return document["start_time"], "parent_id" in document, document["id"]
