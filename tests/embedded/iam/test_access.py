"""Credentials of functions, and what is done with them."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
from specs import function_spec

from tracing_lab.embedded.iam.access import AccessDeniedError, CallAuthorizer
from tracing_lab.embedded.iam.credentials import InvalidKeyError, Principal
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision

ROLE = "arn:aws:iam::123456789012:role/r"
FUNCTION = function_spec("f", role_arn=ROLE)
POLICY: dict[str, Any] = {
    "Statement": {"Effect": "Allow", "Action": ["events:PutEvents", "sqs:*"], "Resource": "*"}
}


def iam() -> CallAuthorizer:
    return CallAuthorizer({ROLE: [POLICY]}.__getitem__)


def test_the_user_may_do_everything_and_no_role_is_charged_with_it() -> None:
    mine = iam()
    mine.authorize("test", AuthorizationRequest("events:PutRule"))
    assert mine.principal("test") is None
    assert mine.report() == []


def test_a_function_may_do_what_its_role_may() -> None:
    mine = iam()
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    mine.authorize(key, AuthorizationRequest("events:PutEvents", "arn:bus"))
    with pytest.raises(AccessDeniedError) as caught:
        mine.authorize(key, AuthorizationRequest("events:PutRule", "arn:rule"))
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
        mine.authorize(key, AuthorizationRequest("events:PutEvents"))


def test_every_environment_has_credentials_of_its_own() -> None:
    mine = iam()
    several = [mine.credentials(FUNCTION) for _ in range(50)]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert len({one[name] for one in several}) == 50
    assert all(re.fullmatch("ASIALAMBDA[A-Z2-7]{10}", one["AWS_ACCESS_KEY_ID"]) for one in several)


def test_a_key_ends_with_its_environment_and_never_becomes_a_users() -> None:
    mine = iam()
    key, other = (mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"] for _ in range(2))
    mine.revoke(key)
    with pytest.raises(InvalidKeyError, match="security token included in the request is invalid"):
        mine.authorize(key, AuthorizationRequest("events:PutEvents"))
    mine.authorize(other, AuthorizationRequest("events:PutEvents"))
    with pytest.raises(InvalidKeyError):
        iam().principal(other)  # of an earlier server
    assert [use.role_arn for use in mine.report()] == [ROLE]


@pytest.mark.parametrize("change", [str.lower, str.title, str.swapcase])
def test_a_key_in_another_case_is_nobodys(change: Callable[[str], str]) -> None:
    mine = iam()
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    with pytest.raises(InvalidKeyError):
        mine.principal(change(key))


def test_keys_of_sts_are_for_the_role_until_they_end() -> None:
    now = [0.0]
    sessions = {"ASIASESSION": (ROLE, "me", 60.0)}
    mine = CallAuthorizer(
        {ROLE: []}.__getitem__,
        session_policies={ROLE: [POLICY]}.__getitem__,
        assumed_role=sessions.get,
        clock=lambda: now[0],
    )
    mine.authorize("ASIASESSION", AuthorizationRequest("sqs:SendMessage"))
    with pytest.raises(AccessDeniedError, match="assumed-role/r/me is not authorized"):
        mine.authorize("ASIASESSION", AuthorizationRequest("iam:CreateRole"))
    with pytest.raises(InvalidKeyError):
        mine.principal("asiasession")
    now[0] = 60.0
    with pytest.raises(InvalidKeyError):
        mine.principal("ASIASESSION")
    assert mine.principal("ASIAOFTHEUSER") is None


def test_a_role_is_assumed_only_where_it_trusts_and_where_one_may() -> None:
    admin = ROLE.replace("/r", "/admin")
    asked: list[Any] = []

    def trusts(role_arn: str, principals: Any) -> bool:
        asked.append((role_arn, *principals))
        return role_arn == admin

    policy = {"Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}
    mine = CallAuthorizer({ROLE: [policy]}.__getitem__, trusts=trusts)
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    mine.authorize(key, AuthorizationRequest("sts:AssumeRole", admin))
    with pytest.raises(AccessDeniedError, match="trust policy"):
        mine.authorize(key, AuthorizationRequest("sts:AssumeRole", admin + "2"))
    session = "arn:aws:sts::123456789012:assumed-role/r/f"
    assert asked[0] == (admin, ROLE, session, "123456789012", "arn:aws:iam::123456789012:root")


def test_the_report_tells_used_unused_and_denied() -> None:
    mine = iam()
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    for _ in range(2):
        mine.authorize(key, AuthorizationRequest("events:PutEvents"))
    with pytest.raises(AccessDeniedError):
        mine.authorize(key, AuthorizationRequest("events:PutRule"))
    (use,) = mine.report()
    assert use.to_dict() == {
        "role_arn": ROLE,
        "used": {"events:PutEvents": 2},
        "unused": ["sqs:*"],
        "denied": {"events:PutRule": 1},
    }


def test_changed_policies_decide_anew() -> None:
    policies = {ROLE: [POLICY]}
    mine = CallAuthorizer(policies.__getitem__)
    key = mine.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
    mine.authorize(key, AuthorizationRequest("events:PutEvents"))
    policies[ROLE] = []
    with pytest.raises(AccessDeniedError):
        mine.authorize(key, AuthorizationRequest("events:PutEvents"))


QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
SEND = AuthorizationRequest("sqs:SendMessage", QUEUE)


def decision(
    *, own: str | None, theirs: str | None, principal: Any = None, **more: Any
) -> Decision:
    """Decide with one statement in the role's policy and one in the queue's."""
    statement = {"Action": "sqs:SendMessage", "Resource": QUEUE, **more}
    mine = [{"Statement": {**statement, "Effect": own}}] if own else []
    policy = {"Statement": {**statement, "Effect": theirs, "Principal": principal}}
    both = CallAuthorizer({ROLE: mine}.__getitem__, {QUEUE: policy if theirs else None}.get)
    return both.evaluate(ROLE, SEND, Principal(ROLE, "f"))


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
    mine = CallAuthorizer({ROLE: [{"Statement": statement}]}.__getitem__, clock=times.__next__)
    assert [mine.evaluate(ROLE, SEND), mine.evaluate(ROLE, SEND)] == [
        Decision.ALLOWED,
        Decision.NOT_ALLOWED,
    ]
