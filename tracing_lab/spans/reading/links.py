"""Which span of a trace is the parent of which, from the ids that documents give."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tracing_lab.spans.tree import NO_ROW, Rows, parent_rows

from .columns import SpanColumns


class SpanLinks(NamedTuple):
    """Ids as numbers, and what follows from them.

    Parameters
    ----------
    ids
        The id of each number.
    span, parent
        Number of each span's id and of its parent's, -1 where none is stated.
    parents
        Row of each span's parent, -1 where it is unknown.
    again
        Rows of spans whose id another span of their trace has, too.
    """

    ids: "pa.Array[Any]"
    span: Rows
    parent: Rows
    parents: Rows
    again: Rows


def links_of(columns: SpanColumns) -> SpanLinks:
    """Return how spans hang together, by row.

    Parameters
    ----------
    columns
        Spans.
    """
    both = pa.concat_arrays([columns.span_id, columns.parent_id]).dictionary_encode()
    numbers = both.indices.fill_null(NO_ROW).to_numpy().astype(np.int64)
    span, stated = numbers[: len(columns.trace)], numbers[len(columns.trace) :]
    is_part = columns.part_of != NO_ROW
    parents, again = parent_rows(columns.trace, span, np.where(is_part, NO_ROW, stated))
    return SpanLinks(
        ids=both.dictionary,
        span=span,
        parent=np.where(is_part, span[columns.part_of], stated),
        parents=np.where(is_part, columns.part_of, parents),
        again=again,
    )
