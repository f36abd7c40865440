"""Credentials of functions, and what is done with them."""

import dataclasses
from typing import Any

import pytest

from tracing_lab.embedded.iam import AccessDeniedError, Iam
from tracing_lab.embedded.iam_policy import Question
from tracing_lab.embedded.model import FunctionSpec

ROLE = "arn:aws:iam::123456789012:role/r"
FUNCTION = FunctionSpec(
    name="f",
    arn="arn:aws:lambda:us-east-1:123456789012:function:f",
    runtime="python3.13",
    handler="app.handler",
    timeout_s=3,
    memory_mb=128,
    tracing_mode="Active",
    role_arn=ROLE,
    log_group="/aws/lambda/f",
    code_sha256="",
    code_zip=b"",
)
POLICY: dict[str, Any] = {
    "Statement": {"Effect": "Allow", "Action": ["events:PutEvents", "sqs:*"], "Resource": "*"}
}


def iam() -> Iam:
    return Iam({ROLE: [POLICY]}.__getitem__)


def test_the_user_may_do_everything() -> None:
    iam().authorise("test", Question("events:PutEvents"))


def test_a_function_may_do_what_its_role_may() -> None:
    mine = iam()
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    mine.authorise(key, Question("events:PutEvents", "arn:bus"))
    with pytest.raises(AccessDeniedError) as caught:
        mine.authorise(key, Question("events:PutRule", "arn:rule"))
    assert str(caught.value) == (
        "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: "
        "events:PutRule on resource: arn:rule because no identity-based policy allows the "
        "events:PutRule action"
    )


def test_a_role_that_is_gone_allows_nothing() -> None:
    mine = iam()
    other = dataclasses.replace(FUNCTION, role_arn=ROLE + "2")
    key = mine.credentials(other)["AWS_ACCESS_KEY_ID"]
    with pytest.raises(AccessDeniedError):
        mine.authorise(key, Question("events:PutEvents"))


def test_credentials_are_the_same_for_every_process_of_a_function() -> None:
    mine = iam()
    assert mine.credentials(FUNCTION) == mine.credentials(FUNCTION)
    other = dataclasses.replace(FUNCTION, name="g")
    assert mine.credentials(FUNCTION) != mine.credentials(other)


def test_the_report_tells_used_unused_and_denied() -> None:
    mine = iam()
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    for _ in range(2):
        mine.authorise(key, Question("events:PutEvents"))
    with pytest.raises(AccessDeniedError):
        mine.authorise(key, Question("events:PutRule"))
    (use,) = mine.report()
    assert use.to_dict() == {
        "role_arn": ROLE,
        "used": {"events:PutEvents": 2},
        "unused": ["sqs:*"],
        "denied": {"events:PutRule": 1},
    }


def test_changed_policies_decide_anew() -> None:
    policies = {ROLE: [POLICY]}
    mine = Iam(policies.__getitem__)
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    mine.authorise(key, Question("events:PutEvents"))
    policies[ROLE] = []
    with pytest.raises(AccessDeniedError):
        mine.authorise(key, Question("events:PutEvents"))
