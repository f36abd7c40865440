"""Reading raw segment documents, for the checks of exercises that read them by hand."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.stack.parts import part_of

Document = Mapping[str, Any]


def documents_of(trace: Mapping[str, Any]) -> list[Document]:
    """Return a trace's segment documents, parsed."""
    raw = (segment["Document"] for segment in trace["Segments"])
    return [json.loads(document) if isinstance(document, str) else document for document in raw]


def subsegments_of(document: Document) -> Iterator[Document]:
    """Yield all subsegments below a segment or subsegment."""
    for subsegment in document.get("subsegments", ()):
        yield subsegment
        yield from subsegments_of(subsegment)


def is_service(document: Document, service: str, origin: str) -> bool:
    """Return whether a segment was sent by the function of one of the workshop's services."""
    return document.get("origin") == origin and part_of(str(document["name"])) == service
