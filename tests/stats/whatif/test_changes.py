"""Changes that cannot be are rejected when they are stated."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tracing_lab.config import fault_limits
from tracing_lab.errors import TraceDataError
from tracing_lab.stats.whatif import Delayed, InParallel, Replaced, Retried, Scaled
from tracing_lab.stats.whatif.latency import drawn_s, problem_of

LATENCIES = [
    {"distribution": "constant", "ms": 20},
    {"distribution": "uniform", "low_ms": 10, "high_ms": 30},
    {"distribution": "normal", "mean_ms": 20, "stddev_ms": 3},
    {"distribution": "lognormal", "median_ms": 20, "sigma": 0.3},
    {"distribution": "exponential", "mean_ms": 20, "probability": 0.5},
]
WRONG = [
    {"distribution": "weibull"},
    {"distribution": "constant"},
    {"distribution": "constant", "ms": -1},
    {"distribution": "constant", "ms": "20"},
    {"distribution": "constant", "ms": 1, "mean_ms": 2},
    {"distribution": "uniform", "low_ms": 30, "high_ms": 10},
    {"distribution": "exponential", "mean_ms": 20, "probability": 2},
    {"ms": 20},
    20,
]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Scaled("a", -1), "factor is -1"),
        (lambda: Scaled("a", float("nan")), "factor is nan"),
        (lambda: Delayed("a", float("inf")), "added_ms is inf"),
        (lambda: Delayed("a", 5, latency=LATENCIES[0]), "leave one out"),
        (lambda: Replaced("a", {"distribution": "constant"}), "needs ms"),
        (lambda: InParallel("a", ("b",)), "must have two names"),
        (lambda: InParallel("a", "bc"), "must have two names"),
        (lambda: Retried("a", 0), "attempts is 0"),
        (lambda: Retried("a", 2, waits_s=()), "waits_s is"),
        (lambda: Retried("a", 2, waits_s=(-1,)), "waits_s is"),
        (lambda: Retried("a", 2, success=2), "success is 2"),
    ],
)
def test_impossible_changes_are_rejected(make: Callable[[], object], message: str) -> None:
    with pytest.raises(TraceDataError, match=message):
        make()


@pytest.mark.parametrize("latency", [*LATENCIES, *WRONG])
def test_a_distribution_is_one_here_if_it_is_one_of_a_fault(latency: Any) -> None:
    of_fault = [*fault_limits.problems({"latency": latency}, where="payment")]
    assert bool(problem_of(latency)) == bool(of_fault)


@pytest.mark.parametrize("latency", LATENCIES)
def test_draws_have_the_distribution(latency: dict[str, Any]) -> None:
    values = drawn_s(latency, (20_000,), np.random.default_rng(1))
    assert values.min() >= 0
    mean = 0.0209 if latency["distribution"] == "lognormal" else 0.02
    assert values.mean() == pytest.approx(mean * latency.get("probability", 1), rel=0.03)
