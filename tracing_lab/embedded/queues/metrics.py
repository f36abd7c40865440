"""The metrics of SQS queues in CloudWatch: number and age of messages.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

NAMESPACE = "AWS/SQS"


def gauges(queue: Any, *, now_s: float) -> Iterator[dict[str, Any]]:
    """Yield the current values of one of moto's queues, as ``MetricData`` members of this minute.

    Parameters
    ----------
    queue
        The queue.
    now_s
        Epoch seconds.
    """
    messages = list(queue._messages)  # noqa: SLF001 - moto's own properties each go over all
    hidden = sum(not message.visible for message in messages)
    delayed = sum(message.delayed for message in messages)
    sent_ms = min((message.sent_timestamp for message in messages), default=now_s * 1000)
    values = {
        "ApproximateNumberOfMessagesVisible": (len(messages) - hidden - delayed, "Count"),
        "ApproximateNumberOfMessagesNotVisible": (hidden, "Count"),
        "ApproximateNumberOfMessagesDelayed": (delayed, "Count"),
        "ApproximateAgeOfOldestMessage": (max(0.0, now_s - sent_ms / 1000) // 1, "Seconds"),
    }
    # naive, because the control plane (moto) stores timestamps so
    minute = datetime.fromtimestamp(now_s // 60 * 60, UTC).replace(tzinfo=None)
    for name, (value, unit) in values.items():
        yield _member(queue.name, name, float(value), unit, minute)


def _member(queue: str, name: str, value: float, unit: str, minute: datetime) -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
        "Timestamp": minute,
        "Unit": unit,
        "Values": [value],
        "StatisticValues": {"SampleCount": 1.0, "Sum": value, "Minimum": value, "Maximum": value},
    }
