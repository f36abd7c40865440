"""Every violation of a summary frame is found."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.summaries import (
    frame_from_summaries,
    validate_summaries,
)

NOON = 1795435200.0  # 2026-11-23T12:00:00Z


def summary(number: int = 1, **members: Any) -> dict[str, Any]:
    """Make a summary with nothing but an id, a start and what is given."""
    return {"Id": f"1-6b042ac0-{number:024x}", "StartTime": NOON, **members}


def test_every_violation_of_a_frame_is_listed() -> None:
    frame = frame_from_summaries([summary(1), summary(2)])
    columns: dict[str, Any] = {"services": [["a"], ["b"]], "annotations": [{}, {"k": "v"}]}
    broken = frame.assign(duration_s=-1.0, **columns)
    broken["start"] = pd.Series(pd.NaT, broken.index, frame["start"].dtype)
    broken.index = pd.Index(["a", "a"], name="trace_id")
    with pytest.raises(TraceDataError) as caught:
        validate_summaries(broken)
    for part in ("(5 problems)", "trace a occurs twice", "start is missing in 2 rows"):
        assert part in str(caught.value)
    for part in ("duration_s is neg", "services is not a tuple in 2", "dictionary of lists in 1"):
        assert part in str(caught.value)


def test_wrong_columns_of_a_frame_are_listed() -> None:
    frame = frame_from_summaries([summary()]).reset_index().drop(columns="users")
    with pytest.raises(TraceDataError) as caught:
        validate_summaries(frame.assign(has_fault=np.float64(0)))
    for part in ("the index is [None]", "'users' is missing", "'has_fault' has type float64"):
        assert part in str(caught.value)
