"""Whether the sender kept up."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tracing_lab.errors import TrafficError
from tracing_lab.traffic import send_lag


def log_of(lags_s: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"send_lag_s": lags_s})


def test_a_sender_in_time_kept_up() -> None:
    lag = send_lag(log_of([0.001] * 99 + [0.5]), limit_s=0.01)
    assert (lag.p50_s, lag.max_s, lag.is_bottleneck) == (0.001, 0.5, False)
    assert str(lag).startswith("The generator kept up: send lag p99 ")
    assert "at most 500.0 ms (limit of p99: 10 ms)" in str(lag)


def test_a_late_sender_is_the_bottleneck_and_hears_what_to_do() -> None:
    lag = send_lag(log_of([0.001] * 50 + [0.2] * 50))
    assert lag.is_bottleneck
    assert str(lag).startswith("The generator was the bottleneck: send lag p99 200.0 ms")
    assert "Lower the rate" in str(lag)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40), st.floats(1e-6, 10))
def test_the_verdict_is_that_of_the_99th_percentile(lags_s: list[float], limit_s: float) -> None:
    lag = send_lag(log_of(lags_s), limit_s=limit_s)
    assert lag.p50_s <= lag.p99_s <= lag.max_s
    assert lag.is_bottleneck == (lag.p99_s > limit_s)


@pytest.mark.parametrize(
    "log,limit,message",
    [
        (log_of([]), 0.01, "no orders"),
        (pd.DataFrame({"sent": [1.0]}), 0.01, "no column 'send_lag_s'"),
        (log_of([0.1]), 0, "limit_s=0"),
        (log_of([0.1]), True, "limit_s=True"),
        (log_of([0.1]), float("nan"), "limit_s=nan"),
        (log_of([0.1]), "10", "limit_s='10'"),
    ],
)
def test_what_has_no_lag_is_refused(log: pd.DataFrame, limit: Any, message: str) -> None:
    with pytest.raises(TrafficError, match=message):
        send_lag(log, limit_s=limit)
