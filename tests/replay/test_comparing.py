"""When an edge of a replay counts as close."""

import pandas as pd
import pytest

from tracing_lab.replay import ReplayComparison
from tracing_lab.replay.comparing import compared_edges


def times(*rows: tuple[str, str, int, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["source", "target", "requests", "p50_s", "p95_s"])
    return frame.set_index(["source", "target"])


@pytest.mark.parametrize(
    "p50_s, p95_s, is_close",
    [
        (0.100, 0.200, True),
        (0.109, 0.240, True),
        (0.091, 0.160, True),
        (0.111, 0.200, False),
        (0.089, 0.200, False),
        (0.100, 0.251, False),
        (0.100, 0.149, False),
    ],
)
def test_ten_percent_of_the_median_and_a_quarter_of_p95(
    p50_s: float,
    p95_s: float,
    is_close: bool,  # noqa: FBT001 - the expected value
) -> None:
    recorded, replayed = times(("a", "b", 9, 0.1, 0.2)), times(("a", "b", 9, p50_s, p95_s))
    assert compared_edges(recorded, replayed)["is_close"].tolist() == [is_close]


def test_what_differs_by_a_millisecond_is_close() -> None:
    recorded = times(("a", "b", 9, 0.0, 0.001))
    assert compared_edges(recorded, times(("a", "b", 9, 0.001, 0.002)))["is_close"].all()
    assert not compared_edges(recorded, times(("a", "b", 9, 0.002, 0.002)))["is_close"].any()


def test_an_edge_that_one_of_them_lacks_is_not_the_same_map() -> None:
    recorded = times(("a", "b", 9, 0.1, 0.2), ("a", "c", 9, 0.1, 0.2))
    comparison = ReplayComparison(compared_edges(recorded, recorded.iloc[:1]))
    assert not comparison.same_map
    assert comparison.close_share == 0.5
    assert comparison.edges["replayed_requests"].tolist() == [9, 0]
    assert comparison.summary().startswith("Not the same map; 1 of 2 edges")


def test_a_comparison_is_a_table_with_both_times() -> None:
    recorded = times(("a", "b", 9, 0.1, 0.2))
    comparison = ReplayComparison(compared_edges(recorded, recorded))
    assert comparison.same_map
    assert "a -> b  9 9       100.0 100.0  200.0 200.0  yes" in str(comparison)
    assert "<table" in comparison._repr_html_()
