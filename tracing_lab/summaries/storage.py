"""Trace summaries in JSON files, as GetTraceSummaries returns them."""

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from tracing_lab import files
from tracing_lab.errors import TraceDataError

_LOG = logging.getLogger(__name__)
_HINT = "Write it with save_summaries, or save the JSON of aws xray get-trace-summaries."


def save_summaries(items: Iterable[Mapping[str, Any]], path: str | os.PathLike[str]) -> Path:
    """Write trace summaries to a JSON file, as GetTraceSummaries returns them.

    Parameters
    ----------
    items
        ``TraceSummary`` items.
    path
        File to write; its folder is made when missing.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    content = orjson.dumps({"TraceSummaries": [*items]}, option=orjson.OPT_INDENT_2)
    return files.write_bytes(path, content)


def load_summaries(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Read trace summaries that `save_summaries` or ``aws xray get-trace-summaries`` wrote.

    Parameters
    ----------
    path
        A JSON file: a response with ``TraceSummaries``, several responses after each other, or
        summaries, in a list or after each other. A ``NextToken`` in the last one means that there
        are more pages: a warning is logged.

    Returns
    -------
    items
        ``TraceSummary`` items, for `frame_from_summaries`.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the file holds something else.
    """
    pages = files.read_json(path, remedy="Name a file of trace summaries", hint=_HINT)
    items = _items(pages, path)
    if isinstance(pages[-1], dict) and pages[-1].get("NextToken"):
        _LOG.warning("%s: the last page has a NextToken, so summaries are missing.", path)
    return items


def _items(node: Any, path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Return the summaries in a page, in a list of pages or summaries, or in a single summary."""
    if isinstance(node, list):
        return [item for part in node for item in _items(part, path)]
    if isinstance(node, dict) and "TraceSummaries" in node:
        return _items(node["TraceSummaries"], path)
    if isinstance(node, dict) and ("Traces" in node or "Segments" in node):
        msg = f"{path} holds traces, not summaries. Read them with tracing_lab.spans.load_traces."
        raise TraceDataError(msg)
    if not isinstance(node, dict) or "Id" not in node:
        msg = f"{path} does not hold trace summaries. {_HINT}"
        raise TraceDataError(msg)
    return [node]
