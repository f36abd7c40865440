"""Schedules of EventBridge Scheduler, and a target that may fail."""

from collections import Counter
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.scheduler.delivery import TargetDelivery
from tracing_lab.embedded.scheduler.execution import Execution, new_execution
from tracing_lab.embedded.scheduler.model import (
    ScheduleSpec,
    ScheduleTarget,
    TargetError,
    TargetOperation,
)

NOON = 1_795_953_600.0  # 2026-11-29T12:00:00Z
ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
QUEUE, LETTERS, FUNCTION = (
    ARN.format("sqs", "q"),
    ARN.format("sqs", "dead"),
    ARN.format("lambda", "function:f"),
)
ROLE = "arn:aws:iam::123456789012:role/r"
THROTTLED = TargetError("TooManyRequestsException", "Rate Exceeded.", is_permanent=False)
MISSING = TargetError("ResourceNotFoundException", "no such function", is_permanent=True)


def schedule(expression: str = "rate(1 minute)", **changes: Any) -> ScheduleSpec:
    """Return a schedule; members of its target may be among the changes."""
    of_target = {name: changes.pop(name) for name in [*changes] if name in vars(TARGET)}
    name = str(changes.pop("name", "s"))
    spec = ScheduleSpec(
        arn=ARN.format("scheduler", f"schedule/default/{name}"),
        name=name,
        group="default",
        expression=expression,
        target=replace(TARGET, **of_target),
    )
    return replace(spec, **changes)


TARGET = ScheduleTarget(arn=QUEUE, role_arn=ROLE, input="hello")


def execution(**changes: Any) -> Execution:
    """Return an execution that was due at noon."""
    return new_execution(schedule(**changes), NOON, share=0.0, is_last=False)


class Target:
    """Accepts calls; fails with the errors that it is given first."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls: list[tuple[str, TargetOperation]] = []
        self.counts: Counter[str] = Counter()
        self.now_s = NOON

    async def call(self, role_arn: str, operation: TargetOperation) -> None:
        self.calls.append((role_arn, operation))
        if self.errors:
            raise self.errors.pop(0)

    @property
    def operations(self) -> list[TargetOperation]:
        return [operation for _, operation in self.calls]

    def count(self, group: str, metric: str) -> None:
        assert group == "default"
        self.counts[metric] += 1

    def delivery(self) -> TargetDelivery:
        return TargetDelivery(self.call, self.count, clock=lambda: self.now_s, delays=(0,))
