"""Which operation a target stands for, and which targets are rejected."""

import json
from typing import Any

import pytest
from schedules import ARN, FUNCTION, QUEUE, ROLE, schedule

from tracing_lab.embedded.scheduler.model import ScheduleTarget, TargetError
from tracing_lab.embedded.scheduler.operations import UNIVERSAL, operation_of, target_problem
from tracing_lab.embedded.unsimulated.table import gaps_by_operation

TOPIC, BUS = ARN.format("sns", "t"), ARN.format("events", "event-bus/shop")
SDK = "arn:aws:scheduler:::aws-sdk:"
MISSING_FIELDS = (
    "Invalid RequestJson provided. Reason Request payload is missing the following field(s):"
)


def problem(arn: str, payload: str | None = "{}", **more: Any) -> str | None:
    return target_problem(ScheduleTarget(arn, ROLE, payload, **more))


def test_functions_are_invoked_asynchronously() -> None:
    operation = operation_of(schedule(arn=FUNCTION).target, '{"a": 1}')
    assert (operation.service, operation.name) == ("lambda", "Invoke")
    assert operation.members == {
        "FunctionName": FUNCTION,
        "InvocationType": "Event",
        "Payload": b'{"a": 1}',
    }


def test_queues_get_messages() -> None:
    operation = operation_of(schedule().target, "hello")
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/q"
    assert operation.members == {"QueueUrl": url, "MessageBody": "hello"}
    ordered = schedule(arn=f"{QUEUE}.fifo", message_group_id="g").target
    assert operation_of(ordered, "hello").members["MessageGroupId"] == "g"


def test_buses_get_events() -> None:
    target = ScheduleTarget(BUS, ROLE, detail_type="Tick", source="clock")
    operation = operation_of(target, '{"a": 1}')
    (entry,) = operation.members["Entries"]
    assert operation.name == "PutEvents"
    assert entry == {
        "EventBusName": BUS,
        "Source": "clock",
        "DetailType": "Tick",
        "Detail": '{"a": 1}',
    }


def test_universal_targets_name_their_operation() -> None:
    request = {"QueueUrl": "u", "MessageBody": "b"}
    target = ScheduleTarget(f"{SDK}sqs:sendMessage", ROLE, json.dumps(request))
    operation = operation_of(target, json.dumps(request))
    assert (operation.service, operation.name, operation.members) == (
        "sqs",
        "SendMessage",
        request,
    )
    with pytest.raises(TargetError, match="Invalid RequestJson"):
        operation_of(target, "[]")


def test_members_of_universal_targets_begin_with_a_capital_letter() -> None:
    target = ScheduleTarget(f"{SDK}cloudwatchlogs:putLogEvents", ROLE, "{}")
    request = {
        "LogGroupName": "g",
        "LogStreamName": "s",
        "LogEvents": [{"Timestamp": 1, "Message": "m"}],
        "Other": 1,
    }
    assert operation_of(target, json.dumps(request)).members == {
        "logGroupName": "g",
        "logStreamName": "s",
        "logEvents": [{"timestamp": 1, "message": "m"}],
    }
    item = {"TableName": "t", "Item": {"id": {"S": "1"}, "units": {"N": "2"}}}
    put = ScheduleTarget(f"{SDK}dynamodb:putItem", ROLE, "{}")
    assert operation_of(put, json.dumps(item)).members == item


@pytest.mark.parametrize(
    "arn, payload, expected",
    [
        ("queue", "{}", "Provided Arn is not in correct format."),
        (f"{SDK}backup:startReportJob", "{}", "backup is not a supported service for a target."),
        (
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/x",
            "{}",
            "bedrock-agentcore is not a supported service for a target.",
        ),
        (
            "arn:aws:scheduler:eu-west-1:123456789012:aws-sdk:sqs:sendMessage",
            "{}",
            "scheduler is not a supported service for a target.",
        ),
        (
            f"{SDK}sqs:sendMessage",
            None,
            "You must provide an input to set this target for your schedule",
        ),
        (f"{SDK}sqs:listQueues", "{}", "listQueues API is not supported"),
        (f"{SDK}sqs:getQueueUrl", '{"QueueName": "q"}', "getQueueUrl API is not supported"),
        (f"{SDK}sqs:fly", "{}", "fly API is not supported"),
        (
            f"{SDK}sqs:sendMessage",
            '{"queueUrl": "u"}',
            f"{MISSING_FIELDS} QueueUrl, MessageBody.",
        ),
        (
            f"{SDK}cloudwatchlogs:createLogGroup",
            '{"logGroupName": "g"}',
            f"{MISSING_FIELDS} LogGroupName.",
        ),
    ],
)
def test_rejected_targets(arn: str, payload: str | None, expected: str) -> None:
    assert problem(arn, payload) == expected


@pytest.mark.parametrize("payload", ["", "{", "[]", "1"])
def test_requests_have_to_be_json_objects(payload: str) -> None:
    assert "Invalid RequestJson" in (problem(f"{SDK}sqs:purgeQueue", payload) or "")


@pytest.mark.parametrize("arn", [FUNCTION, QUEUE, TOPIC, f"{FUNCTION}:live"])
def test_accepted_targets(arn: str) -> None:
    assert problem(arn) is None


def test_what_targets_need() -> None:
    assert "EventBridgeParameters" in (problem(BUS) or "")
    assert problem(BUS, detail_type="t", source="s") is None
    assert "SqsParameters" in (problem(f"{QUEUE}.fifo") or "")
    assert problem(f"{QUEUE}.fifo", message_group_id="g") is None


@pytest.mark.parametrize("service", UNIVERSAL)
def test_the_table_of_what_is_not_simulated_leaves_out_what_is(service: str) -> None:
    (gap, *_) = gaps_by_operation()["scheduler", "CreateSchedule"]
    assert not gap.is_wanted({"Target": {"Arn": f"{SDK}{service}:doIt"}})
    assert gap.is_wanted({"Target": {"Arn": f"{SDK}{service}x:doIt"}})
