"""Answers that are tried on the exercises of notebook 05."""

from typing import Any

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows, no_data
from tracing_lab.check.exercises.n05_fetch_and_query import AFTER_S
from tracing_lab.spans import spans_from_traces
from tracing_lab.summaries import frame_from_summaries


def _summaries() -> pd.DataFrame:
    """Return summaries of ten traces: work goes on in six, in three for 0.6 s or more."""
    times = [(0.1, 0.1), (0.7, 0.7), (0.8, 0.8), (0.9, 0.9)]
    times += [(0.1, 0.2), (0.3, 0.6), (0.3, 0.7), (0.1, 0.7), (0.2, 0.9), (0.6, 1.2)]
    return frame_from_summaries(
        {"Id": samples.trace_id(number), "ResponseTime": response, "Duration": duration}
        for number, (response, duration) in enumerate(times)
    )


def _trace(number: int, *, is_paid: bool | None) -> dict[str, Any]:
    """Return a trace of an order; with None, of one that failed before the payment."""
    times: dict[str, Any] = {"start_time": 100.0, "end_time": 101.0}
    root = {**times, "id": "a1", "name": samples.API, "fault": is_paid is None}
    payment = {**times, "id": "a2", "name": samples.full_name("payment"), "parent_id": "a1"}
    payment |= {"error": not is_paid}
    documents = [root] if is_paid is None else [root, payment]
    segments = [{"Id": each["id"], "Document": each} for each in documents]
    return {"Id": samples.trace_id(number), "Segments": segments}


def _spans() -> pd.DataFrame:
    """Return 20 orders: 3 fail at once, 9 payments fail, and 8 succeed."""
    ends = [None] * 3 + [False] * 9 + [True] * 8
    return spans_from_traces([_trace(at, is_paid=end) for at, end in enumerate(ends)])


ROWS = {
    "05.after": Rows(
        data=lambda: {"summaries": _summaries()},
        right=(3, "3", 3.0, pd.Series([3])),
        wrong=(
            (8, "duration"),
            (4, "response"),
            (6, "any"),
            (7, "turned"),
            (10, "all"),
            (2, "off_by_one"),
            (0.5, "fraction"),
            (True, "bool"),
            (_summaries()["duration_s"] > AFTER_S, "mask"),
            (_summaries(), "table"),
        ),
    ),
    "05.declined": Rows(
        data=lambda: {"spans": _spans()},
        right=(9, "9", 9.0, pd.Series([9])),
        wrong=(
            (3, "root"),
            (12, "either"),
            (17, "reached"),
            (8, "paid"),
            (0, "nothing"),
            (20, "all"),
            (10, "off_by_one"),
            (["1-00000064-1"] * 9, "collection"),
        ),
    ),
    "05.calls": Rows(
        data=no_data,  # 13 pages of 1,230 summaries; 230 new traces and 40 changed ones: 54 calls
        right=(67, "67", 67.0, pd.Series([67])),
        wrong=(
            (54, "no_pages"),
            (59, "only_new"),
            (21, "only_changed"),
            (259, "everything"),
            (270, "traces"),
            (283, "one_each"),
            (13, "only_pages"),
            (66, "off_by_one"),
            (66.3, "fraction"),
        ),
    ),
}
