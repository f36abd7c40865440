"""A cause's resources and requests, by all names that it may have."""

import pytest

from tracing_lab.config import Config
from tracing_lab.errors import ConfigError
from tracing_lab.experiments.suspects import causes_and_path, suspects
from tracing_lab.stack import Names, Site

NAMES = Names(Config(), Site("123456789012", "us-east-1"))
FN = {name: str(NAMES.function(name)) for name in ("order", "payment", "inventory", "notification")}
EVENTS = "Events [AWS::Events]"


@pytest.mark.parametrize(
    "cause",
    [
        "payment",
        FN["payment"],
        f"{FN['payment']} [AWS::Lambda]",
        f"{FN['payment']} [AWS::Lambda::Function]",
    ],
)
def test_a_service_has_its_function_role_and_rule(cause: str) -> None:
    (suspect,) = suspects([cause], NAMES)
    assert suspect.cause == cause
    assert suspect.logical == {
        "payment-function",
        "payment-permission",
        "payment-retries",
        "payment-role",
        "payment-rule",
    }
    assert suspect.watched.services == {FN["payment"]}
    assert suspect.watched.expected == {FN["payment"], FN["notification"]}
    assert not suspect.watched.waits


@pytest.mark.parametrize("cause", ["Events", EVENTS, str(NAMES.bus)])
def test_the_bus_has_all_rules_and_their_permissions(cause: str) -> None:
    (suspect,) = suspects([cause], NAMES)
    assert suspect.logical >= {"bus", "payment-rule", "inventory-rule", "notification-permission"}
    assert not any(name.endswith(("-function", "-role")) for name in suspect.logical)
    assert suspect.watched.expected == {FN["payment"], FN["inventory"], FN["notification"]}
    assert suspect.watched.waits


def test_an_edge_from_the_bus_has_the_rule_of_its_target_only() -> None:
    (suspect,) = suspects([f"{EVENTS} -> {FN['payment']} [AWS::Lambda]"], NAMES)
    assert {"bus", "payment-rule", "payment-permission"} <= suspect.logical
    assert "inventory-rule" not in suspect.logical
    assert suspect.watched.waits


def test_an_edge_to_the_bus_has_what_publishes() -> None:
    (suspect,) = suspects([f"{FN['order']} [AWS::Lambda::Function] -> {EVENTS}"], NAMES)
    assert {"order-role", "order-function"} <= suspect.logical
    assert suspect.watched.expected == {FN["order"], FN["payment"], FN["inventory"]}


@pytest.mark.parametrize("cause", ["api", f"{NAMES.api}/prod [AWS::ApiGateway::Stage]"])
def test_the_api_has_its_stage(cause: str) -> None:
    (suspect,) = suspects([cause], NAMES)
    assert {"stage", "order-permission", "usage-plan"} <= suspect.logical
    assert suspect.watched.services == {f"{NAMES.api}/prod"}


def test_a_stranger_is_rejected_with_what_was_meant() -> None:
    with pytest.raises(ConfigError, match=r"no service 'paymnt'; did you mean 'payment'"):
        suspects(["payment", "paymnt"], NAMES)


def test_without_a_path_there_is_nothing_to_verify() -> None:
    with pytest.raises(ConfigError, match="there is no path to verify"):
        causes_and_path(("payment", ()))
    assert causes_and_path(("payment", ["a", "b"])) == (("payment",), ("a", "b"))
