"""A predicted change as settings of the stack."""

from typing import Any

import pytest

from tracing_lab.errors import ConfigError
from tracing_lab.experiments.apply_change import target_of
from tracing_lab.stats.whatif import Change, Delayed, InParallel, Replaced, Retried, Scaled

UNIFORM: dict[str, Any] = {"distribution": "uniform", "low_ms": 50, "high_ms": 90}
LOGNORMAL: dict[str, Any] = {"distribution": "lognormal", "median_ms": 80, "sigma": 0.3}
RARE: dict[str, Any] = {"distribution": "constant", "ms": 80, "probability": 0.1}
NOW: dict[str, dict[str, Any]] = {
    "order": {"latency": UNIFORM, "seed": 7},
    "payment": {"latency": LOGNORMAL, "error_rate": 0.1},
    "notification": {"latency": RARE},
}


@pytest.mark.parametrize(
    "change, latency",
    [
        (Scaled("order", 2), {**UNIFORM, "low_ms": 100, "high_ms": 180}),
        (Scaled("payment", 0.5, "payment_processor"), {**LOGNORMAL, "median_ms": 40}),
        (Scaled("notification", 2), {**RARE, "ms": 160}),
        (Scaled("payment", 0), {"distribution": "constant", "ms": 0}),
        (Scaled("inventory", 2), {"distribution": "constant", "ms": 0}),
        (Delayed("order", 10), {**UNIFORM, "low_ms": 60, "high_ms": 100}),
        (Delayed("inventory", 25), {"distribution": "constant", "ms": 25}),
        (Delayed("inventory", latency=LOGNORMAL), LOGNORMAL),
        (Replaced("shop-dev-payment-1a2b", UNIFORM), UNIFORM),
    ],
)
def test_work_is_changed_by_its_distribution(change: Change, latency: dict[str, Any]) -> None:
    ((settings),) = target_of([change], NOW).work.values()
    assert settings["latency"] == latency


def test_other_faults_of_the_service_stay() -> None:
    target = target_of([Scaled("payment", 2), Delayed("order", 5), Scaled("order", 2)], NOW)
    assert target.work["payment"]["error_rate"] == 0.1
    assert target.work["order"] == {
        "latency": {**UNIFORM, "low_ms": 110, "high_ms": 190},
        "seed": 7,
    }
    assert target_of([Retried("payment", 1), Retried("inventory", 3)], NOW).retries == {
        "payment": 0,
        "inventory": 2,
    }


@pytest.mark.parametrize(
    "change, message",
    [
        (Scaled("paymnt", 2), "did you mean 'payment'"),
        (Scaled("payment", 2, "events"), "only payment_processor has work"),
        (Delayed("payment", 10), "its work is lognormal, to which FAULTS can add nothing"),
        (Delayed("notification", 10), "FAULTS can add nothing"),
        (Delayed("order", latency=LOGNORMAL), "FAULTS can add nothing"),
        (Delayed("order", -60), "its work takes less than 60 ms"),
        (InParallel("order", ("a", "b")), "pass a context manager that does as apply="),
        (Retried("payment", 4), "tries an event 3 times at most, not 4"),
    ],
)
def test_what_the_stack_cannot_do_is_rejected(change: Change, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        target_of([change], NOW)
