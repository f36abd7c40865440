"""Which time ranges were listed, and which are to be."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tracing_lab.spans.lake.listed import ListedRanges

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Hours = tuple[float, float]


def at(hour: float) -> datetime:
    return NOON + timedelta(hours=hour)


def ranges(lake: Path, *, traces: int = 5, source: str = "here") -> ListedRanges:
    return ListedRanges(lake, source, traces=traces)


def add(lake: Path, *windows: Hours, listed: float = 100.0, source: str = "here") -> None:
    times = [(at(start), at(end)) for start, end in windows]
    ranges(lake, source=source).add(times, at=at(listed), traces=5)


def gaps(
    lake: Path, start: float, end: float, *, relist_h: float = 1.0, traces: int = 5
) -> list[Hours]:
    found = ranges(lake, traces=traces).gaps((at(start), at(end)), relist_s=relist_h * 3600)
    return [((a - NOON) / timedelta(hours=1), (b - NOON) / timedelta(hours=1)) for a, b in found]


@pytest.mark.parametrize(
    "start,end,expected",
    [
        (2, 3, []),
        (1, 5, []),
        (0, 6, [(0, 1), (5, 6)]),
        (0, 1, [(0, 1)]),
        (4, 9, [(5, 7)]),
        (0, 12, [(0, 1), (5, 7), (9, 12)]),
        (20, 30, [(20, 30)]),
    ],
)
def test_only_the_rest_of_a_range_is_listed(
    tmp_path: Path, start: float, end: float, expected: list[Hours]
) -> None:
    add(tmp_path, (1, 5), (7, 9))
    assert gaps(tmp_path, start, end) == expected


def test_what_was_recent_is_listed_again(tmp_path: Path) -> None:
    add(tmp_path, (1, 5), listed=5)
    assert gaps(tmp_path, 0, 6) == [(0, 1), (4, 6)]
    assert gaps(tmp_path, 0, 6, relist_h=0) == [(0, 1), (5, 6)]
    assert gaps(tmp_path, 2, 6, relist_h=math.inf) == [(2, 6)]
    add(tmp_path, (4, 6), listed=8)
    assert gaps(tmp_path, 0, 9) == [(0, 1), (6, 9)]


def test_another_source_was_not_listed(tmp_path: Path) -> None:
    add(tmp_path, (1, 5))
    assert ranges(tmp_path, source="there").gaps((at(1), at(2)), relist_s=0) != []
    add(tmp_path, (1, 2), source="there")
    assert gaps(tmp_path, 1, 5) == []


def test_a_lake_that_has_lost_traces_is_listed_again(tmp_path: Path) -> None:
    add(tmp_path, (1, 5))
    assert gaps(tmp_path, 1, 5, traces=9) == []
    assert gaps(tmp_path, 1, 5, traces=4) == [(1, 5)]


def test_neighbours_that_are_old_are_kept_as_one(tmp_path: Path) -> None:
    for hour in range(50):
        add(tmp_path, (hour, hour + 1), listed=hour + 2)
        add(tmp_path, (hour, hour + 1), listed=hour + 60)
    (kept,) = json.loads((tmp_path / "listed.json").read_text())["listed"].values()
    assert len(kept) < 40
    assert gaps(tmp_path, 0, 50) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"listed": {"here": [[1]]}, "traces": 0}'])
def test_a_damaged_record_only_costs_calls(tmp_path: Path, content: str) -> None:
    (tmp_path / "listed.json").write_text(content)
    assert gaps(tmp_path, 1, 2) == [(1, 2)]
    add(tmp_path, (1, 2))
    assert gaps(tmp_path, 1, 2) == []


hours = st.integers(0, 30)
listings = st.lists(st.tuples(hours, st.integers(1, 6), st.integers(0, 5)), max_size=8)


@given(listings, hours, st.integers(1, 12), st.integers(0, 4))
def test_gaps_are_the_hours_that_no_listing_covers(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[int, int, int]],
    start: int,
    length: int,
    relist_h: int,
) -> None:
    lake = tmp_path_factory.mktemp("lake")
    listed_at: dict[int, int] = {}
    for begin, size, later in drawn:
        hours_in = range(begin, begin + size)
        add(lake, (begin, begin + size), listed=begin + size + later)
        listed_at |= dict.fromkeys(hours_in, begin + size + later)
    wanted = range(start, start + length)
    missing = {hour for hour in wanted if hour + 1 > listed_at.get(hour, -math.inf) - relist_h}
    found = gaps(lake, start, start + length, relist_h=relist_h)
    assert {hour for a, b in found for hour in wanted if a < hour + 1 and b > hour} == missing
