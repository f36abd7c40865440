"""Resource policies let services in."""

from typing import Any

import pytest

from tracing_lab.embedded.iam.resource_policy import service_may, statements_about

EVENTS = "events.amazonaws.com"
RULE = "arn:aws:events:us-east-1:123456789012:rule/shop/all"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": ["sns.amazonaws.com", EVENTS]},
    "Action": ["sqs:GetQueueUrl", "SQS:Send*"],
    "Resource": QUEUE,
}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}


def may(*statements: Any, action: str = "sqs:SendMessage") -> bool:
    policy = {"Statement": list(statements)}
    return service_may(policy, action, QUEUE, principal=EVENTS, source_arn=RULE)


def test_principals_and_actions_may_be_lists() -> None:
    assert may(ALLOW)
    assert not may(ALLOW, action="sqs:DeleteMessage")


@pytest.mark.parametrize(
    "key, value, lets_in",
    [
        ("aws:SourceArn", RULE[:-3] + "*", True),
        ("aws:SourceArn", "arn:other", False),
        ("aws:SourceAccount", "123456789012", True),
        ("aws:SourceAccount", "210987654321", False),
    ],
)
def test_the_source_is_a_condition(key: str, value: str, *, lets_in: bool) -> None:
    assert may({**ALLOW, "Condition": {"StringLike": {key: value}}}) is lets_in


def test_an_explicit_deny_wins() -> None:
    assert not may(ALLOW, DENY)
    elsewhere = {"ArnNotEquals": {"aws:SourceArn": RULE}}
    assert may(ALLOW, {**DENY, "Condition": elsewhere})


def test_not_principal_is_about_all_others() -> None:
    statement = {"NotPrincipal": {"Service": EVENTS}}
    assert statements_about({"Statement": statement}, services=[EVENTS]) == []
    assert statements_about({"Statement": statement}, services=["sns.amazonaws.com"]) == [statement]
