"""One execution of a schedule: what its target receives, and its dead letter. Pure.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.embedded.timetable.events import iso_time, scheduled_event
from tracing_lab.xray_model.trace_ids import random_hex

from .model import ScheduleSpec, TargetError, TargetOperation
from .operations import send_message

ATTEMPTS_EXHAUSTED = "MaximumRetryAttempts"
AGE_EXHAUSTED = "MaximumEventAgeInSeconds"
"""Values of EXHAUSTED_RETRY_CONDITION."""

_MAX_ERROR_MESSAGE_CHARS = 1024


@dataclass(frozen=True)
class Execution:
    """A schedule that is due, or whose target is being called.

    Parameters
    ----------
    schedule
        The schedule as it was then.
    due_s
        When it was due, in epoch seconds.
    begin_s
        When its target is called first: later within a flexible time window.
    id
        Its id.
    is_last
        Whether it is the last one of its schedule.
    """

    schedule: ScheduleSpec
    due_s: float
    begin_s: float
    id: str
    is_last: bool = False

    def payload(self, attempt: int) -> str:
        """Return what the target receives.

        Parameters
        ----------
        attempt
            From 1 on.
        """
        text = self.schedule.target.input
        if text is None:
            return default_input(self.schedule.arn, self.due_s)
        values = {
            "schedule-arn": self.schedule.arn,
            "scheduled-time": iso_time(self.due_s),
            "execution-id": self.id,
            "attempt-number": str(attempt),
        }
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    def record(self) -> dict[str, Any]:
        """Return the execution as JSON-able data."""
        return {**vars(self), "schedule": self.schedule.record()}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Execution":
        """Return the execution of a record."""
        return cls(**{**record, "schedule": ScheduleSpec.of_record(record["schedule"])})


def new_execution(
    schedule: ScheduleSpec, due_s: float, *, share: float, is_last: bool
) -> Execution:
    """Return the execution of a schedule that is due.

    Parameters
    ----------
    schedule
        The schedule.
    due_s
        When it was due, in epoch seconds.
    share
        A number from 0 to 1: how much of its flexible time window passes before it begins.
    is_last
        Whether it is the last one.
    """
    begin_s = due_s + share * schedule.window_minutes * 60
    return Execution(schedule, due_s, begin_s, random_hex(16), is_last)


def default_input(schedule_arn: str, due_s: float) -> str:
    """Return what a target without an input receives, as AWS was seen to send it."""
    event = scheduled_event(schedule_arn, due_s, source="aws.scheduler", detail="{}")
    return json.dumps(event)


def dead_letter(
    execution: Execution, error: TargetError, *, retries: int, exhausted: str | None
) -> TargetOperation:
    """Return the operation that sends a dead letter: the request's input and the reason.

    That the body is the target's input is documented for universal targets, and unconfirmed for
    others. Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html

    Parameters
    ----------
    execution
        What failed.
    error
        The last error.
    retries
        Number of retries.
    exhausted
        Which limit of the retry policy was reached; None if retries are pointless.
    """
    schedule = execution.schedule
    attributes = {
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error)[:_MAX_ERROR_MESSAGE_CHARS],
        "EXECUTION_ID": execution.id,
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(retries),
        "SCHEDULED_TIME": iso_time(execution.due_s),
        "SCHEDULE_ARN": schedule.arn,
        "TARGET_ARN": schedule.target.arn,
    }
    if exhausted is not None:
        attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
    return send_message(
        schedule.target.dead_letter_arn or "",
        execution.payload(retries + 1),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value or "-"}
            for name, value in sorted(attributes.items())
        },
    )
