"""Names and types of the summary frame, in one place; `tracing_lab.summaries` documents them."""

from typing import Any, Final

import numpy as np
import pandas as pd

from ._span_schema import INDEX_NAMES, TEXT, TIME
from .errors import TraceDataError

SUMMARY_INDEX: Final = "trace_id"
ENTRY_POINT: Final = "entry_point"

SUMMARY_DTYPES: Final[dict[str, Any]] = {
    "start": TIME,
    "duration_s": np.dtype("float64"),
    "response_s": np.dtype("float64"),
    "has_error": np.dtype("bool"),
    "has_fault": np.dtype("bool"),
    "has_throttle": np.dtype("bool"),
    "is_partial": np.dtype("bool"),
    "revision": pd.Int64Dtype(),
    "matched_event_time": TIME,
    "http_method": TEXT,
    "http_url": TEXT,
    "http_status": pd.Int64Dtype(),
    "client_ip": TEXT,
    "entry_point": TEXT,
    "services": np.dtype("object"),
    "users": np.dtype("object"),
    "fault_causes": np.dtype("object"),
    "error_causes": np.dtype("object"),
    "response_time_causes": np.dtype("object"),
    "annotations": np.dtype("object"),
}

SUMMARY_COLUMNS: Final = tuple(SUMMARY_DTYPES)
"""The columns that every summary frame has, in order."""

TUPLES: Final = ("services", "users", "fault_causes", "error_causes", "response_time_causes")
"""Columns with a tuple of texts in each row."""


def is_summary_frame(frame: pd.DataFrame) -> bool:
    """Return whether a frame is a summary frame, as opposed to a span frame.

    Parameters
    ----------
    frame
        Either of the two.

    Returns
    -------
    is_summary_frame
        True for a summary frame, False for a span frame; types of columns are not checked.

    Raises
    ------
    TraceDataError
        If the frame is neither.
    """
    names = tuple(frame.index.names)
    if names == (SUMMARY_INDEX,) and set(SUMMARY_COLUMNS) <= set(frame.columns):
        return True
    if names == INDEX_NAMES:
        return False
    msg = (
        f"A frame with the index {list(names)} is neither a summary frame nor a span frame. Make "
        "one with summaries.frame_from_summaries or spans.spans_from_traces."
    )
    raise TraceDataError(msg)
