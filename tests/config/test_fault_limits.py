"""Faults are checked where they are set, and accepted exactly where the services accept them."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from shop.fault_settings import FaultsError, faults_from_json
from tracing_lab.config import fault_limits

GOOD = [
    {"error_rate": 0.5, "error_type": "CardDeclined", "seed": 7},
    {"timeout_rate": 1},
    {"error_rate": 1, "retries": 10, "restarts": -3},
    {"lost_rate": 0.5, "duplicate_rate": 1, "init_ms": 9000},
    {"latency": {"distribution": "constant", "ms": 900_000}},
    {"latency": {"distribution": "uniform", "low_ms": 1, "high_ms": 1, "probability": 0.5}},
    {"latency": {"distribution": "normal", "mean_ms": 10, "stddev_ms": 2.5}},
    {"latency": {"distribution": "lognormal", "median_ms": 100, "sigma": 10}},
    {"latency": {"distribution": "exponential", "mean_ms": 0}},
]
BAD = [
    ({"eror_rate": 0.5}, "there is no setting 'eror_rate'; did you mean 'error_rate'?"),
    ({"error_rate": 1.5}, "error_rate=1.5 must be a number from 0 to 1"),
    ({"error_rate": True}, "error_rate=True must be a number"),
    ({"error_rate": "half"}, "error_rate='half' must be a number"),
    ({"timeout_rate": -0.1}, "timeout_rate=-0.1 must be"),
    ({"timeout_rate": math.nan}, "timeout_rate=nan must be"),
    ({"error_type": "Card declined"}, "error_type='Card declined' must be a name"),
    ({"seed": 1.5}, "seed=1.5 must be a whole number"),
    ({"retries": 11}, "retries=11 must be a number from 0 to 10"),
    ({"retries": 0.5}, "retries=0.5 must be a whole number"),
    ({"restarts": True}, "restarts=True must be a whole number"),
    ({"lost_rate": 2}, "lost_rate=2 must be"),
    ({"duplicate_rate": "all"}, "duplicate_rate='all' must be"),
    ({"init_ms": 9001}, "init_ms=9001 must be a number from 0 to 9000"),
    ({"latency": 250}, "latency=250 must map 'distribution'"),
    ({"latency": {"distribution": "gaussian"}}, "there is no distribution 'gaussian'"),
    ({"latency": {"distribution": "log-normal"}}, "did you mean 'lognormal'?"),
    ({"latency": {"ms": 5}}, "there is no distribution None"),
    ({"latency": {"distribution": "constant"}}, "distribution 'constant' needs ms"),
    ({"latency": {"distribution": "constant", "ms": -1}}, "ms=-1 must be a number"),
    ({"latency": {"distribution": "constant", "ms": 900_001}}, "from 0 to 900000"),
    ({"latency": {"distribution": "constant", "ms": 1, "msec": 1}}, "no setting 'msec'"),
    ({"latency": {"distribution": "uniform", "low_ms": 2, "high_ms": 1}}, "must not be above"),
    ({"latency": {"distribution": "lognormal", "median_ms": 1, "sigma": 11}}, "from 0 to 10"),
    ({"latency": {"distribution": "constant", "ms": 1, "probability": 2}}, "probability=2 must"),
]


def problems(settings: dict[str, Any]) -> list[str]:
    return list(fault_limits.problems(settings, where="payment"))


def is_accepted_by_services(settings: dict[str, Any]) -> bool:
    try:
        faults_from_json(json.dumps(settings))
    except FaultsError:
        return False
    return True


@pytest.mark.parametrize("settings", GOOD)
def test_what_can_work_is_accepted_here_and_by_the_services(settings: dict[str, Any]) -> None:
    assert problems(settings) == []
    assert is_accepted_by_services(settings)


@pytest.mark.parametrize("settings, part", BAD)
def test_what_cannot_work_is_named_here_and_refused_by_the_services(
    settings: dict[str, Any], part: str
) -> None:
    found = problems(settings)
    assert len(found) == 1
    assert found[0].startswith("payment: ")
    assert part in found[0]
    assert not is_accepted_by_services(settings)


NUMBERS = st.sampled_from([-1, 0, 0.5, 1, 2, 11, 900_000, 900_001, True, None, "1"])
LATENCIES = st.one_of(
    NUMBERS,
    st.dictionaries(
        st.sampled_from([
            "distribution", "probability", "ms", "low_ms", "high_ms", "mean_ms", "stddev_ms",
            "median_ms", "sigma", "other",
        ]),
        st.one_of(NUMBERS, st.sampled_from([*fault_limits.DISTRIBUTIONS, "other"])),
    ),
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(
            [*fault_limits.SHARES, *fault_limits.WHOLE_NUMBERS, "init_ms", "other"],
        ),
        NUMBERS,
    ),
    st.one_of(st.none(), LATENCIES),
    st.one_of(st.none(), st.sampled_from(["Declined", "no name", 7])),
)
def test_both_agree_on_anything(settings: dict[str, Any], latency: Any, error_type: Any) -> None:
    settings |= {} if latency is None else {"latency": latency}
    settings |= {} if error_type is None else {"error_type": error_type}
    assert (problems(settings) == []) == is_accepted_by_services(settings)


def test_all_problems_are_listed_at_once() -> None:
    assert len(problems({"eror_rate": 1, "timeout_rate": 2, "latency": 3})) == 3
