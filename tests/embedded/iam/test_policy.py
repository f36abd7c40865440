"""Decisions of identity-based policies."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision, decide

BUS = "arn:aws:events:us-east-1:1:event-bus/b"
ALLOWED, DENIED, NOT_ALLOWED = Decision.ALLOWED, Decision.DENIED, Decision.NOT_ALLOWED


def policy(*, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "events:PutEvents", "Resource": BUS, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def ask(*policies: dict[str, Any], action: str = "events:PutEvents", **context: str) -> Decision:
    return decide(policies, AuthorizationRequest(action, BUS, context))


def test_what_nobody_allows_is_denied() -> None:
    assert ask() is NOT_ALLOWED
    assert ask(policy(Action="events:PutRule")) is NOT_ALLOWED
    assert ask(policy(Resource=BUS + "x")) is NOT_ALLOWED


def test_an_explicit_deny_wins_in_any_order() -> None:
    deny = policy(effect="Deny", Action="*", Resource="*")
    assert ask(policy(), deny) is ask(deny, policy()) is DENIED


@pytest.mark.parametrize(
    "changes",
    [
        {"Action": "*"},
        {"Action": ["sqs:*", "EVENTS:putevents"]},
        {"Action": "events:Put?vents"},
        {"Resource": "arn:aws:events:*:1:event-bus/*"},
        {"Resource": ["arn:other", BUS]},
    ],
)
def test_wildcards_lists_and_case(changes: dict[str, Any]) -> None:
    assert ask(policy(**changes)) is ALLOWED


def test_the_not_forms_mean_everything_else() -> None:
    but_rules = {"Effect": "Allow", "NotAction": "events:PutRule", "NotResource": "arn:other"}
    assert ask({"Statement": but_rules}) is ALLOWED
    assert ask({"Statement": but_rules}, action="events:PutRule") is NOT_ALLOWED
    assert ask({"Statement": {**but_rules, "NotResource": BUS}}) is NOT_ALLOWED


@pytest.mark.parametrize(
    "condition, decision",
    [
        ({"StringEquals": {"events:source": "order.service"}}, ALLOWED),
        ({"StringEquals": {"EVENTS:Source": ["x", "order.service"]}}, ALLOWED),
        ({"StringEquals": {"events:source": "x"}}, NOT_ALLOWED),
        ({"StringNotEquals": {"events:source": "x"}}, ALLOWED),
        ({"StringLike": {"events:source": "order.*"}}, ALLOWED),
        ({"StringNotLike": {"events:source": "order.*"}}, NOT_ALLOWED),
        ({"StringEquals": {"missing": "x"}}, NOT_ALLOWED),
        ({"StringEqualsIfExists": {"missing": "x"}}, ALLOWED),
        ({"NumericLessThan": {"events:source": "1"}}, NOT_ALLOWED),
    ],
)
def test_conditions(condition: dict[str, Any], decision: Decision) -> None:
    authorization = AuthorizationRequest(
        "events:PutEvents", BUS, {"events:source": "order.service"}
    )
    assert decide([policy(Condition=condition)], authorization) is decision


@given(st.lists(st.sampled_from(["Allow", "Deny"])))
def test_effects_combine_as_iam_says(effects: list[str]) -> None:
    wanted = DENIED if "Deny" in effects else ALLOWED if effects else NOT_ALLOWED
    assert ask(*(policy(effect=effect) for effect in effects)) is wanted


@pytest.mark.parametrize(
    "operator, ranges, expected",
    [
        ("IpAddress", "203.0.113.0/24", ALLOWED),
        ("IpAddress", ["198.51.100.7", "203.0.113.9"], ALLOWED),
        ("IpAddress", "2001:db8::/32", NOT_ALLOWED),
        ("IpAddress", "no range", NOT_ALLOWED),
        ("NotIpAddress", "203.0.113.0/24", NOT_ALLOWED),
        ("NotIpAddress", "198.51.100.0/24", ALLOWED),
    ],
)
def test_addresses_are_compared_with_ranges(operator: str, ranges: Any, expected: Decision) -> None:
    condition = {operator: {"aws:SourceIp": ranges}}
    assert ask(policy(Condition=condition), **{"aws:SourceIp": "203.0.113.9"}) is expected


def test_variables_stand_in_resources() -> None:
    own = policy(Resource="arn:aws:s3:::b/${aws:PrincipalAccount}/*")
    authorization = AuthorizationRequest(
        "events:PutEvents", "arn:aws:s3:::b/1/x", {"aws:PrincipalAccount": "1"}
    )
    assert decide([own], authorization) is ALLOWED
    assert (
        decide([own], AuthorizationRequest("events:PutEvents", "arn:aws:s3:::b/1/x")) is NOT_ALLOWED
    )
