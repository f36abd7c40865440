"""What targets receive, and dead letters."""

import json
import re
from typing import Any

import orjson
from schedules import ARN, LETTERS, MISSING, NOON, execution, schedule

from tracing_lab.embedded.scheduler.execution import (
    AGE_EXHAUSTED,
    Execution,
    dead_letter,
    new_execution,
)

ALL = (
    "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number> "
    "<aws.scheduler.execution-id> <aws.scheduler.other>"
)


def test_context_attributes_are_replaced() -> None:
    found = execution(input=ALL)
    arn, when, attempt, number, other = found.payload(3).split(" ")
    assert (arn, when, attempt) == (
        ARN.format("scheduler", "schedule/default/s"),
        "2026-11-29T12:00:00Z",
        "3",
    )
    assert number == found.id
    assert re.fullmatch("[0-9a-f]{16}", number)
    assert other == "<aws.scheduler.other>"


def test_a_target_without_an_input_gets_an_event() -> None:
    event = json.loads(execution(input=None).payload(1))
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2026-11-29T12:00:00Z",
        "region": "eu-west-1",
        "resources": [ARN.format("scheduler", "schedule/default/s")],
        "detail": "{}",
    }


def test_a_flexible_window_delays_the_beginning_and_not_the_scheduled_time() -> None:
    spec = schedule(window_minutes=15, input="<aws.scheduler.scheduled-time>")
    found = new_execution(spec, NOON, share=0.5, is_last=False)
    assert found.begin_s == NOON + 450
    assert found.payload(1) == "2026-11-29T12:00:00Z"
    assert new_execution(schedule(), NOON, share=0.5, is_last=False).begin_s == NOON


def test_executions_survive_as_records() -> None:
    found = execution(start_s=1.0, detail_type="t", max_retries=3)
    assert Execution.of_record(orjson.loads(orjson.dumps(found.record()))) == found


def test_a_dead_letter_has_the_reason() -> None:
    found = execution(dead_letter_arn=LETTERS, input=ALL)
    letter = dead_letter(found, MISSING, retries=2, exhausted=AGE_EXHAUSTED)
    members: dict[str, Any] = dict(letter.members)
    attributes = {
        name: value["StringValue"] for name, value in members["MessageAttributes"].items()
    }
    assert members["QueueUrl"].endswith("/123456789012/dead")
    assert members["MessageBody"] == found.payload(3)
    assert attributes == {
        "ERROR_CODE": "ResourceNotFoundException",
        "ERROR_MESSAGE": "no such function",
        "EXECUTION_ID": found.id,
        "EXHAUSTED_RETRY_CONDITION": "MaximumEventAgeInSeconds",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "2",
        "SCHEDULED_TIME": "2026-11-29T12:00:00Z",
        "SCHEDULE_ARN": ARN.format("scheduler", "schedule/default/s"),
        "TARGET_ARN": ARN.format("sqs", "q"),
    }
    permanent = dead_letter(found, MISSING, retries=0, exhausted=None)
    assert "EXHAUSTED_RETRY_CONDITION" not in permanent.members["MessageAttributes"]
