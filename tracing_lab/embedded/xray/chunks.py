"""Chunks: documents of one trace that were committed together, as one row of the store.

A row for each document would be twice the work for the disk. The heads of a chunk say which
documents are in its body, one after the other. A document may be in several chunks: what counts is
the last complete one, or while there is none, the last one.
"""

from collections.abc import Iterable, Sequence

import orjson

from .documents import DocumentRow


def pack(rows: Sequence[DocumentRow]) -> tuple[bytes, bytes]:
    """Give the heads and the body of the chunk of some documents of one trace."""
    heads = [(row.id, row.in_progress, len(row.body)) for row in rows]
    return orjson.dumps(heads), b"".join([row.body for row in rows])


def unpack(chunks: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, ...]:
    """Give the documents that count, by id.

    Parameters
    ----------
    chunks
        Heads and bodies of one trace's chunks, in the order in which they were written.

    Examples
    --------
    >>> chunk = pack([DocumentRow("1-a", "b", True, 1.0, 1.0, b"{}")])
    >>> later = pack([DocumentRow("1-a", "b", False, 1.0, 2.0, b"[]")])
    >>> unpack([later, chunk])
    (b'[]',)
    """
    found: dict[str, tuple[bool, bytes]] = {}
    for heads, body in chunks:
        start = 0
        for entity_id, in_progress, size in orjson.loads(heads):
            before = found.get(entity_id)
            if before is None or in_progress <= before[0]:
                found[entity_id] = in_progress, body[start : start + size]
            start += size
    return tuple(found[entity_id][1] for entity_id in sorted(found))


def completed(heads: Iterable[bytes]) -> set[str]:
    """Give the ids of the complete documents in chunks.

    Examples
    --------
    >>> completed([pack([DocumentRow("1-a", "b", False, 1.0, 2.0, b"{}")])[0]])
    {'b'}
    """
    return {
        entity_id
        for one in heads
        for entity_id, in_progress, _ in orjson.loads(one)
        if not in_progress
    }
