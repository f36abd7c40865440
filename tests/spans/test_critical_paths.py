"""Many critical paths at once are those of each trace alone."""

import numpy as np
from hypothesis import example, given, strategies as st

from tracing_lab.spans.critical_path import critical_pieces
from tracing_lab.spans.critical_paths import all_pieces
from tracing_lab.spans.frames import NOT_ENDED

SPAN = st.tuples(st.integers(-1, 8), st.integers(0, 30), st.integers(0, 15), st.booleans())
TRACES = st.lists(st.lists(SPAN, min_size=1, max_size=9), max_size=4)


@given(TRACES, st.integers(1, 40))
@example([[(0, 0, 0, False), (0, 0, 1, False), (0, 0, 1, False)]], 40)  # two of the same times
def test_the_pieces_of_many_traces_are_those_of_each_alone(
    traces: list[list[tuple[int, int, int, bool]]], times: int
) -> None:
    parents: list[int] = []
    spans: list[tuple[int, int, int]] = []
    expected = []
    for number, trace in enumerate(traces * times):
        first = len(parents)
        own = [min(parent, row - 1) for row, (parent, *_) in enumerate(trace)]
        start = np.array([100 + begin for _, begin, _, _ in trace])
        end = np.array(
            [NOT_ENDED if open_ else 100 + begin + long for _, begin, long, open_ in trace]
        )
        alone = critical_pieces(np.array(own), start, end)
        expected += [(first + row, begin, finish) for row, begin, finish in alone]
        parents += [first + parent if parent >= 0 else -1 for parent in own]
        spans += zip([number] * len(own), start.tolist(), end.tolist(), strict=True)
    trace_, start_ns, end_ns = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    pieces = all_pieces(trace_, np.array(parents, dtype=np.int64), start_ns, end_ns)
    assert sorted(zip(*(part.tolist() for part in pieces), strict=True)) == sorted(expected)


def test_one_long_trace_among_many_short_ones_is_walked_alone() -> None:
    long = 5_000
    trace = np.concatenate([np.arange(100), np.full(long, 100)])
    parents = np.concatenate([np.full(101, -1), np.full(long - 1, 100)])
    start = np.arange(100 + long) * 2
    end = start + 2
    end[100] = end[-1]
    pieces = all_pieces(trace, parents, start, end)
    assert int((pieces.end_ns - pieces.start_ns).sum()) == 200 + 2 * long
