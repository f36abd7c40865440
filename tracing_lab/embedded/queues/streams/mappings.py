"""Event source mappings from streams to functions, and the events of their batches.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.model import MAX_INVOKE_BYTES

Record = Mapping[str, Any]
"""A record of a stream, as GetRecords returns it."""

ENDLESS = -1
"""As a number of retries or an age: no limit."""

_EVENT_MARGIN = 100  # bytes around the records of an event


@dataclass(frozen=True)
class StreamMapping:
    """An enabled event source mapping of a stream.

    Parameters
    ----------
    id
        Its UUID.
    stream_arn
        The stream.
    function_arn
        The function, with version or alias if it has one.
    starts_at_end
        Whether it begins with new records (``LATEST``) instead of all that there are.
    batch_size
        Records of one event, at most.
    window_s
        How long records are collected for one event, in seconds.
    bisects
        Whether a batch that failed is split in two.
    most_retries
        How often a batch is retried.
    most_age_s
        From which age on a record is not retried any more.
    on_failure_arn
        The queue or topic that gets a record of each batch that was given up.
    reports_failures
        Whether the function's response names the record that failed.
    filters
        Patterns, of which a record has to match one; empty for all records.
    matches
        Returns whether a record passes the filters; None without filters.
    """

    id: str
    stream_arn: str
    function_arn: str
    starts_at_end: bool = False
    batch_size: int = 100
    window_s: float = 0.0
    bisects: bool = False
    most_retries: int = ENDLESS
    most_age_s: int = ENDLESS
    on_failure_arn: str | None = None
    reports_failures: bool = False
    filters: tuple[str, ...] = ()
    matches: Callable[[Record], bool] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RecordBatch:
    """Records that a function gets together.

    Parameters
    ----------
    records
        The records, in order.
    attempts
        How often the function has failed with them.
    """

    records: Sequence[Record]
    attempts: int = 0

    def halves(self) -> tuple["RecordBatch", "RecordBatch"]:
        """Return both halves, which have as many retries left.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
        """
        middle = len(self.records) // 2
        return (
            RecordBatch(self.records[:middle], self.attempts),
            RecordBatch(self.records[middle:], self.attempts),
        )


def sequence_number(record: Record) -> int:
    """Return the place of a record in its stream."""
    return int(record["dynamodb"]["SequenceNumber"])


def created_s(record: Record) -> float:
    """Return when a record was written, in epoch seconds."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def stream_event(records: Sequence[Record], stream_arn: str) -> bytes:
    """Return the event of a batch.

    Examples
    --------
    >>> json.loads(stream_event([{"eventName": "INSERT"}], "arn"))
    {'Records': [{'eventName': 'INSERT', 'eventSourceARN': 'arn'}]}
    """
    content = [{**record, "eventSourceARN": stream_arn} for record in records]
    return json.dumps({"Records": content}).encode()


def fitting(records: Sequence[Record], most_bytes: int = MAX_INVOKE_BYTES) -> int:
    """Return how many of the first records are not too large for one event; at least one.

    Examples
    --------
    >>> fitting([{"a": "x" * 50}] * 3, most_bytes=300)
    2
    """
    size = _EVENT_MARGIN
    for number, record in enumerate(records):
        size += len(json.dumps(record)) + _EVENT_MARGIN // 4
        if number and size > most_bytes:
            return number
    return len(records)


def first_failure(records: Sequence[Record], payload: bytes) -> int | None:
    """Return the index of the first record that failed, as a function reported; None for none.

    A report that cannot be read, or that names an unknown record, is about the whole batch.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html

    Examples
    --------
    >>> records = [{"dynamodb": {"SequenceNumber": number}} for number in ("7", "8", "9")]
    >>> first_failure(records, b'{"batchItemFailures": [{"itemIdentifier": "8"}]}')
    1
    >>> first_failure(records, b'{"batchItemFailures": [{"itemIdentifier": ""}]}')
    0
    >>> print(first_failure(records, b'{"batchItemFailures": []}'))
    None
    """
    try:
        report = json.loads(payload)
    except ValueError:
        return 0
    if report is None or report == {}:
        return None
    items: Any = report.get("batchItemFailures", 0) if isinstance(report, dict) else 0
    if items is None or items == []:
        return None
    numbers = [str(record["dynamodb"]["SequenceNumber"]) for record in records]
    try:
        return min(numbers.index(item["itemIdentifier"]) for item in items)
    except (ValueError, KeyError, TypeError):
        return 0
