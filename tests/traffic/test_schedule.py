"""Seeded schedules of each scenario."""

import time
from typing import Any

import pytest
from gaps import CHI_SQUARE_LIMIT, chi_square_of_gaps
from hypothesis import given, strategies as st
from orders_server import created, outputs_at, serving

from tracing_lab.errors import TrafficError
from tracing_lab.traffic import SCENARIOS, fire, schedule
from tracing_lab.traffic.load import TrafficLoad


def test_bursts_come_ten_at_a_time() -> None:
    assert schedule("burst", orders=21, rate=5) == [0.0] * 10 + [2.0] * 10 + [4.0]


def test_spike_has_half_of_the_orders_in_a_tenth_of_the_time() -> None:
    offsets = schedule("spike", orders=1000, rate=100)
    assert sum(4.5 <= offset < 5.5 for offset in offsets) == 500
    assert sum(offset < 4.5 for offset in offsets) == 250


@pytest.mark.parametrize("scenario", [None, 5, ["steady"]])
def test_a_scenario_that_is_no_text_is_refused(scenario: Any) -> None:
    with pytest.raises(TrafficError, match="is not one of steady, poisson"):
        TrafficLoad(scenario=scenario).offsets()


def test_random_arrivals_repeat_with_their_seed() -> None:
    first = schedule("poisson", orders=50, rate=10, seed=1)
    assert first == schedule("poisson", orders=50, rate=10, seed=1)
    assert first != schedule("poisson", orders=50, rate=10, seed=2)


@given(
    st.sampled_from(sorted(SCENARIOS)), st.integers(1, 400), st.floats(0.5, 500), st.integers(0, 99)
)
def test_schedules_ascend_from_the_start(
    scenario: str, orders: int, rate: float, seed: int
) -> None:
    offsets = schedule(scenario, orders=orders, rate=rate, seed=seed)
    assert len(offsets) == orders
    assert offsets == sorted(offsets)
    assert offsets[0] >= 0


@given(st.sampled_from(sorted(set(SCENARIOS) - {"poisson"})), st.integers(100, 400))
def test_schedules_keep_the_average_rate(scenario: str, orders: int) -> None:
    assert schedule(scenario, orders=orders, rate=20)[-1] == pytest.approx(orders / 20, rel=0.11)


def test_scheduled_times_are_those_of_the_schedule() -> None:
    begin = time.time()
    with serving(created) as server:
        log = fire(outputs_at(server.server_port), orders=5, rate=100)
    offsets = (log["scheduled"] - log["scheduled"].iloc[0]).dt.total_seconds()
    assert list(offsets.round(4)) == schedule("steady", orders=5, rate=100)
    assert log["scheduled"].iloc[0].timestamp() >= begin


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_arrivals_have_exponential_gaps(seed: int) -> None:
    offsets = [0.0, *schedule("poisson", orders=5_000, rate=500, seed=seed)]
    assert chi_square_of_gaps(offsets, rate=500) < CHI_SQUARE_LIMIT


def test_the_chi_square_finds_gaps_that_are_not_exponential() -> None:
    assert chi_square_of_gaps(schedule("steady", orders=500, rate=500), rate=500) > CHI_SQUARE_LIMIT
    faster = schedule("poisson", orders=5_000, rate=600)
    assert chi_square_of_gaps(faster, rate=500) > CHI_SQUARE_LIMIT


def test_a_day_is_quiet_at_night_and_busiest_at_noon() -> None:
    offsets = schedule("diurnal", orders=2400, rate=100)
    hours = [sum(hour <= offset < hour + 1 for offset in offsets) for hour in range(24)]
    assert sum(hours) == 2400
    assert hours[:12] == sorted(hours[:12])
    assert hours[12:] == sorted(hours[12:], reverse=True)
    assert hours[0] == pytest.approx(20, abs=2)
    assert hours[11] == pytest.approx(180, abs=2)


def test_half_of_a_days_orders_come_before_noon() -> None:
    assert schedule("diurnal", orders=4, rate=0.5) == pytest.approx(
        [0.0, 2.816317522363626, 4.0, 5.183682477636374]
    )
