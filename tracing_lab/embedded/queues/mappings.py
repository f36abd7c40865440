"""Event source mappings from queues to functions, and the events of their batches.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.model import MAX_INVOKE_BYTES
from tracing_lab.xray_model.trace_links import Producer, producer_of

MAX_EVENT_BYTES = MAX_INVOKE_BYTES - 100
"""Bytes of the messages of one event."""

_NO_QUEUE = "arn:aws:sqs:::"
_RECORD_MARGIN = 200  # bytes for the queue's name and region

Matches = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class QueueMapping:
    """An enabled event source mapping.

    Parameters
    ----------
    id
        Its UUID.
    queue_arn, queue_url
        The queue.
    function_arn
        The function, with version or alias if it has one.
    batch_size
        Messages of one event, at most.
    window_s
        How long messages are collected for one event, in seconds.
    reports_failures
        Whether the function's response names the messages that failed.
    max_concurrency
        Events at the same time, at most.
    visibility_s
        How long messages are hidden after a receive, in seconds.
    filters
        Patterns, of which a message has to match one; empty for all messages.
    matches
        Returns whether a message passes the filters; None without filters.
    """

    id: str
    queue_arn: str
    queue_url: str
    function_arn: str
    batch_size: int = 10
    window_s: float = 0.0
    reports_failures: bool = False
    max_concurrency: int = 5
    visibility_s: float = 30.0
    filters: tuple[str, ...] = ()
    matches: Matches | None = field(default=None, compare=False)

    @property
    def is_fifo(self) -> bool:
        """Whether messages of a group are processed in their order."""
        return self.queue_arn.endswith(".fifo")


def queue_event(messages: Iterable[Mapping[str, Any]], queue_arn: str) -> bytes:
    """Return the event of a batch of messages, as ReceiveMessage returned them.

    Examples
    --------
    >>> message = {"MessageId": "m", "ReceiptHandle": "r", "Body": "hi", "MD5OfBody": "5"}
    >>> event = json.loads(queue_event([message], "arn:aws:sqs:us-east-1:1:q"))
    >>> event["Records"][0]["body"], event["Records"][0]["awsRegion"]
    ('hi', 'us-east-1')
    """
    region = parse_arn(queue_arn).region
    records = [_record(message, queue_arn, region) for message in messages]
    return json.dumps({"Records": records}).encode()


def size_of(message: Mapping[str, Any]) -> int:
    """Return the bytes that a message takes in an event."""
    return len(json.dumps(_record(message, _NO_QUEUE, ""))) + _RECORD_MARGIN


def event_batches(
    messages: Sequence[Mapping[str, Any]], most_bytes: int = MAX_EVENT_BYTES
) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield messages in batches whose events are not too large.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html

    Examples
    --------
    >>> message = {"MessageId": "m", "ReceiptHandle": "r", "Body": "hi", "MD5OfBody": "5"}
    >>> [len(batch) for batch in event_batches([message] * 3, most_bytes=2 * size_of(message))]
    [2, 1]
    """
    batch: list[Mapping[str, Any]] = []
    size = 0
    for message in messages:
        more = size_of(message)
        if batch and size + more > most_bytes:
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += more
    if batch:
        yield batch


def producers_of(messages: Iterable[Mapping[str, Any]]) -> tuple[Producer, ...]:
    """Return what has sent messages, of those that carry a trace header."""
    attributes = [message.get("Attributes") or {} for message in messages]
    producers = [
        producer_of(named.get("AWSTraceHeader"), named.get("SentTimestamp")) for named in attributes
    ]
    return tuple(producer for producer in producers if producer is not None)


def filtered(
    messages: Iterable[Mapping[str, Any]], matches: Matches | None
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Split messages into those that pass the filters, and others, which Lambda deletes.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
    """
    wanted: list[Mapping[str, Any]] = []
    others: list[Mapping[str, Any]] = []
    for message in messages:
        passes = matches is None or matches(_filterable(message))
        (wanted if passes else others).append(message)
    return wanted, others


def succeeded(
    messages: Sequence[Mapping[str, Any]], payload: bytes, *, reports_failures: bool
) -> list[Mapping[str, Any]]:
    """Return the messages of a batch that the function has processed.

    A report that cannot be read, or that names an unknown message, fails the whole batch.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

    Examples
    --------
    >>> batch = [{"MessageId": "a"}, {"MessageId": "b"}]
    >>> succeeded(batch, b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', reports_failures=True)
    [{'MessageId': 'a'}]
    """
    if not reports_failures:
        return list(messages)
    failed = _failed_ids(payload)
    known = {message["MessageId"] for message in messages}
    if failed is None or not failed <= known:
        return []
    return [message for message in messages if message["MessageId"] not in failed]


def _failed_ids(payload: bytes) -> set[str] | None:
    """Return the ids in a report; None for an invalid one."""
    try:
        report = json.loads(payload)
    except ValueError:
        return None
    if report is None:
        return set()
    items = (report.get("batchItemFailures") or []) if isinstance(report, dict) else None
    if not isinstance(items, list):
        return None
    ids = {
        str(item.get("itemIdentifier") or "") if isinstance(item, dict) else "" for item in items
    }
    return None if "" in ids else ids


def _record(message: Mapping[str, Any], queue_arn: str, region: str) -> dict[str, Any]:
    attributes = message.get("MessageAttributes") or {}
    summed = message.get("MD5OfMessageAttributes")
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes") or {},
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        **({"md5OfMessageAttributes": summed} if summed else {}),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    values = {f"{name[0].lower()}{name[1:]}": value for name, value in attribute.items()}
    return {**values, "stringListValues": [], "binaryListValues": []}


def _filterable(message: Mapping[str, Any]) -> dict[str, Any]:
    record = _record(message, _NO_QUEUE, "")
    try:
        body = json.loads(record["body"])
    except ValueError:
        return record
    return {**record, "body": body}
