"""Rules' targets and buses through AWS's own client; messages as AWS was seen to send them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of

from tracing_lab.embedded.moto.plane import ControlPlane

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"
PATHS = {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '"<a> <aws.events.rule-name>"'}


@pytest.fixture
def events(tmp_path: Path) -> Iterator[Any]:
    """Make a client of EventBridge, with a rule ``r``."""
    control = ControlPlane(tmp_path)
    client = client_of(control, "events")
    client.put_rule(Name="r", EventPattern='{"source": ["x"]}')
    yield client
    control.reset()
    control.close()


def put(events: Any, *targets: Any) -> tuple[str, str]:
    try:
        events.put_targets(Rule="r", Targets=[{"Arn": QUEUE, **one} for one in targets])
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


@pytest.mark.parametrize(
    "target, message",
    [
        (
            {"InputTransformer": PATHS, "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
        (
            {"Input": "{}", "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
        (
            {"InputTransformer": {**PATHS, "InputTemplate": '"<nope>"'}},
            "InputTemplate for target 1 contains invalid placeholder nope.",
        ),
        ({"Input": "{no"}, "JSON syntax error in input for target 1."),
        (
            {"HttpParameters": {"HeaderParameters": {"X-Shop": "1", "Authorization": "me"}}},
            "HTTP header Authorization is not allowed for target 1.",
        ),
    ],
)
def test_inputs_that_aws_rejects(events: Any, target: Any, message: str) -> None:
    assert put(events, {"Id": "1", **target}) == ("ValidationException", message)
    assert events.list_targets_by_rule(Rule="r")["Targets"] == []


def test_inputs_that_aws_accepts(events: Any) -> None:
    inputs: list[Any] = [{"InputTransformer": PATHS}, {"Input": '"text"'}, {"InputPath": "$"}, {}]
    assert put(events, *({"Id": str(at), **one} for at, one in enumerate(inputs))) == ("", "")


def test_a_rule_has_five_targets_at_most(events: Any) -> None:
    limit = ("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    assert put(events, *({"Id": str(at)} for at in range(6))) == limit
    assert put(events, *({"Id": str(at)} for at in range(5))) == ("", "")
    assert put(events, {"Id": "0", "Input": "{}"}) == ("", "")  # one that is there already
    assert put(events, {"Id": "5"}) == limit


def test_targets_come_in_pages(events: Any) -> None:
    put(events, *({"Id": str(at)} for at in range(5)))
    settings = {"PageSize": 2}
    pages = events.get_paginator("list_targets_by_rule").paginate(
        Rule="r", PaginationConfig=settings
    )
    ids = [[target["Id"] for target in page["Targets"]] for page in pages]
    assert ids == [["0", "1"], ["2", "3"], ["4"]]
    with pytest.raises(ClientError, match="nextToken"):
        events.list_targets_by_rule(Rule="r", NextToken="nope")


@pytest.mark.parametrize(
    "operation", ["describe_rule", "enable_rule", "disable_rule", "list_targets_by_rule"]
)
def test_the_error_about_a_missing_rule_names_the_bus(events: Any, operation: str) -> None:
    name = {"Rule" if operation == "list_targets_by_rule" else "Name": "nope"}
    with pytest.raises(ClientError, match="Rule nope does not exist on EventBus default"):
        getattr(events, operation)(**name)


def test_permissions_on_a_bus_stand_side_by_side(events: Any) -> None:
    events.create_event_bus(Name="b")

    def permit(sid: str, principal: str) -> None:
        events.put_permission(
            EventBusName="b", Action="events:PutEvents", Principal=principal, StatementId=sid
        )

    def statements() -> dict[str, Any]:
        policy = json.loads(events.describe_event_bus(Name="b").get("Policy", '{"Statement": []}'))
        return {one["Sid"]: one["Principal"] for one in policy["Statement"]}

    root = {"AWS": "arn:aws:iam::123456789012:root"}
    for sid, principal in (("a", "123456789012"), ("b", "123456789012"), ("c", "*")):
        permit(sid, principal)
    assert statements() == {"a": root, "b": root, "c": "*"}
    permit("a", "*")
    events.remove_permission(EventBusName="b", StatementId="b")
    assert statements() == {"a": "*", "c": "*"}
    with pytest.raises(ClientError):
        permit("d", "nobody")
    assert statements() == {"a": "*", "c": "*"}
    arn = events.describe_event_bus(Name="b")["Arn"]
    whole = {"Sid": "a", "Effect": "Allow", "Principal": root, "Action": "events:*"}
    policy = {"Version": "2012-10-17", "Statement": [{**whole, "Resource": arn}]}
    events.put_permission(EventBusName="b", Policy=json.dumps(policy))
    assert statements() == {"a": root}


def test_buses_show_description_and_times(events: Any) -> None:
    events.create_event_bus(Name="b", Description="first")
    events.update_event_bus(Name="b", Description="second")
    described = events.describe_event_bus(Name="b")
    (listed,) = events.list_event_buses(NamePrefix="b")["EventBuses"]
    for shown in (described, listed):
        assert shown["Description"] == "second"
        assert shown["LastModifiedTime"] >= shown["CreationTime"]
    assert described["LastModifiedTime"] > described["CreationTime"]
    with pytest.raises(ClientError, match="Event bus nope does not exist"):
        events.update_event_bus(Name="nope", Description="x")


def test_buses_show_all_their_settings(events: Any) -> None:
    first: dict[str, Any] = {
        "Description": "first",
        "DeadLetterConfig": {"Arn": QUEUE},
        "LogConfig": {"IncludeDetail": "FULL", "Level": "INFO"},
    }
    arn = events.create_event_bus(Name="b", **first)["EventBusArn"]
    assert first.items() <= events.describe_event_bus(Name="b").items()
    second: dict[str, Any] = {"Description": "second", "LogConfig": {"Level": "OFF"}}
    expected = {**first, **second}
    assert expected.items() <= events.update_event_bus(Name="b", **second).items()
    assert expected.items() <= events.describe_event_bus(Name=arn).items()
    assert events.update_event_bus(Description="the first of all")["Name"] == "default"
    assert events.describe_event_bus()["Description"] == "the first of all"
