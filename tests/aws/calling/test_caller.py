"""Calls through the facade: retries, lost responses, pages and waiting."""

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from fake_clients import EMULATOR, FakeClient, caller, refusal

from tracing_lab.aws import Aws
from tracing_lab.aws.calling.control_plane import ControlPlaneProfile, Quota
from tracing_lab.errors import AwsError


def test_call_names_service_and_operation_and_gives_the_answer() -> None:
    client = FakeClient({"Role": 1})
    assert caller(client, []).call("iam:GetRole", "r", RoleName="r") == {"Role": 1}
    assert client.calls == [("get_role", {"RoleName": "r"})]


@pytest.mark.parametrize(
    "operation,code,text",
    [
        ("lambda:CreateFunction", "InvalidParameterValueException", "cannot be assumed by Lambda"),
        ("wafv2:AssociateWebACL", "WAFUnavailableEntityException", "not yet"),
        ("lambda:AddPermission", "ResourceConflictException", "update is in progress for resource"),
        ("lambda:TagResource", "ResourceConflictException", "in the following state: Pending"),
        ("events:PutRule", "ConcurrentModificationException", "x"),
        ("events:DeleteRule", "ValidationException", "Rule can't be deleted since it has targets."),
        (
            "events:DeleteEventBus",
            "ValidationException",
            "EventBus can't be deleted since it has rules.",
        ),
        ("iam:PutRolePolicy", "NoSuchEntity", "x"),
        ("apigateway:CreateRestApi", "TooManyRequestsException", "x"),
        ("apigateway:UpdateAccount", "BadRequestException", "does not have required permissions"),
    ],
)
def test_failure_that_passes_by_itself_is_retried(operation: str, code: str, text: str) -> None:
    waits: list[float] = []
    client = FakeClient(refusal(code, text), refusal(code, text), {"ok": 1})
    assert caller(client, waits).call(operation, "f") == {"ok": 1}
    assert waits == [0.2, 0.4]


@pytest.mark.parametrize(
    "operation,code,text",
    [
        ("lambda:CreateFunction", "ResourceConflictException", "Function already exist: f"),
        ("iam:DeleteRolePolicy", "NoSuchEntity", "x"),
        ("lambda:CreateFunction", "InvalidParameterValueException", "Runtime is not supported"),
    ],
)
def test_failure_that_stays_is_not_retried(operation: str, code: str, text: str) -> None:
    waits: list[float] = []
    with pytest.raises(AwsError, match=text):
        caller(FakeClient(refusal(code, text)), waits).call(operation, "f")
    assert waits == []


LOST = [
    ConnectionClosedError(endpoint_url="http://x"),
    ReadTimeoutError(endpoint_url="http://x"),
    refusal("InternalFailure", status=500),
]


@pytest.mark.parametrize("lost", LOST)
def test_lost_answer_is_asked_for_again_if_that_does_no_harm(lost: Exception) -> None:
    waits: list[float] = []
    assert caller(FakeClient(lost, {"ok": 1}), waits).call("iam:PutRolePolicy", "r") == {"ok": 1}
    assert waits == [0.2]


@pytest.mark.parametrize("lost", LOST)
def test_lost_answer_of_what_would_be_made_twice_is_given_to_the_caller(lost: Exception) -> None:
    waits: list[float] = []
    client = FakeClient(lost, {"id": "another"})
    with pytest.raises(AwsError) as caught:
        caller(client, waits).call("apigateway:CreateRestApi", "api")
    assert caught.value.outcome_unknown
    assert (waits, len(client.calls)) == ([], 1)


def test_refusal_after_a_lost_answer_leaves_the_outcome_open() -> None:
    # GIVEN a deletion that was done, whose answer was lost, and that is then refused
    waits: list[float] = []
    client = FakeClient(LOST[0], refusal("InvalidRequestException", "there is no such group"))
    with pytest.raises(AwsError, match="no such group") as caught:
        caller(client, waits).call("xray:DeleteGroup", "g")
    assert caught.value.outcome_unknown
    assert waits == [0.2]


def test_a_throttle_repeats_one_page_and_not_all() -> None:
    client = FakeClient(
        {"Roles": [1], "Marker": "m"}, refusal("ThrottlingException"), {"Roles": [2]}
    )
    waits: list[float] = []
    assert caller(client, waits).pages("iam:ListRoles", "roles", "Roles", MaxItems=1) == [1, 2]
    assert waits == [0.2]
    second = {"MaxItems": 1, "Marker": "m"}
    assert [params for _, params in client.calls] == [{"MaxItems": 1}, second, second]


def test_each_page_waits_for_the_quota() -> None:
    waits: list[float] = []
    paced = Aws(
        EMULATOR,
        client_factory=lambda service: client,
        control_plane=ControlPlaneProfile(quotas=(Quota("events:*", per_s=0.01),)),
        sleep=waits.append,
    )
    client = FakeClient(
        {"Rules": [1], "NextToken": "a"}, {"Rules": [2], "NextToken": "b"}, {"Rules": [3]}
    )
    assert len(paced.events.list_rules("bus")) == 3
    assert waits == pytest.approx([100, 200], abs=1)


def test_page_that_is_followed_by_itself_is_an_error() -> None:
    page = {"Roles": [1], "Marker": "m"}
    with pytest.raises(AwsError, match="the pages do not end"):
        caller(FakeClient(page, page), []).pages("iam:ListRoles", "roles", "Roles")


def test_wait_until_polls_until_the_answer_is_as_wished() -> None:
    waits: list[float] = []
    client = FakeClient({"State": "Pending"}, {"State": "Active"})
    caller(client, waits).wait_until("lambda:Get", "f", lambda answer: answer["State"] == "Active")
    assert waits == [0.2]


def test_wait_until_gives_up() -> None:
    client = FakeClient(*[{}] * 60)
    with pytest.raises(AwsError, match="still not ready"):
        caller(client, []).wait_until("lambda:Get", "f", lambda answer: False)


GONE = refusal("AWS.SimpleQueueService.NonExistentQueue", operation="GetQueueUrl")


@pytest.mark.parametrize(
    "answers, expected", [((GONE,), []), (({"QueueUrl": "u"}, {"QueueUrl": "u"}, GONE), [0.2, 0.4])]
)
def test_wait_until_gone_polls_until_nothing_is_found(
    answers: tuple[Any, ...], expected: list[float]
) -> None:
    waits: list[float] = []
    caller(FakeClient(*answers), waits).wait_until_gone("sqs:GetQueueUrl", "q", QueueName="q")
    assert waits == expected


def test_wait_until_gone_ends_after_a_minute() -> None:
    waits: list[float] = []
    client = FakeClient(*[{"QueueUrl": "u"}] * 99)
    caller(client, waits).wait_until_gone("sqs:GetQueueUrl", "q")
    assert 60 <= sum(waits) < 65


def test_wait_until_gone_passes_other_refusals_on() -> None:
    client = FakeClient(refusal("AccessDenied", "not allowed", operation="GetQueueUrl"))
    with pytest.raises(AwsError, match="not allowed"):
        caller(client, []).wait_until_gone("sqs:GetQueueUrl", "q")
