"""Cold starts by function."""

import math
from typing import Any

import pandas as pd
import pytest

from tracing_lab.stats import (
    cold_starts,
)


def test_cold_starts_are_counted_by_function(worked_spans: pd.DataFrame) -> None:
    row: Any = cold_starts(worked_spans).loc["order-fn"]
    assert row[["invocations", "cold", "cold_rate"]].tolist() == [1, 1, 1]
    assert row["init_p50_s"] == row["init_max_s"] == pytest.approx(0.187913)
    assert row["cold_p50_s"] == pytest.approx(0.133721)
    assert math.isnan(row["warm_p50_s"])
