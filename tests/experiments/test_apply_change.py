"""A predicted change as settings of the stack."""

from typing import Any

import pytest
from faulty_cloud import CONFIG, FaultyCloud, aws_of
from hypothesis import given, strategies as st

from tracing_lab import faults
from tracing_lab.config import SERVICES, Config
from tracing_lab.errors import ConfigError
from tracing_lab.experiments.apply_change import applied, service_of_change, target_of
from tracing_lab.faults.settings import checked_faults
from tracing_lab.stack import Names, Site
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
        (Delayed("order", 10), {**UNIFORM, "low_ms": 60, "high_ms": 100}),
        (Delayed("inventory", 25), {"distribution": "constant", "ms": 25}),
        (Delayed("inventory", latency=LOGNORMAL), LOGNORMAL),
        (Replaced("order-lab-dev-payment-0de6b2b1", UNIFORM), UNIFORM),
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
        (Scaled("inventory", 0.5), "the service has no work of FAULTS"),
        (Scaled("inventory", 0), "the service has no work of FAULTS"),
        (Scaled("payment", 1e6), r"latency: median_ms=80000000.0 must be a number from 0 to"),
        (Replaced("payment", {**LOGNORMAL, "sigma": 11}), "sigma=11 must be a number from 0 to 10"),
        (Delayed("order", 1e6), "low_ms=1000050.0 must be a number"),
        (Delayed("inventory", latency={**LOGNORMAL, "sigma": 11}), "sigma=11"),
    ],
)
def test_what_the_stack_cannot_do_is_rejected(change: Change, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        target_of([change], NOW)
    assert str(caught.value).startswith("Nothing was changed: ")


NUMBERS = st.floats(0, 1e9)
CHANGES = st.one_of(
    st.builds(Scaled, st.sampled_from(SERVICES), NUMBERS),
    st.builds(Delayed, st.sampled_from(SERVICES), st.floats(-1e9, 1e9)),
    st.builds(
        lambda service, ms, sigma: Replaced(
            service, {**LOGNORMAL, "median_ms": ms, "sigma": sigma}
        ),
        st.sampled_from(SERVICES),
        NUMBERS,
        st.floats(0, 20),
    ),
)


@given(st.lists(CHANGES, min_size=1, max_size=3))
def test_a_target_can_be_injected_and_differs_from_what_is_there(changes: list[Change]) -> None:
    try:
        target = target_of(changes, NOW)
    except ConfigError:
        return
    for service, settings in target.work.items():
        assert checked_faults(service, settings) == settings
    only = changes[0]
    if len(changes) == 1 and isinstance(only, Scaled) and abs(only.factor - 1) > 1e-9:
        assert target.work[only.service]["latency"] != NOW[only.service]["latency"]


PROJECTS = ["shop", "order-lab", "api-shop", "shop-order", "payment", "my-inventory-order", "bus"]


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_function_is_that_of_its_service_whatever_the_project_is_called(
    project: str, service: str
) -> None:
    names = Names(Config(project_name=project), Site("123456789012", "us-east-1"))
    function = str(names.function(service))
    for named in (service, function, f"-{service}-{names.suffix}"):
        assert service_of_change(Scaled(named, 2), names) == service
    assert service_of_change(Scaled(function, 2)) == service
    with pytest.raises(ConfigError, match="is a part of several functions' names"):
        service_of_change(Scaled(project[:3], 2), names)


BY_HAND = '{"error_rate":1.0,"latency":{"distribution":"constant","ms":80}}'


@pytest.mark.parametrize("by_hand", [None, BY_HAND])
@pytest.mark.parametrize(
    "injected", [{}, {"latency_ms": 80}, {"reserved_concurrency": 1}, {"release": "slow"}]
)
def test_what_was_changed_is_exactly_as_before(
    by_hand: str | None, injected: dict[str, Any]
) -> None:
    cloud = FaultyCloud()
    aws = aws_of(cloud)
    if by_hand:
        cloud.variables["payment"]["FAULTS"] = by_hand
    if injected:
        faults.inject(CONFIG, "payment", aws=aws, **injected)
    before = cloud.state
    target = target_of([Replaced("payment", UNIFORM)], faults.active(CONFIG, aws=aws))
    with applied(CONFIG, target, aws):
        assert faults.active(CONFIG, aws=aws)["payment"]["latency"] == UNIFORM
    assert cloud.state == before
