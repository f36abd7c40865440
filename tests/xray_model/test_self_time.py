"""Self time of one span, and the same for frames at once."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tracing_lab.spans.frames import NOT_ENDED
from tracing_lab.spans.self_time import self_times
from tracing_lab.xray_model.self_time import self_time


@pytest.mark.parametrize(
    "children, expected",
    [
        ([], 10),
        ([(1, 4)], 7),
        ([(1, 4), (3, 5)], 6),  # they overlap from 3 to 4
        ([(3, 5), (1, 9)], 2),  # one lies within the other
        ([(-5, 2), (9, 12)], 7),  # they stick out
        ([(12, 14), (-3, -1)], 10),  # they lie elsewhere
        ([(4, 4)], 10),
        ([(0, 10), (2, 3)], 0),
    ],
)
def test_what_children_cover_counts_once_and_only_inside(
    children: list[tuple[int, int]], expected: int
) -> None:
    assert self_time(0, 10, children) == expected


moments = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)
spans = st.lists(st.tuples(moments, st.integers(-1, 11), st.booleans()), min_size=1, max_size=12)


@given(spans)
def test_a_frame_s_self_times_are_those_of_its_spans(
    drawn: list[tuple[list[int], int, bool]],
) -> None:
    """A row's parent is an earlier row; some rows have not ended."""
    parents = np.array([min(parent, row - 1) for row, (_, parent, _) in enumerate(drawn)])
    start_s = np.array([start for (start, _), _, _ in drawn])
    ended = np.array([has_ended for _, _, has_ended in drawn])
    end_s = np.array([end for (_, end), _, _ in drawn])
    second = 1_000_000_000
    at_once = self_times(
        start_s * second, np.where(ended, end_s * second, NOT_ENDED), parents.astype(np.int64)
    )
    one_by_one = [
        self_time(
            start_s[row],
            end_s[row],
            [(start_s[n], end_s[n]) for n in np.flatnonzero((parents == row) & ended)],
        )
        if ended[row]
        else np.nan
        for row in range(len(drawn))
    ]
    np.testing.assert_array_equal(at_once, np.array(one_by_one, dtype=float))
