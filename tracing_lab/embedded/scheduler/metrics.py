"""The CloudWatch metrics of EventBridge Scheduler, by group of schedules.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
"""

from collections.abc import Callable

from tracing_lab.embedded.cloudwatch.metrics import Measurement, Record

from .model import TargetError

_NAMESPACE = "AWS/Scheduler"

ATTEMPT = "InvocationAttemptCount"
DROPPED = "InvocationDroppedCount"
TO_DEAD_LETTERS = "InvocationsSentToDeadLetterCount"
NOT_TO_DEAD_LETTERS = "InvocationsFailedToBeSentToDeadLetterCount"

Count = Callable[[str, str], None]
"""Counts one for a group's metric, by the names of both."""


def counter(record: Record) -> Count:
    """Return what counts one for a metric of a group."""

    def count(group: str, metric: str) -> None:
        record(_NAMESPACE, (("ScheduleGroup", group),), [Measurement(metric, 1.0)])

    return count


def metric_of(error: TargetError) -> str:
    """Return the metric that counts an error of a target.

    Examples
    --------
    >>> metric_of(TargetError("ThrottlingException", "", is_permanent=False))
    'TargetErrorThrottledCount'
    """
    return "TargetErrorThrottledCount" if error.is_throttled else "TargetErrorCount"
