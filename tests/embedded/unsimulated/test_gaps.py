"""Calls that want what is not simulated are refused, or succeed with a warning."""

import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of, make_function, make_role

from tracing_lab.embedded.moto.adapter import MotoApp
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.unsimulated.gaps import SimulationGap

ACCOUNT = "123456789012"
STATE = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
WARNING = (
    f"events PutRule with State {STATE} is not simulated: the rule matches nothing; use ENABLED."
)


@pytest.mark.parametrize(
    "members, is_wanted",
    [
        ({}, False),
        ({"a": None}, False),
        ({"a": []}, False),
        ({"a": [{"b": ""}, {}]}, False),
        ({"a": [{"b": 0}, {"b": "x"}]}, True),
        ({"a": {"b": "x"}}, True),
        ({"a": "text"}, False),
    ],
)
def test_a_member_is_wanted_if_it_has_a_value(members: Any, *, is_wanted: bool) -> None:
    assert SimulationGap("s", "O", "", "a[].b").is_wanted(members) is is_wanted
    assert SimulationGap("s", "O", "").is_wanted(members)


@pytest.mark.parametrize("value, is_wanted", [("HTTP", True), ("AWS_PROXY", False), (None, False)])
def test_some_values_of_a_member_are_wanted(value: Any, *, is_wanted: bool) -> None:
    assert SimulationGap("s", "O", "", "type", "HTTP|AWS").is_wanted({"type": value}) is is_wanted


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:x",
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/x",
        f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/x/1",
        f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/x",
    ],
)
def test_targets_that_would_get_nothing_are_refused(control: ControlPlane, arn: str) -> None:
    events = client_of(control, "events")
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    with pytest.raises(ClientError, match=r"ValidationException.*PutTargets with.*not simulated"):
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    assert events.list_targets_by_rule(Rule="r")["Targets"] == []


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f",
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:q",
        f"arn:aws:sns:{REGION}:{ACCOUNT}:t",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/x",
        f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/b",
    ],
)
def test_targets_that_are_simulated_are_accepted(control: ControlPlane, arn: str) -> None:
    events = client_of(control, "events")
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    assert control.gaps.messages == []


@pytest.mark.parametrize(
    "service, operation, members, code",
    [
        (
            "stepfunctions",
            "create_state_machine",
            {"name": "m", "definition": "{}", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
            "ValidationException",
        ),
        (
            "apigatewayv2",
            "create_vpc_link",
            {"Name": "a", "SubnetIds": ["s"]},
            "BadRequestException",
        ),
        ("cognito-idp", "create_user_pool", {"PoolName": "p"}, "InvalidParameterException"),
        (
            "cloudformation",
            "create_stack_set",
            {"StackSetName": "s"},
            "ValidationError",
        ),
        ("sns", "publish", {"PhoneNumber": "+1", "Message": "m"}, "InvalidParameter"),
        (
            "logs",
            "create_export_task",
            {"logGroupName": "g", "fromTime": 0, "to": 1, "destination": "b"},
            "InvalidParameterException",
        ),
    ],
)
def test_whole_operations_are_refused_in_their_services_own_words(
    control: ControlPlane, service: str, operation: str, members: Any, code: str
) -> None:
    with pytest.raises(ClientError, match="is not simulated") as caught:
        getattr(client_of(control, service), operation)(**members)
    assert caught.value.response["Error"]["Code"] == code


def test_a_function_that_needs_more_than_this_machine_is_refused(control: ControlPlane) -> None:
    functions = client_of(control, "lambda")
    member = {"FunctionName": "f", "Role": make_role(control), "PackageType": "Image"}
    with pytest.raises(ClientError, match=r"PackageType Image is not simulated: give its code"):
        functions.create_function(**member, Code={"ImageUri": "a:b"})


def test_the_source_of_a_mapping_is_named_before_what_belongs_to_it(control: ControlPlane) -> None:
    make_function(control)
    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"
    with pytest.raises(ClientError, match="with EventSourceArn is not simulated: only SQS queues"):
        client_of(control, "lambda").create_event_source_mapping(
            FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST"
        )


def test_what_is_accepted_without_an_effect_is_remembered_once(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    control = ControlPlane(tmp_path)
    events = client_of(control, "events")
    for name in ("a", "b"):
        events.put_rule(Name=name, EventPattern='{"source": ["a"]}', State=STATE)
    with pytest.raises(ClientError):  # nothing is accepted here
        events.put_rule(Name="c", EventPattern='{"source": "a"}', State=STATE)
    assert control.gaps.messages == [WARNING]
    assert caplog.messages.count(WARNING) == 1
    # and after a restart
    control.close()
    MotoApp().reset()
    restarted = ControlPlane(tmp_path)
    restarted.replay()
    assert restarted.gaps.messages == [WARNING]
    restarted.reset()
    assert restarted.gaps.messages == []
    restarted.close()


def test_usual_resources_are_simulated_whole(control: ControlPlane) -> None:
    make_function(control, Runtime=f"python3.{sys.version_info.minor}")
    client_of(control, "sqs").create_queue(QueueName="q")
    client_of(control, "sns").create_topic(Name="t")
    assert control.gaps.messages == []


def test_limits_of_roles_that_are_not_evaluated_are_warned_of(control: ControlPlane) -> None:
    role, policy = make_role(control), "arn:aws:iam::aws:policy/ReadOnlyAccess"
    client_of(control, "iam").put_role_permissions_boundary(
        RoleName=role.rpartition("/")[2], PermissionsBoundary=policy
    )
    client_of(control, "sts").assume_role(
        RoleArn=role, RoleSessionName="session", Policy="{}", PolicyArns=[{"arn": policy}]
    )
    ending = "is not simulated: the role's own policies count."
    assert control.gaps.messages == [
        f"iam PutRolePermissionsBoundary with PermissionsBoundary {ending}",
        f"sts AssumeRole with Policy {ending}",
        f"sts AssumeRole with PolicyArns {ending}",
    ]
