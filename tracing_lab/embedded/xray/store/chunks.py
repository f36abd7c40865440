"""Chunks: documents of one trace that were committed together, as one row of the store.

A row for each document would double the disk's work. The heads of a chunk list the documents in its
body. A document may be in several chunks: the last complete one is valid, or without one, the last.
"""

import logging
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from tracing_lab.embedded.xray.ingest.documents import DocumentRow

_LOGGER = logging.getLogger(__name__)


def pack(rows: Sequence[DocumentRow]) -> tuple[bytes, bytes]:
    """Return heads and body of a chunk of documents of one trace."""
    heads = [(row.id, row.in_progress, len(row.body), zlib.crc32(row.body)) for row in rows]
    return orjson.dumps(heads), b"".join([row.body for row in rows])


def unpack(chunks: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, ...]:
    """Return the valid documents, by id. Damaged ones are left out and logged.

    Parameters
    ----------
    chunks
        Heads and bodies of one trace's chunks, in the order of writing.

    Examples
    --------
    >>> chunk = pack([DocumentRow("1-a", "b", True, 1.0, 1.0, b"{}")])
    >>> later = pack([DocumentRow("1-a", "b", False, 1.0, 2.0, b"[]")])
    >>> unpack([later, chunk])
    (b'[]',)
    """
    found: dict[str, tuple[bool, bytes]] = {}
    for heads, whole in chunks:
        start = 0
        for entity_id, in_progress, size, *checksum in _heads(heads):
            before, body = found.get(entity_id), whole[start : start + size]
            start += size
            if checksum and zlib.crc32(body) != checksum[0]:  # older documents have none
                _LOGGER.error("document %s is damaged on the disk and left out", entity_id)
            elif before is None or in_progress <= before[0]:
                found[entity_id] = in_progress, body
    return tuple(found[entity_id][1] for entity_id in sorted(found))


def head_of_complete(entity_id: str) -> bytes:
    """Return the text that marks a complete document in the heads of its chunk.

    Examples
    --------
    >>> heads, _ = pack([DocumentRow("1-a", "b", False, 1.0, 2.0, b"{}")])
    >>> head_of_complete("b") in heads, head_of_complete("c") in heads
    (True, False)
    """
    return b'["%b",false,' % entity_id.encode()


def _heads(text: bytes) -> Iterator[list[Any]]:
    try:
        heads = orjson.loads(text)
    except ValueError:
        _LOGGER.error("a chunk of documents is damaged on the disk and left out")  # noqa: TRY400 - the trace would say nothing more
        return
    for head in heads:
        if isinstance(head, list) and list(map(type, head[:3])) == [str, bool, int]:
            yield head
        else:
            _LOGGER.error("a document is damaged on the disk and left out")
            return
