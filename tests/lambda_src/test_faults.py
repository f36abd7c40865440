"""The FAULTS variable: what it may say and what it does."""

import json
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import shop
from shop import faults
from shop.fault_settings import FaultsError, faults_from_environment, faults_from_json
from shop.faults import LATENCY_PARAMETERS, Effect, FaultInjector, Faults, Latency, SimulatedError

ORDERS = [f"o-{n}" for n in range(400)]
LATENCIES = [
    {"distribution": "constant", "ms": 25},
    {"distribution": "uniform", "low_ms": 10, "high_ms": 20},
    {"distribution": "normal", "mean_ms": 50, "stddev_ms": 5},
    {"distribution": "lognormal", "median_ms": 50, "sigma": 0.5},
    {"distribution": "exponential", "mean_ms": 50},
]


class Sleeper:
    """Stands in for time.sleep and remembers."""

    def __init__(self) -> None:
        self.slept_s: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept_s.append(seconds)


def injector(text: str | None, sleeper: Sleeper) -> FaultInjector:
    return FaultInjector(faults_from_json(text), service="payment-service", sleep=sleeper)


class Context:
    """Stands in for Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        return 3000


@pytest.mark.parametrize("text", [None, "", "  ", "{}", '{"seed": 3}'])
def test_without_faults_nothing_happens(text: str | None) -> None:
    sleeper = Sleeper()
    injector(text, sleeper).inject("o-1", context=Context())
    assert sleeper.slept_s == []


def test_a_constant_latency_is_slept() -> None:
    sleeper = Sleeper()
    text = '{"latency": {"distribution": "constant", "ms": 250}}'
    injector(text, sleeper).inject("o-1", context=Context())
    assert sleeper.slept_s == [0.25]


def test_an_error_has_the_name_that_was_asked_for() -> None:
    injects = injector('{"error_rate": 1, "error_type": "CardDeclined"}', Sleeper())
    with pytest.raises(SimulatedError, match="payment-service fails") as caught:
        injects.inject("o-1", context=Context())
    assert type(caught.value).__name__ == "CardDeclined"


def test_a_timeout_sleeps_longer_than_the_function_may_run() -> None:
    sleeper = Sleeper()
    injector('{"timeout_rate": 1}', sleeper).inject("o-1", context=Context())
    assert sleeper.slept_s == [4.0]


def test_an_order_meets_the_same_fate_in_another_process() -> None:
    text = (
        '{"latency": {"distribution": "normal", "mean_ms": 9, "stddev_ms": 2}, "error_rate": 0.4}'
    )
    code = (
        "from shop.fault_settings import faults_from_json\n"
        f"print([faults_from_json({text!r}).draw('payment', f'o-{{n}}') for n in range(50)])"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(shop.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    here = [faults_from_json(text).draw("payment", f"o-{n}") for n in range(50)]
    assert other.stdout.strip() == repr(here)


def test_another_seed_strikes_other_orders() -> None:
    def struck(seed: int) -> list[str]:
        return [o for o in ORDERS if Faults(error_rate=0.1, seed=seed).draw("order", o).error]

    assert struck(1) != struck(2)


def test_the_share_of_failing_orders_is_near_the_rate() -> None:
    failing = sum(Faults(error_rate=0.25).draw("order", order).error for order in ORDERS)
    assert 70 <= failing <= 130  # 100 expected; the draws are fixed, so this never wavers


@given(order=st.text(), low=st.floats(0, 1), high=st.floats(0, 1), seed=st.integers())
def test_raising_the_rate_keeps_the_failing_orders(
    order: str, low: float, high: float, seed: int
) -> None:
    low, high = sorted((low, high))
    fails_at_low = Faults(error_rate=low, seed=seed).draw(order).error
    assert not fails_at_low or Faults(error_rate=high, seed=seed).draw(order).error


@given(order=st.text(), rate=st.floats(0, 1))
def test_the_delay_does_not_depend_on_the_error_rate(order: str, rate: float) -> None:
    latency = Latency(distribution="exponential", parameters=(20.0,), probability=0.5)
    calm, rough = Faults(latency=latency), Faults(latency=latency, error_rate=rate)
    assert calm.draw(order).delay_ms == rough.draw(order).delay_ms


@pytest.mark.parametrize("latency", LATENCIES, ids=lambda latency: latency["distribution"])
def test_every_distribution_draws_within_reason(latency: dict[str, Any]) -> None:
    drawn = faults_from_json(json.dumps({"latency": latency}))
    delays = sorted(drawn.draw("order", order).delay_ms for order in ORDERS)
    low, high = {
        "constant": (25, 25),
        "uniform": (14, 16),
        "normal": (49, 51),
        "lognormal": (45, 55),
        "exponential": (29, 40),  # its median is 0.69 times its mean
    }[latency["distribution"]]
    assert delays[0] >= 0
    assert low <= delays[len(delays) // 2] <= high


@given(
    distribution=st.sampled_from(sorted(LATENCY_PARAMETERS)),
    numbers=st.lists(st.floats(0, 10), min_size=2, max_size=2).map(sorted),
    order=st.text(),
)
def test_no_delay_is_negative_or_endless(
    distribution: str, numbers: list[float], order: str
) -> None:
    members = dict(zip(LATENCY_PARAMETERS[distribution], numbers, strict=False))
    text = json.dumps({"latency": {"distribution": distribution, **members}})
    assert 0 <= faults_from_json(text).draw(order).delay_ms <= faults.MAX_LATENCY_MS


def test_a_probability_leaves_the_other_orders_alone() -> None:
    text = '{"latency": {"distribution": "constant", "ms": 5, "probability": 0.5}}'
    struck = [faults_from_json(text).draw("order", order) for order in ORDERS]
    slow = struck.count(Effect(delay_ms=5.0))
    assert slow + struck.count(Effect()) == 400
    assert 160 <= slow <= 240


def test_a_service_without_the_variable_has_no_faults() -> None:
    assert faults_from_environment("payment-service", environ={})._faults == Faults()


def test_a_service_takes_its_faults_from_the_variable() -> None:
    injects = faults_from_environment("payment-service", environ={"FAULTS": '{"error_rate": 1}'})
    with pytest.raises(SimulatedError, match="payment-service fails"):
        injects.inject("o-1", context=Context())


@pytest.mark.parametrize(
    "text, problem",
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"eror_rate": 1}', "unknown member 'eror_rate'"),
        ('{"error_rate": 1.5}', "error_rate must be a number from 0 to 1"),
        ('{"error_rate": true}', "error_rate must be a number"),
        ('{"error_rate": NaN}', "error_rate must be a number"),
        ('{"timeout_rate": "often"}', "timeout_rate must be a number"),
        ('{"error_type": "no name"}', "error_type must be a name"),
        ('{"seed": 1.5}', "seed must be an integer"),
        ('{"latency": 20}', "latency must be a JSON object"),
        ('{"latency": {"distribution": "gama"}}', "latency.distribution must be one of constant"),
        ('{"latency": {"distribution": ["constant"]}}', "latency.distribution must be one of"),
        ('{"latency": {"distribution": "constant"}}', "takes exactly ms"),
        ('{"latency": {"distribution": "constant", "ms": -1}}', "latency.ms must be a number"),
        ('{"latency": {"distribution": "constant", "ms": 1e9}}', "latency.ms must be a number"),
        ('{"latency": {"distribution": "constant", "mean_ms": 1}}', "takes exactly ms"),
        ('{"latency": {"distribution": "constant", "meen_ms": 1}}', "unknown member 'meen_ms'"),
        ('{"latency": {"distribution": "uniform", "low_ms": 2, "high_ms": 1}}', "is above"),
        (
            '{"latency": {"distribution": "constant", "ms": 1, "probability": 2}}',
            "latency.probability must be a number from 0 to 1",
        ),
    ],
)
def test_a_mistake_is_named_together_with_the_remedy(text: str, problem: str) -> None:
    with pytest.raises(FaultsError) as caught:
        faults_from_json(text)
    assert problem in str(caught.value)
    assert str(caught.value).endswith("correct the function's FAULTS environment variable")


def test_repeated_work_has_a_span_and_a_chance_for_each_attempt() -> None:
    opened: list[str] = []

    def attempt(name: str) -> AbstractContextManager[None]:
        opened.append(name)
        return nullcontext()

    faulty = faults_from_json('{"error_rate": 0.5, "retries": 9}')
    injects = FaultInjector(faulty, service="payment-service", attempts=attempt)
    numbers = []
    for order in ORDERS:
        opened.clear()
        injects.inject(order, context=Context())
        assert opened == [f"attempt_{number + 1}" for number in range(len(opened))]
        numbers.append(len(opened))
    assert 1.8 <= sum(numbers) / len(numbers) <= 2.2  # 1 / (1 - 0.5) expected
    # The first attempt fares as without repetitions.
    alone = [faulty.draw("payment-service", order).error for order in ORDERS]
    assert [number > 1 for number in numbers] == alone


def test_work_that_always_fails_is_given_up() -> None:
    sleeper = Sleeper()
    text = '{"error_rate": 1, "retries": 2, "latency": {"distribution": "constant", "ms": 100}}'
    with pytest.raises(SimulatedError):
        injector(text, sleeper).inject("o-1", context=Context())
    assert sleeper.slept_s == [0.1, 0.1, 0.1]


def test_events_are_lost_and_repeated_at_their_rates_and_nothing_else_changes() -> None:
    faulty = faults_from_json('{"lost_rate": 0.25, "duplicate_rate": 0.5, "error_rate": 0.5}')
    copies = [faulty.copies("order", order) for order in ORDERS]
    assert 70 <= copies.count(0) <= 130
    assert 110 <= copies.count(2) <= 190  # half of what is not lost
    same = faults_from_json('{"error_rate": 0.5}')
    assert [faulty.draw("order", order) for order in ORDERS] == [
        same.draw("order", order) for order in ORDERS
    ]
    assert {same.copies("order", order) for order in ORDERS} == {1}


def test_an_environment_starts_late_and_a_restart_does_nothing() -> None:
    sleeper = Sleeper()
    injector('{"init_ms": 800, "restarts": 4}', sleeper)
    assert sleeper.slept_s == [0.8]
