"""Traces whose times can be computed by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from tracing_lab.spans import spans_from_traces

Frames = Callable[..., pd.DataFrame]


@pytest.fixture
def frame(make_trace: Callable[..., dict[str, Any]]) -> Frames:
    """Make a span frame of the same trace, many times, from rows of `make_trace`."""

    def made(*rows: Sequence[Any], count: int = 20) -> pd.DataFrame:
        return spans_from_traces(
            make_trace(*rows, trace_id=f"1-{number:08x}-1") for number in range(count)
        )

    return made
