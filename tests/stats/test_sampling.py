"""Estimates from samples that were not drawn evenly."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab.stats import needed_count, sampling_weights, weighted_summary
from tracing_lab.summaries import frame_from_summaries

START_S = 1_795_435_200.0


def statistic(second: float, requests: int, sampled: int, rule: str = "shop") -> dict[str, Any]:
    return {
        "RuleName": rule,
        "Timestamp": datetime.fromtimestamp(START_S + second, UTC),
        "RequestCount": requests,
        "SampledCount": sampled,
    }


def summaries(*rows: tuple[float, float, bool]) -> pd.DataFrame:
    """Make summaries of (second, response time, failed)."""
    return frame_from_summaries(
        {
            "Id": f"1-00000001-{number:024x}",
            "StartTime": START_S + second,
            "ResponseTime": response_s,
            "HasFault": failed,
            "EntryPoint": {"Name": "api"},
        }
        for number, (second, response_s, failed) in enumerate(rows)
    )


def test_a_trace_stands_for_the_requests_of_its_ten_seconds() -> None:
    frame = summaries((-3, 1, False), (1, 1, False), (12, 1, False), (35, 1, False))
    statistics = [statistic(10, 100, 5), statistic(0, 20, 10), statistic(20, 7, 0)]
    weights = sampling_weights(frame, statistics)
    assert weights.tolist() == pytest.approx([math.nan, 2, 20, math.nan], nan_ok=True)
    assert weights.index.equals(frame.index)


def test_rules_are_counted_together_or_one_alone() -> None:
    frame = summaries((1, 1, False))
    statistics = [statistic(0, 20, 10), statistic(0, 20, 2, rule="Default")]
    assert sampling_weights(frame, statistics).tolist() == [40 / 12]
    assert sampling_weights(frame, statistics, rule="Default").tolist() == [10]
    assert sampling_weights(frame, []).isna().all()


def test_small_weights_count_by_their_share_and_none_at_all_leave_no_row() -> None:
    frame = summaries((0, 1, True), (1, 1, False))
    half = weighted_summary(frame, pd.Series([0.2, 0.2], index=frame.index)).loc["api"]
    assert half["failure_rate"] == pytest.approx(0.5)
    assert weighted_summary(frame, pd.Series([0.0, math.nan], index=frame.index)).empty


def test_the_busy_hour_counts_as_much_as_it_had_requests() -> None:
    # ten quiet requests, all recorded; a thousand busy ones, of which half failed, ten recorded
    quiet = [(0.0, 1.0, False)] * 10
    busy = [(10.0, 3.0, number % 2 == 0) for number in range(10)]
    frame = summaries(*quiet, *busy)
    weights = sampling_weights(frame, [statistic(0, 10, 10), statistic(10, 1000, 10)])
    row: Any = weighted_summary(frame, weights).loc["api"]
    assert (row["count"], row["requests"]) == (20, 1010)
    assert row["failure_rate"] == pytest.approx(500 / 1010)
    assert row["failure_low"] < row["failure_rate"] < row["failure_high"]
    assert row["p50_s"] == 3
    assert row["effective_count"] == pytest.approx(1010**2 / (10 + 10 * 100**2))
    assert math.isnan(row["p95_high_s"])


def test_equal_weights_change_nothing() -> None:
    rng = np.random.default_rng(1)
    count = needed_count(0.99)
    frame = summaries(*((0.0, float(at), False) for at in rng.lognormal(size=count)))
    row: Any = weighted_summary(frame, pd.Series(7.0, index=frame.index)).loc["api"]
    assert row["effective_count"] == pytest.approx(count)
    assert row["p95_s"] == pytest.approx(frame["response_s"].quantile(0.95), rel=0.05)
    assert row["p50_low_s"] < row["p50_s"] < row["p50_high_s"]


def test_weighted_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(150):
        # of every two requests one is busy and slower, but busy ones are sampled a fifth as often
        busy = rng.random(240) < 1 / 6
        times = rng.exponential(np.where(busy, 2.0, 1.0))
        frame = summaries(*((0.0, float(at), False) for at in times))
        weights = pd.Series(np.where(busy, 5.0, 1.0), index=frame.index)
        row: Any = weighted_summary(frame, weights).loc["api"]
        covered += row["p50_low_s"] <= 0.9624 <= row["p50_high_s"]
    assert covered / 150 > 0.9


def test_no_traces_give_an_empty_table_with_its_columns() -> None:
    table = weighted_summary(frame_from_summaries([]), pd.Series(dtype=float))
    assert table.empty
    assert "p99_high_s" in table.columns
