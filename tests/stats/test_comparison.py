"""How two sets of traces differ."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import (
    compare,
)

Make = Callable[..., dict[str, Any]]


def spans_lasting(make: Make, *seconds: float | None, **more: Any) -> pd.DataFrame:
    """Make one trace per duration, each of one segment called a."""
    return spans_from_traces(
        make(("a", None, 0, end, more), trace_id=str(number)) for number, end in enumerate(seconds)
    )


def test_a_shift_is_found_with_its_size(make_trace: Make) -> None:
    rng = np.random.default_rng(1)
    before = spans_lasting(make_trace, *rng.uniform(1, 2, 200))
    after = spans_lasting(make_trace, *rng.uniform(1.5, 2.5, 200))
    row = compare(before, after).loc["a"]
    assert row["p50_change_low_s"] < 0.5 < row["p50_change_high_s"]
    assert row["p50_change_low_s"] > 0
    assert row["p50_change_s"] == pytest.approx(row["p50_second_s"] - row["p50_first_s"])


def test_the_same_seed_gives_the_same_comparison(shop_spans: pd.DataFrame) -> None:
    first, second = (compare(shop_spans, shop_spans, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert (first["p95_change_low_s"] <= 0).all()
    assert (first["p95_change_high_s"] >= 0).all()


def test_a_service_that_is_new_has_no_change(make_trace: Make) -> None:
    before = spans_lasting(make_trace, 1)
    row = compare(before.iloc[:0], before).loc["a"]
    assert (row["count_first"], row["count_second"], row["p50_second_s"]) == (0, 1, 1)
    assert row[["p50_change_s", "p50_change_low_s"]].isna().all()
