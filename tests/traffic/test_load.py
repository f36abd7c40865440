"""Loads that contradict themselves are refused before anything is sent."""

import inspect
from dataclasses import fields
from typing import Any

import pytest
from orders_server import created, outputs_at, serving

from tracing_lab.errors import TrafficError
from tracing_lab.traffic import TimedRequest, fire, fire_requests
from tracing_lab.traffic.load import LoadOptions, TrafficLoad


@pytest.mark.parametrize(
    "load,message",
    [
        ({"workers": 0}, "workers=0 must be a whole number from 1 to 1000"),
        ({"workers": 1001}, "workers=1001"),
        ({"workers": 2.0}, r"workers=2\.0"),
        ({"workers": True}, "workers=True"),
        ({"workers": 2, "think_s": -1}, "think_s=-1"),
        ({"workers": 2, "think_s": float("nan")}, "think_s=nan"),
        ({"workers": 2, "think_s": float("inf")}, "think_s=inf"),
        ({"think_s": 1.0}, "Set workers"),
        (
            {"workers": 2, "scenario": "ramp"},
            "scenario='ramp' has no meaning together with workers",
        ),
        ({"workers": 2, "rate": 5}, "rate=5 has no meaning together with workers"),
        ({"arrivals": [0.0], "orders": 5}, "orders=5 has no meaning together with arrivals"),
        ({"arrivals": [0.0], "rate": 5}, "rate=5 has no meaning"),
        ({"arrivals": [0.0], "scenario": "burst"}, "scenario='burst' has no meaning"),
        ({"arrivals": [0.0], "workers": 2}, "workers=2 has no meaning"),
        ({"bad_share": -0.1}, r"bad_share=-0\.1 must be a number from 0 to 1"),
        ({"bad_share": 1.1}, "bad_share="),
        ({"bad_share": float("nan")}, "bad_share=nan"),
        ({"bad_share": True}, "bad_share=True"),
        ({"bad_share": "all"}, "bad_share='all'"),
        ({"id_prefix": "no spaces"}, "id_prefix="),
        ({"id_prefix": 7}, "id_prefix=7"),
        ({"timeout_s": 0}, "timeout_s=0 must be a number of seconds above 0 and at most 86400"),
        ({"timeout_s": 86_401}, "timeout_s=86401"),
    ],
)
def test_a_load_that_cannot_be_is_refused(load: dict[str, Any], message: str) -> None:
    with serving(created) as server:
        with pytest.raises(TrafficError, match=message):
            fire(outputs_at(server.server_port), **load)
        assert server.requests == []


NUMBERS = ["orders", "rate", "seed", "workers", "think_s", "bad_share", "timeout_s"]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "1", True, [1]])
def test_no_parameter_accepts_what_is_no_number(name: str, value: Any) -> None:
    load: Any = {name: value, **({"workers": 2} if name == "think_s" else {})}
    with pytest.raises(TrafficError, match=f"{name}="):
        TrafficLoad(**load)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 0, "1"])
def test_other_requests_have_the_same_timeouts(value: Any) -> None:
    request = TimedRequest(0.0, "http://127.0.0.1:9/a", {})
    with pytest.raises(TrafficError, match="timeout_s="):
        fire_requests([request], endpoint_url=None, timeout_s=value)


def test_a_closed_loop_has_the_same_log_without_a_lag() -> None:
    with serving(created) as server:
        log = fire(outputs_at(server.server_port), workers=3, orders=10, seed=4)
        open_log = fire(outputs_at(server.server_port), orders=10, rate=500, seed=4)
    assert list(log.columns) == list(open_log.columns)
    assert list(log["customer_id"]) == list(open_log["customer_id"])
    assert set(log["status"]) == {201}


def test_a_load_has_the_same_parameters_everywhere() -> None:
    wanted = {field.name: field.default for field in fields(TrafficLoad)}
    assert LoadOptions.__annotations__.keys() == wanted.keys()
    parameters = inspect.signature(fire).parameters
    assert {name: parameters[name].default for name in wanted} == wanted
    assert parameters.keys() - wanted.keys() == {"outputs", "progress"}
