"""Retries, their limits, and dead letters."""

import asyncio
import time
from typing import Any

import pytest
from schedules import LETTERS, MISSING, ROLE, THROTTLED, Target, execution

from tracing_lab.embedded.scheduler.execution import new_execution
from tracing_lab.embedded.scheduler.metrics import counter


def deliver(target: Target, **changes: Any) -> Target:
    asyncio.run(target.delivery().deliver(execution(**changes)))
    return target


def reasons(target: Target) -> dict[str, str]:
    attributes = target.operations[-1].members["MessageAttributes"]
    return {name: value["StringValue"] for name, value in attributes.items()}


def test_a_target_is_called_with_the_role_of_the_schedule() -> None:
    target = deliver(Target())
    ((role, operation),) = target.calls
    assert role == ROLE
    assert operation.members["MessageBody"] == "hello"
    assert target.counts == {"InvocationAttemptCount": 1}


def test_each_attempt_has_its_number() -> None:
    target = deliver(Target(THROTTLED, TimeoutError()), input="<aws.scheduler.attempt-number>")
    assert [operation.members["MessageBody"] for operation in target.operations] == ["1", "2", "3"]
    assert target.counts == {
        "InvocationAttemptCount": 3,
        "TargetErrorThrottledCount": 1,
    }


def test_permanent_errors_are_not_retried() -> None:
    target = deliver(Target(MISSING), dead_letter_arn=LETTERS)
    assert len(target.calls) == 2
    found = reasons(target)
    assert found["ERROR_CODE"] == "ResourceNotFoundException"
    assert found["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in found
    assert target.counts == {
        "InvocationAttemptCount": 1,
        "TargetErrorCount": 1,
        "InvocationDroppedCount": 1,
        "InvocationsSentToDeadLetterCount": 1,
    }


@pytest.mark.parametrize("retries", [0, 2])
def test_retries_end(retries: int) -> None:
    target = Target(*[THROTTLED] * 5)
    target.errors[retries + 1 :] = []
    deliver(target, dead_letter_arn=LETTERS, max_retries=retries)
    found = reasons(target)
    assert len(target.calls) == retries + 2
    assert found["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert found["RETRY_ATTEMPTS"] == str(retries)


def test_old_executions_are_given_up() -> None:
    target = Target(THROTTLED)
    target.now_s += 61
    deliver(target, dead_letter_arn=LETTERS, max_event_age_s=60.0)
    assert reasons(target)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_without_a_dead_letter_queue_the_execution_is_dropped() -> None:
    target = deliver(Target(MISSING))
    assert target.counts["InvocationDroppedCount"] == 1
    assert len(target.calls) == 1


def test_a_dead_letter_that_is_refused_is_counted() -> None:
    target = deliver(Target(MISSING, MISSING), dead_letter_arn=LETTERS)
    assert target.counts["InvocationsFailedToBeSentToDeadLetterCount"] == 1
    assert target.counts["InvocationsSentToDeadLetterCount"] == 0


def test_an_execution_waits_for_its_time() -> None:
    target = Target()
    target.now_s = time.time()
    later = new_execution(execution().schedule, target.now_s + 0.2, share=0.0, is_last=False)
    asyncio.run(target.delivery().deliver(later))
    assert time.time() - target.now_s >= 0.19  # clocks differ a little


def test_metrics_have_the_group_as_dimension() -> None:
    found: list[Any] = []
    counter(lambda *arguments: found.append(arguments))("nightly", "InvocationAttemptCount")
    ((namespace, dimensions, (measurement,)),) = found
    assert namespace == "AWS/Scheduler"
    assert dimensions == (("ScheduleGroup", "nightly"),)
    assert (measurement.name, measurement.value) == ("InvocationAttemptCount", 1.0)
