"""Events for functions made of messages, filters, and reports of partial failures."""

import json
from typing import Any

import pytest

from tracing_lab.embedded.eventbridge.patterns.pattern import compile_pattern
from tracing_lab.embedded.queues.mappings import filtered, queue_event, succeeded

ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
MESSAGE: dict[str, Any] = {
    "MessageId": "m-1",
    "ReceiptHandle": "r-1",
    "Body": '{"total": 5}',
    "MD5OfBody": "e4",
    "Attributes": {"ApproximateReceiveCount": "1", "AWSTraceHeader": "Root=1"},
    "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "a"}},
    "MD5OfMessageAttributes": "00",
}


def test_a_record_has_lambdas_form() -> None:
    # the example of https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    (record,) = json.loads(queue_event([MESSAGE], ARN))["Records"]
    assert record == {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": '{"total": 5}',
        "attributes": {"ApproximateReceiveCount": "1", "AWSTraceHeader": "Root=1"},
        "messageAttributes": {
            "kind": {
                "dataType": "String",
                "stringValue": "a",
                "stringListValues": [],
                "binaryListValues": [],
            }
        },
        "md5OfMessageAttributes": "00",
        "md5OfBody": "e4",
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": "us-east-1",
    }


@pytest.mark.parametrize(
    "body, passes", [('{"total": 5}', True), ('{"total": 3}', False), ("plain", False)]
)
def test_filters_look_into_bodies(body: str, *, passes: bool) -> None:
    matcher = compile_pattern({"body": {"total": [{"numeric": [">", 4]}]}})
    wanted, others = filtered([{**MESSAGE, "Body": body}], matcher.matches)
    assert (len(wanted), len(others)) == ((1, 0) if passes else (0, 1))


@pytest.mark.parametrize(
    "payload, done",
    [
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', ["a", "c"]),
        # complete successes, by the developer guide ("Reporting batch item failures")
        (b'{"batchItemFailures": []}', ["a", "b", "c"]),
        (b'{"batchItemFailures": null}', ["a", "b", "c"]),
        (b"{}", ["a", "b", "c"]),
        (b"null", ["a", "b", "c"]),
        # complete failures, as above
        (b"", []),
        (b"no json", []),
        (b'"text"', []),
        (b'{"batchItemFailures": "b"}', []),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', []),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', []),
        (b'{"batchItemFailures": [{"wrong": "b"}]}', []),
        (b'{"batchItemFailures": ["b"]}', []),
        (b'{"batchItemFailures": [{"itemIdentifier": "unknown"}]}', []),
    ],
)
def test_a_report_names_what_failed(payload: bytes, done: list[str]) -> None:
    batch = [{"MessageId": name} for name in "abc"]
    found = succeeded(batch, payload, reports_failures=True)
    assert [one["MessageId"] for one in found] == done
    assert succeeded(batch, payload, reports_failures=False) == batch
