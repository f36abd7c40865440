"""Adds links to other traces, which arrive after the segments that they belong to."""

from collections.abc import Iterable, Mapping

from tracing_lab.embedded.model import Document
from tracing_lab.xray_model.trace_links import MAX_LINKS, MAX_TRACE_LINKS

from .tree import Entity


def add_links(carriers: Iterable[Document], entities: Mapping[str, Entity]) -> None:
    """Add the links of carriers to the documents that they name, in the order of their times.

    Links over X-Ray's quotas are left out, and so are those of documents that are not there.

    Parameters
    ----------
    carriers
        Documents for which `is_carrier` is true.
    entities
        The documents of the trace by id, which are changed.
    """
    left = MAX_TRACE_LINKS - sum(
        len(entity.document.get("links", ())) for entity in entities.values()
    )
    for carrier in sorted(carriers, key=_order):
        owner = entities.get(carrier.get("parent_id", ""))
        if owner is None:
            continue
        before = owner.document.get("links", [])
        added = carrier.get("links", [])[: max(0, min(left, MAX_LINKS - len(before)))]
        left -= len(added)
        if added:
            owner.document["links"] = [*before, *added]


def _order(carrier: Document) -> tuple[float, str]:
    return carrier["start_time"], carrier["id"]
