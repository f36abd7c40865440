"""Recorded arrivals as a schedule."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from orders_server import created, outputs_at, serving

from tracing_lab.errors import TrafficError
from tracing_lab.traffic import fire
from tracing_lab.traffic.arrivals import offsets_of


@pytest.mark.parametrize(
    "arrivals",
    [
        [10.0, 10.5, 12.0],
        (12, 10, 10.5),
        np.array([0.0, 0.5, 2.0]),
        pd.Series([1.5, 1.0, 3.0], index=[7, 8, 9]),
        pd.DataFrame({"scheduled": pd.to_datetime([2_000, 500, 0], unit="ms", utc=True)}),
        pd.DataFrame(
            {"scheduled": ["2026-01-01 00:00:00+00:00", "2026-01-01 00:00:00.500000+00:00",
                           "2026-01-01 00:00:02+00:00"]}
        ),
    ],
)  # fmt: skip
def test_times_count_from_the_first_in_ascending_order(arrivals: Any) -> None:
    assert offsets_of(arrivals) == [0.0, 0.5, 2.0]


@given(st.lists(st.integers(0, 86_400_000).map(lambda ms: ms / 1000), min_size=1, max_size=50))
def test_intervals_are_kept(seconds: list[float]) -> None:
    offsets = offsets_of(seconds)
    expected = [second - min(seconds) for second in sorted(seconds)]
    assert offsets == pytest.approx(expected)


@pytest.mark.parametrize(
    "arrivals,message",
    [
        ([], "has 0 times"),
        (pd.DataFrame({"scheduled": []}), "has 0 times"),
        ([0.0] * 100_001, "has 100001 times"),
        ([0.0, 90_000_000.0], "more than a day"),
        ([0.0, float("nan")], r"arrivals\[1\]=nan"),
        ([float("inf")], r"arrivals\[0\]=inf"),
        ([0.0, True], r"arrivals\[1\]=True"),
        ([0.0, "1"], r"arrivals\[1\]='1'"),
        ([None], r"arrivals\[0\]=None"),
        ([10**400], r"arrivals\[0\]="),
        ("012", "must be seconds"),
        (5.0, "must be seconds"),
        ({"scheduled": [1.0]}, "must be seconds"),
        (pd.DataFrame({"sent": [1.0]}), "no column 'scheduled'"),
        (pd.DataFrame({"scheduled": ["yesterday or so"]}), "is no time"),
        (pd.DataFrame({"scheduled": [None, "2026-01-01"]}), "1 rows without"),
    ],
)
def test_what_is_no_record_of_arrivals_is_refused(arrivals: Any, message: str) -> None:
    with serving(created) as server:
        with pytest.raises(TrafficError, match=message):
            fire(outputs_at(server.server_port), arrivals=arrivals)
        assert server.requests == []


def test_the_log_of_a_load_can_be_fired_again() -> None:
    with serving(created) as server:
        outputs = outputs_at(server.server_port)
        first = fire(outputs, scenario="poisson", orders=12, rate=300, seed=5)
        again = fire(outputs, arrivals=first, seed=5)
    for log in (first, again):
        log["offset"] = (log["scheduled"] - log["scheduled"].min()).dt.total_seconds().round(5)
    assert list(again["offset"]) == pytest.approx(list(first["offset"]), abs=2e-5)
    assert list(again["customer_id"]) == list(first["customer_id"])
