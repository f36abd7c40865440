"""Credentials of functions, and what is done with them."""

import dataclasses
from typing import Any

import pytest

from tracing_lab.embedded.iam import AccessDeniedError, Iam, Principal
from tracing_lab.embedded.iam_policy import Decision, Question
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


QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
SEND = Question("sqs:SendMessage", QUEUE)


def decision(
    *, own: str | None, theirs: str | None, principal: Any = None, **more: Any
) -> Decision:
    """Decide with one statement in the role's policy and one in the queue's."""
    statement = {"Action": "sqs:SendMessage", "Resource": QUEUE, **more}
    mine = [{"Statement": {**statement, "Effect": own}}] if own else []
    policy = {"Statement": {**statement, "Effect": theirs, "Principal": principal}}
    both = Iam({ROLE: mine}.__getitem__, {QUEUE: policy if theirs else None}.get)
    return both.ask(ROLE, SEND, Principal(ROLE, "f"))


@pytest.mark.parametrize(
    "own, theirs, principal, expected",
    [
        (None, "Allow", {"AWS": ROLE}, Decision.ALLOWED),
        (None, "Allow", "*", Decision.ALLOWED),
        (None, "Allow", {"AWS": "arn:aws:sts::123456789012:assumed-role/r/f"}, Decision.ALLOWED),
        (None, "Allow", {"AWS": "123456789012"}, Decision.NOT_ALLOWED),  # leaves it to the role
        (None, "Allow", {"Service": "lambda.amazonaws.com"}, Decision.NOT_ALLOWED),
        ("Allow", None, None, Decision.ALLOWED),
        ("Allow", "Deny", {"AWS": ROLE}, Decision.DENIED),
        ("Allow", "Deny", {"AWS": "arn:aws:iam::123456789012:root"}, Decision.DENIED),
        ("Allow", "Deny", {"AWS": ROLE + "2"}, Decision.ALLOWED),
        ("Deny", "Allow", "*", Decision.DENIED),
    ],
)
def test_either_policy_allows_and_either_denies(
    own: str | None, theirs: str | None, principal: Any, expected: Decision
) -> None:
    assert decision(own=own, theirs=theirs, principal=principal) is expected


@pytest.mark.parametrize(
    "key, value",
    [
        ("aws:PrincipalArn", ROLE),
        ("aws:PrincipalAccount", "123456789012"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:SourceIp", "127.0.0.1"),
    ],
)
def test_every_request_has_the_global_keys(key: str, value: str) -> None:
    fits = decision(own="Allow", theirs=None, Condition={"StringEquals": {key: value}})
    assert fits is Decision.ALLOWED
    other = decision(own="Allow", theirs=None, Condition={"StringEquals": {key: "x"}})
    assert other is Decision.NOT_ALLOWED


def test_a_permission_may_end_with_time() -> None:
    until = {"DateLessThan": {"aws:CurrentTime": "1970-01-01T00:01:00Z"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": until}
    times = iter((59.0, 61.0))
    mine = Iam({ROLE: [{"Statement": statement}]}.__getitem__, clock=times.__next__)
    assert [mine.ask(ROLE, SEND), mine.ask(ROLE, SEND)] == [Decision.ALLOWED, Decision.NOT_ALLOWED]
