"""Causes, kinds and paths as people write them."""

import pytest

from tracing_lab.config import SERVICES, Config
from tracing_lab.errors import GameDayError
from tracing_lab.gameday.reading import read_cause, read_kind, read_path, read_service
from tracing_lab.stack import Names, Site
from tracing_lab.stack.parts import known_parts, part_of

FUNCTION = "shop-dev-payment-0de6b2b1 [AWS::Lambda::Function]"
BUS = "Events [AWS::Events]"


@pytest.mark.parametrize(
    "text, cause",
    [
        ("payment", "payment"),
        (" Payment-Service ", "payment"),
        (FUNCTION, "payment"),
        (f"{BUS} -> {FUNCTION}", "payment"),
        (f"{FUNCTION} -> {BUS}", "payment"),
        ("nothing", "nothing"),
        ("None", "nothing"),
    ],
)
def test_a_cause_is_a_service_or_nothing(text: str, cause: str) -> None:
    assert read_cause(text) == cause


PROJECTS = ["shop", "order-lab", "api-shop", "shop-order", "payment", "my-bus-inventory", "events"]


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("environment", ["dev", "order", "api-1"])
def test_nodes_are_read_whatever_the_project_is_called(project: str, environment: str) -> None:
    config = Config(project_name=project, environment=environment)
    names = Names(config, Site("123456789012", "us-east-1"))
    for service in SERVICES:
        node = f"{names.function(service)} [AWS::Lambda::Function]"
        assert read_cause(node) == read_cause(f"{BUS} -> {node}") == service
        assert read_path([node, f"{names.function(service)} [AWS::Lambda]"]) == (service,)
    stage = f"{names.api}/{config.api_gateway_stage_name} [AWS::ApiGateway::Stage]"
    assert read_path([stage, BUS, str(names.bus)]) == ("api", "bus")
    for name, part in known_parts(names).items():
        if name not in {part, "api", "Events"}:
            assert part_of(name) == {"Events": "bus"}.get(part, part)


@pytest.mark.parametrize("text", ["bus", "api", "shipping", "paymnt", "order-lab", "x-payment-y"])
def test_other_causes_are_rejected(text: str) -> None:
    with pytest.raises(GameDayError, match="Nothing was changed: there is no service"):
        read_cause(text)


def test_nothing_is_no_service_to_restore() -> None:
    with pytest.raises(GameDayError, match="there is no service 'nothing'"):
        read_service("nothing")


@pytest.mark.parametrize(
    "text, kind",
    [("latency", "latency"), ("Cold starts", "cold-starts"), ("retry_storm", "retry-storm")],
)
def test_a_kind_is_a_scenario(text: str, kind: str) -> None:
    assert read_kind(text) == kind


def test_a_misspelled_kind_is_rejected_with_the_likely_one() -> None:
    with pytest.raises(GameDayError, match="did you mean 'latency'"):
        read_kind("latncy")


@pytest.mark.parametrize(
    "nodes, path",
    [
        ("payment, bus, notification", ("payment", "bus", "notification")),
        ("payment -> notification", ("payment", "bus", "notification")),
        ([FUNCTION, BUS], ("payment", "bus")),
        ([FUNCTION, "shop-dev-payment-0de6b2b1 [AWS::Lambda]"], ("payment",)),
        (["order", "shop-dev-api-0de6b2b1/prod [AWS::ApiGateway::Stage]"], ("order", "api")),
        ("", ()),
        ([], ()),
    ],
)
def test_a_path_has_parts_of_the_shop(nodes: str | list[str], path: tuple[str, ...]) -> None:
    assert read_path(nodes) == path


def test_a_part_that_there_is_not_is_rejected() -> None:
    with pytest.raises(GameDayError, match="no part of the shop 'shipping'"):
        read_path("payment, shipping")
