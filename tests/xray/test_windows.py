"""Ranges of time as windows that X-Ray accepts."""

import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from xray_fakes import NOON

from tracing_lab.errors import TraceDataError
from tracing_lab.xray.windows import WINDOW, windows


def test_windows_adjoin_and_are_short_enough() -> None:
    parts = windows(NOON, NOON + timedelta(hours=13))
    assert [end - start for start, end in parts] == [WINDOW, WINDOW, timedelta(hours=1)]
    assert all(one[1] == other[0] for one, other in itertools.pairwise(parts))


@given(st.integers(1, 10**6))
def test_windows_cover_any_range(seconds: int) -> None:
    parts = windows(NOON, NOON + timedelta(seconds=seconds))
    assert (parts[0][0], parts[-1][1]) == (NOON, NOON + timedelta(seconds=seconds))
    assert all(timedelta(0) < end - start <= WINDOW for start, end in parts)


@pytest.mark.parametrize(
    "start,end,text",
    [
        (NOON, NOON, "must be before"),
        (NOON.replace(tzinfo=None), NOON.replace(tzinfo=None), "need a time zone"),
    ],
)
def test_range_that_is_none_is_refused(start: datetime, end: datetime, text: str) -> None:
    with pytest.raises(TraceDataError, match=text):
        windows(start, end)
