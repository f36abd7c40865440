"""Which documents may be unusable, or ambiguous: these are read again, one by one.

What is decided here is decided for whole columns, so it asks less than it could say; `rows` then
says what is wrong with each of the few documents, if anything is.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.frames import LAST_SECOND
from tracing_lab.spans.tree import Flags, Rows

from .columns import flags
from .flattening import FlatSpans
from .wrong_types import are_wrongly_typed

_ID_LENGTH: Final = 16
_OTHER_TYPE: Final = r"^(-?[0-9.]+([eE][-+]?[0-9]+)?|true|false|[\[{].*)$"
"""What JSON values other than text look like when they are taken for text."""


def suspicious_documents(
    flat: FlatSpans, trace_ids: "pa.Array[Any]", texts: "pa.Array[Any]"
) -> Rows:
    """Return the numbers of documents that need a closer look, each once.

    Parameters
    ----------
    flat
        Decoded documents.
    trace_ids
        Id of each document's trace.
    texts
        The documents as they were.
    """
    odd = are_odd_ids(flat.spans["id"], flat.document, texts) | _are_odd_names(flat.spans["name"])
    odd |= _odd_times(flat) | _is_no_object(flat.spans["annotations"])
    documents = are_wrongly_typed(texts)
    documents |= flags(pc.not_equal(flat.segments["trace_id"], trace_ids))
    documents[flat.document[odd]] = True
    return np.flatnonzero(documents)


def are_odd_ids(ids: "pa.Array[Any]", document: Rows, texts: "pa.Array[Any]") -> Flags:
    """Return which ids may have been something else than texts, or are empty or missing.

    Parameters
    ----------
    ids
        Ids, as decoded.
    document
        Number of the document that each id is in.
    texts
        The documents as they were.
    """
    is_long = flags(pc.equal(pc.binary_length(ids), _ID_LENGTH))
    odd = is_long & ~flags(pc.ascii_is_alnum(ids))
    for row in np.flatnonzero(is_long & flags(pc.ascii_is_decimal(ids))):  # one id in 1,800
        odd[row] = f'"{ids[row]}"' not in texts[document[row]].as_py()
    odd[~is_long] = are_other_types(ids.filter(pa.array(~is_long)))
    return np.asarray(odd)


def are_other_types(values: "pa.Array[Any]") -> Flags:
    """Return which texts may have been something else than texts, or are empty or missing.

    Parameters
    ----------
    values
        Texts, as decoded.
    """
    return flags(pc.match_substring_regex(values, _OTHER_TYPE)) | ~flags(pc.not_equal(values, ""))


def _are_odd_names(names: "pa.DictionaryArray") -> Flags:
    which = np.append(are_other_types(names.dictionary), True)
    numbers = names.indices.fill_null(len(which) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(which[numbers])


def _odd_times(flat: FlatSpans) -> Flags:
    start, end = flat.start_s, flat.end_s
    ends_later = (end >= start) & (end < LAST_SECOND)
    fine = (start > 0) & (start < LAST_SECOND) & (ends_later | np.isnan(end))
    return np.asarray(~fine)


def _is_no_object(values: "pa.Array[Any]") -> Flags:
    return ~flags(pc.starts_with(values, "{").fill_null(True))  # noqa: FBT003 - a missing one is fine
