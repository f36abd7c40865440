"""Spans of functions' handlers, which belong to the segments that Lambda itself sends.

OpenTelemetry's layers send a span for the handler, whose parent lies in Lambda's own segment of the
same function. As a segment of its own it would count the request twice and connect a node with
itself, so it becomes a part of Lambda's. What AWS does with it is not documented. Where Lambda
sends no segment, it stays one.
"""

from collections.abc import Iterable

from tracing_lab.embedded.model import Document
from tracing_lab.xray_model import lambda_segments
from tracing_lab.xray_model.documents import SUBSEGMENT

from .tree import walk

_KIND = "span.kind"


def with_handlers_as_parts(tops: list[Document]) -> list[Document]:
    """Return documents in which handlers' spans are subsegments of their functions.

    Parameters
    ----------
    tops
        The documents of a trace, none in two places; those of handlers are changed.
    """
    handlers = [top for top in tops if _is_of_handler(top)]
    if not handlers:
        return tops
    functions = _function_of_parts(top for top in tops if not _is_of_handler(top))
    for handler in handlers:
        if functions.get(handler.get("parent_id", "")) == handler["name"]:
            handler["type"] = SUBSEGMENT
            handler.pop("origin")
    return tops


def _is_of_handler(document: Document) -> bool:
    is_function = document.get("origin") == lambda_segments.FUNCTION
    return is_function and document.get("annotations", {}).get(_KIND) == "SERVER"


def _function_of_parts(tops: Iterable[Document]) -> dict[str, str]:
    """Return the function's name by the id of each part of its segments."""
    return {
        part["id"]: top["name"]
        for top in tops
        if top.get("origin") == lambda_segments.FUNCTION
        for part in walk(top)
    }
