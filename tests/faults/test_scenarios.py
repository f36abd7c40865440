"""Scenarios by name: each can happen, has an example, and a route from its fault."""

import ast
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faulty_cloud import CONFIG, FaultyCloud, aws_of
from hypothesis import given, strategies as st

from tracing_lab import faults
from tracing_lab.errors import ConfigError
from tracing_lab.stack import Names, Site

NAMES = Names(CONFIG, Site("123456789012", "us-east-1"))
POSSIBLE = [(name, service) for name, kind in faults.SCENARIOS.items() for service in kind.services]


def test_the_table_has_a_sentence_and_an_example_of_each() -> None:
    table = faults.scenarios()
    assert [*table.index] == [*faults.SCENARIOS]
    assert table["sentence"].str.endswith(".").all()
    assert table["sentence"].is_unique
    assert table.loc["latency", "strength"] == "added_ms 20 to 400"
    assert table.loc["permission", "services"] == "order, payment, inventory"


@pytest.mark.parametrize("name", faults.SCENARIOS)
def test_the_example_makes_the_scenario(name: str) -> None:
    cloud = FaultyCloud()
    aws = aws_of(cloud)
    verbs = ("inject", "clear", "restart", "send_poison")
    own = SimpleNamespace(**{verb: partial(getattr(faults, verb), aws=aws) for verb in verbs})
    exec(faults.scenario(name).example, {"tl": SimpleNamespace(faults=own), "config": CONFIG})  # noqa: S102 - ours
    wanted = faults.scenario(name).settings(0.5, None)
    injected = {setting for found in faults.active(CONFIG, aws=aws).values() for setting in found}
    assert wanted.keys() <= injected
    assert len(cloud.entries) == (name == "poison")


@pytest.mark.parametrize("name, service", POSSIBLE)
def test_each_is_injected_and_cleared(name: str, service: str) -> None:
    cloud = FaultyCloud()
    before = cloud.state
    for strength in (0, 1):
        made = faults.incident(name, service, strength=strength, seed=3)
        made.inject(CONFIG, aws=aws_of(cloud))
        assert (cloud.state != before) == (name != "poison")
        made.clear(CONFIG, aws=aws_of(cloud))
        assert cloud.state == before


@pytest.mark.parametrize("name, service", POSSIBLE)
def test_routes_begin_at_the_fault_and_end_where_it_is_noticed(name: str, service: str) -> None:
    path = faults.incident(name, service).path(NAMES)
    assert len(path) >= 2
    starts = {
        "throttling": f"{NAMES.function(service)} [AWS::Lambda]",
        "disabled-rule": "Events [AWS::Events]",
    }
    assert path[0] == starts.get(name, f"{NAMES.function(service)} [AWS::Lambda::Function]")
    if service == "order" and name not in {"lost-events", "duplicated-events"}:
        assert path[-1] == f"{NAMES.api}/prod [AWS::ApiGateway::Stage]"


def test_nothing_can_happen_as_well() -> None:
    cloud = FaultyCloud()
    before = cloud.state
    made = faults.incident("none")
    made.inject(CONFIG, aws=aws_of(cloud))
    made.during(CONFIG, aws=aws_of(cloud))(1, 1)
    made.clear(CONFIG, aws=aws_of(cloud))
    assert (cloud.state, cloud.entries, made.path(NAMES)) == (before, [], ())
    assert str(made) == "Nothing is wrong."


def test_the_stacks_own_work_becomes_slower_by_what_is_added() -> None:
    usual = {"distribution": "lognormal", "median_ms": 40, "sigma": 0.4}
    config = CONFIG.replace(faults={"payment": {"latency": usual, "error_rate": 0.01}})
    settings = faults.incident("latency", "payment", value=100, seed=5).settings(config)
    assert settings == {"latency": {**usual, "median_ms": 140.0}, "error_rate": 0.01, "seed": 5}


def test_poison_is_spread_over_the_orders() -> None:
    cloud = FaultyCloud()
    during = faults.incident("poison", "payment", value=4).during(CONFIG, aws=aws_of(cloud))
    counts = []
    for done in range(11):
        during(done, 10)
        counts.append(len(cloud.entries))
    assert counts == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4]
    assert len(set(during.trace_ids)) == 4


def test_a_storm_of_cold_starts_restarts_environments_while_orders_come() -> None:
    cloud = FaultyCloud()
    made = faults.incident("cold-starts", "order", value=800)
    made.inject(CONFIG, aws=aws_of(cloud))
    during = made.during(CONFIG, aws=aws_of(cloud))
    cloud.updates.clear()
    for done in range(1, 101):
        during(done, 100)
    assert cloud.updates.count("order") == 4


@pytest.mark.parametrize(
    "arguments, part",
    [
        ({"name": "latencies", "service": "order"}, "did you mean 'latency'?"),
        ({"name": "permission", "service": "notification"}, "there is no service that this can"),
        ({"name": "latency"}, "there is no service that this can happen to ''"),
        ({"name": "none", "service": "order"}, "there is no service that this can"),
        ({"name": "latency", "service": "order", "strength": 2}, "strength=2 must be a number"),
        ({"name": "errors", "service": "order", "value": 2}, "error_rate=2 must be a number"),
        ({"name": "poison", "service": "payment", "value": -3}, "a whole number of events from 1"),
        ({"name": "poison", "service": "payment", "value": 2.5}, "a whole number of events from 1"),
        ({"name": "throttling", "service": "order", "value": 7}, "there are no degrees of it"),
        ({"name": "none", "value": 0.1}, "there are no degrees of it"),
    ],
)
def test_what_cannot_happen_is_refused(arguments: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        faults.incident(**arguments)
    assert part in str(caught.value)


NO_NUMBERS = [float("nan"), float("inf"), -float("inf"), 10**400, -1, "1", True, [1]]


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize("name, service", POSSIBLE)
def test_no_scenario_accepts_what_is_no_strength(name: str, service: str, value: Any) -> None:
    for setting in ("value", "strength"):
        with pytest.raises(ConfigError):
            faults.incident(name, service, **{setting: value})


@given(st.sampled_from(POSSIBLE), st.floats() | st.integers())
def test_an_incident_that_is_accepted_can_be_injected(where: tuple[str, str], value: float) -> None:
    name, service = where
    cloud = FaultyCloud()
    try:
        made = faults.incident(name, service, value=value)
    except ConfigError:
        return
    made.inject(CONFIG, aws=aws_of(cloud))
    if name != "cold-starts":  # its restarts wait for functions
        made.during(CONFIG, aws=aws_of(cloud))(1, 10)
    faults.clear(CONFIG, aws=aws_of(cloud))
    assert cloud.state == FaultyCloud().state


def test_the_page_has_every_scenario_with_its_example() -> None:
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text("utf-8")
    sections = dict(part.partition("\n")[::2] for part in page.split("\n## ")[1:])
    assert [*sections] == [*faults.SCENARIOS]
    for name, kind in faults.SCENARIOS.items():
        assert kind.sentence in sections[name]
        (code,) = re.findall(r"```python\n(.*?)```", sections[name], re.DOTALL)
        assert ast.dump(ast.parse(kind.example)) == ast.dump(ast.parse(code))  # in any layout
