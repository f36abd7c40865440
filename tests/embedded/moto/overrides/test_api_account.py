"""The account's log role: as API Gateway checks it, and functions' roles as Lambda assumes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from topic_world import World

from tracing_lab.embedded.iam.access import CallAuthorizer
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision
from tracing_lab.stack.policies import api_log_policy, trust


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.control.reset()
    made.control.close()


def role(world: World, trusted: Any, policy: Any) -> str:
    iam = world.client("iam")
    made = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trusted))
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(policy))
    return str(made["Role"]["Arn"])


def set_log_role(world: World, arn: str) -> None:
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    world.client("apigateway").update_account(patchOperations=[operation])


def test_a_role_that_can_log_is_taken_and_unset(world: World) -> None:
    arn = role(world, trust("apigateway"), api_log_policy())
    set_log_role(world, arn)
    assert world.client("apigateway").get_account()["cloudwatchRoleArn"] == arn
    set_log_role(world, "")


@pytest.mark.parametrize("missing", range(len(api_log_policy()["Statement"][0]["Action"])))
def test_a_role_that_lacks_an_action_is_refused(world: World, missing: int) -> None:
    policy = api_log_policy()
    del policy["Statement"][0]["Action"][missing]
    arn = role(world, trust("apigateway"), policy)
    client = world.client("apigateway")
    with pytest.raises(client.exceptions.BadRequestException, match="required permissions"):
        set_log_role(world, arn)


def test_a_role_that_trusts_someone_else_or_does_not_exist_is_refused(world: World) -> None:
    arn = role(world, trust("lambda"), api_log_policy())
    client = world.client("apigateway")
    for one in (arn, arn + "2"):
        with pytest.raises(client.exceptions.BadRequestException):
            set_log_role(world, one)


@pytest.mark.parametrize(
    "trusted, decision",
    [
        (trust("lambda"), Decision.ALLOWED),
        (trust("ec2"), Decision.NOT_ALLOWED),
        ({"Statement": []}, Decision.ALLOWED),
    ],
)
def test_a_function_has_its_role_only_if_lambda_may_assume_it(
    world: World, trusted: Any, decision: Decision
) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    arn = role(world, trusted, {"Version": "2012-10-17", "Statement": [statement]})
    authorization = AuthorizationRequest("sqs:SendMessage", "arn:x")
    assert CallAuthorizer(world.control.role_policies).evaluate(arn, authorization) is decision
