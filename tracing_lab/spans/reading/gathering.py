"""The documents of traces, one after the other, as texts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, count
from operator import itemgetter
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
import pyarrow as pa

from tracing_lab.spans.tree import Rows

_BATCH: Final = 65_536
"""Documents that are decoded at once; each takes a kilobyte or two."""

_ID, _SEGMENTS, _DOCUMENT = map(itemgetter, ("Id", "Segments", "Document"))


class Gathered(NamedTuple):
    """The documents of traces.

    Parameters
    ----------
    traces
        The traces, as they were given.
    numbers
        Number of each trace; none for what is no trace.
    number_of
        Number by id.
    documents
        All documents, of any type; None for what should have been documents.
    trace
        Number of each document's trace.
    """

    traces: list[Any]
    numbers: Sequence[int | None]
    number_of: dict[str, int]
    documents: list[Any]
    trace: Rows

    @property
    def trace_ids(self) -> list[str]:
        """The traces' ids, by number."""
        return [*self.number_of]

    def batches(self) -> Iterator[tuple["pa.Array[Any]", Rows]]:
        """Yield documents as texts, with their traces' numbers; at least once, if only none."""
        for first in range(0, max(len(self.documents), 1), _BATCH):
            texts = as_texts(self.documents[first : first + _BATCH])
            yield texts, self.trace[first : first + _BATCH]

    def again(self, odd: Collection[int]) -> list[Any]:
        """Return the traces that have to be read one by one.

        Parameters
        ----------
        odd
            Numbers of traces; what is no trace is one of them, too.
        """
        if not odd and None not in self.numbers:
            return []
        given = zip(self.traces, self.numbers, strict=True)
        return [trace for trace, number in given if number is None or number in odd]


def gathered(traces: list[Any]) -> Gathered:
    """Return the documents of traces; at once if all traces have the usual form.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    """
    try:
        ids, segments = [*map(_ID, traces)], [*map(_SEGMENTS, traces)]
        documents = [*map(_DOCUMENT, chain.from_iterable(segments))]
        is_usual = ({*map(type, ids)}, {*map(type, segments)}) == ({str}, {list}) and all(ids)
    except (KeyError, TypeError):  # at least one is not what it usually is
        is_usual = False
    if not is_usual:
        return _gathered_singly(traces)
    number_of = dict(zip(dict.fromkeys(ids), count(), strict=False))
    numbers = [*map(number_of.__getitem__, ids)]
    trace = np.repeat(np.array(numbers, dtype=np.int64), [*map(len, segments)])
    return Gathered(traces, numbers, number_of, documents, trace)


def as_texts(documents: Sequence[Any]) -> "pa.Array[Any]":
    """Return documents as JSON texts, missing where that is not certain.

    Parameters
    ----------
    documents
        Texts, bytes or dictionaries.

    Examples
    --------
    >>> as_texts(["{}", b"{}", {}, 5]).to_pylist()
    ['{}', '{}', '{}', None]
    """
    try:
        return pa.array(documents, pa.large_string())
    except (TypeError, ValueError):  # at least one is no text, or none that has an encoding
        return pa.array([*map(_text, documents)], pa.large_string())


def _gathered_singly(traces: list[Any]) -> Gathered:
    """Return the documents of traces, of which some lack the usual form."""
    numbers: list[int | None] = []
    number_of: dict[str, int] = {}
    documents: list[tuple[int, Any]] = []
    for trace in traces:
        trace_id = trace.get("Id") if isinstance(trace, Mapping) else None
        if not isinstance(trace_id, str) or not trace_id:
            numbers.append(None)
            continue
        number = number_of.setdefault(trace_id, len(number_of))
        numbers.append(number)
        documents += [(number, document) for document in _documents(trace.get("Segments"))]
    return Gathered(
        traces,
        numbers,
        number_of,
        documents=[document for _, document in documents],
        trace=np.array([number for number, _ in documents], dtype=np.int64),
    )


def _documents(segments: Any) -> Sequence[Any]:
    """Return segments' documents; None where there is none."""
    if not isinstance(segments, list):
        return [None]
    return [
        segment.get("Document") if isinstance(segment, Mapping) else None for segment in segments
    ]


def _text(document: Any) -> str | None:
    """Return a document as JSON text; None where that is not certain."""
    try:
        if isinstance(document, dict):  # parsed already
            document = orjson.dumps(document)
        text: str = document if isinstance(document, str) else document.decode()
        text.encode()  # a lone surrogate cannot be
    except (AttributeError, TypeError, ValueError):
        return None
    return text
