"""Segment documents as one table of segments and subsegments."""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.tree import Rows

from .nesting import decoded_levels, joined_field

NAMING: Final = ("operation", "table_name", "function_name", "queue_url", "resource_names")
"""Members of an ``aws`` block by which `inferred_node_name` names a node."""

# Only what is needed, in its own type, is quick. `wrong_types` finds what has another type, except
# where it is JSON here: any value may be a status or a flag, but only some are one.
_SPAN: Final[dict[str, Any]] = {
    "id": "VARCHAR",
    "name": "VARCHAR",
    "origin": "VARCHAR",
    "start_time": "DOUBLE",
    "end_time": "DOUBLE",
    "in_progress": "JSON",
    "error": "JSON",
    "fault": "JSON",
    "throttle": "JSON",
    "http": {"response": {"status": "JSON"}},
    "annotations": "JSON",
}
_SEGMENT: Final[dict[str, Any]] = {
    "trace_id": "VARCHAR",
    "parent_id": "VARCHAR",
    "type": "VARCHAR",
    "inferred": "JSON",
    "aws": dict.fromkeys(NAMING, "JSON"),
}
_PATHS: Final = {"http": ["http", "response", "status"]}
_REPEATED: Final = ("name", "origin", "http")

Seconds = npt.NDArray[np.float64]


class FlatSpans(NamedTuple):
    """What documents say, unchecked; segments first, in the order of their documents.

    Parameters
    ----------
    document
        Number of the document that each span is in.
    part_of
        Row of the span that a subsegment lies in, -1 for what is a document of its own.
    spans
        The fields that segments and subsegments have, one row per span; names, origins and
        statuses (``http``, as JSON) coded, flags as JSON.
    start_s, end_s
        Times in seconds since 1970, NaN where none is stated.
    segments
        The fields that only segments have, one row per document.
    """

    document: Rows
    part_of: Rows
    spans: dict[str, "pa.Array[Any]"]
    start_s: Seconds
    end_s: Seconds
    segments: dict[str, "pa.Array[Any]"]


def flatten(texts: "pa.Array[Any]") -> FlatSpans:
    """Return all segments and subsegments of documents.

    Parameters
    ----------
    texts
        JSON texts.

    Returns
    -------
    FlatSpans
        Texts that are not JSON give a row without values.
    """
    levels = [*decoded_levels(texts, _SPAN, _SEGMENT)]
    spans = {name: joined_field(levels, _PATHS.get(name, name)) for name in _SPAN}
    spans |= {name: spans[name].dictionary_encode() for name in _REPEATED}
    return FlatSpans(
        document=np.concatenate([level.document for level in levels]),
        part_of=np.concatenate([level.part_of for level in levels]),
        spans=spans,
        start_s=spans["start_time"].to_numpy(zero_copy_only=False),
        end_s=spans["end_time"].to_numpy(zero_copy_only=False),
        segments={name: pc.struct_field(levels[0].structs, name) for name in _SEGMENT},
    )
