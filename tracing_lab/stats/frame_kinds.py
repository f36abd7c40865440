"""Distinguishes summary frames from span frames."""

import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.schema import INDEX_NAMES
from tracing_lab.summaries.schema import SUMMARY_COLUMNS, SUMMARY_INDEX


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
