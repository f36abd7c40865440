"""AWS's own policies can be attached to roles."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from topic_world import World

from tracing_lab.embedded.iam.access import CallAuthorizer
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision
from tracing_lab.embedded.moto.plane import ControlPlane

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.begin()
    yield made
    made.control.reset()
    made.control.close()


def document(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def decision(control: ControlPlane, role_arn: str, action: str) -> Decision:
    return CallAuthorizer(control.role_policies).evaluate(
        role_arn, AuthorizationRequest(action, "arn:x")
    )


def test_a_role_may_do_what_aws_s_policy_says(world: World, tmp_path: Path) -> None:
    iam = world.client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn=BASIC)
    assert decision(world.control, role, "logs:PutLogEvents") is Decision.ALLOWED
    assert decision(world.control, role, "sqs:SendMessage") is Decision.NOT_ALLOWED
    world.control._app.reset()  # what a killed process forgets
    again = ControlPlane(tmp_path)
    again.replay()
    assert decision(again, role, "logs:PutLogEvents") is Decision.ALLOWED
    again.close()


def test_the_default_version_of_a_policy_counts(world: World) -> None:
    iam = world.client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = iam.create_policy(PolicyName="p", PolicyDocument=document("sqs:*"))
    arn = made["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    assert decision(world.control, role, "sqs:SendMessage") is Decision.ALLOWED
    text = document("sns:*")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    assert decision(world.control, role, "sqs:SendMessage") is Decision.NOT_ALLOWED


def test_a_policy_that_aws_does_not_have_cannot_be_attached(world: World) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    for arn in (f"{BASIC}2", BASIC.replace("service-role/", "")):
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.attach_role_policy(RoleName="r", PolicyArn=arn)
