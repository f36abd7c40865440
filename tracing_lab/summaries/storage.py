"""Trace summaries in JSON files, as GetTraceSummaries returns them."""

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from tracing_lab import files
from tracing_lab.errors import TraceDataError

_LOG = logging.getLogger(__name__)
_NOT_BLANK = re.compile(r"\S")
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
    pages = _documents(path)
    items = _items(pages, path)
    if isinstance(pages[-1], dict) and pages[-1].get("NextToken"):
        _LOG.warning("%s: the last page has a NextToken, so summaries are missing.", path)
    return items


def _documents(path: str | os.PathLike[str]) -> list[Any]:
    """Return the JSON documents that follow each other in a file; usually there is one."""
    content = files.read_bytes(path, remedy="Name a file of trace summaries")
    try:
        return [orjson.loads(content)]
    except orjson.JSONDecodeError:
        pass  # several documents, or none
    try:
        documents = [*_documents_in(content.decode("utf-8-sig"))]
    except ValueError as error:
        msg = f"{path} is not JSON ({error}). {_HINT}"
        raise TraceDataError(msg) from error
    if not documents:
        msg = f"{path} is empty. {_HINT}"
        raise TraceDataError(msg)
    return documents


def _documents_in(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while start := _NOT_BLANK.search(text, at):
        document, at = decoder.raw_decode(text, start.start())
        yield document


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
