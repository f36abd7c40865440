"""The record of a batch that was given up, for the destination of its mapping.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tracing_lab.embedded.model import InvokeResult

from .mappings import RecordBatch, StreamMapping, created_s

EXHAUSTED = "RetryAttemptsExhausted"
TOO_OLD = "RecordAgeExceeded"


@dataclass(frozen=True)
class GivenUp:
    """A batch that was given up.

    Parameters
    ----------
    mapping
        Its mapping.
    batch
        Its records.
    condition
        Why.
    result
        How the last run ended; None if there was none.
    shard_id
        The shard of the records.
    """

    mapping: StreamMapping
    batch: RecordBatch
    condition: str
    result: InvokeResult | None
    shard_id: str


def failure_record(given_up: GivenUp, *, now_s: float) -> str:
    """Return the record for a destination, as JSON."""
    mapping, batch = given_up.mapping, given_up.batch
    first, last = batch.records[0], batch.records[-1]
    context: dict[str, Any] = {
        "requestId": given_up.result.request_id if given_up.result else "",
        "functionArn": mapping.function_arn,
        "condition": given_up.condition,
        "approximateInvokeCount": batch.attempts,
    }
    return json.dumps(
        {
            "requestContext": context,
            **_response(given_up),
            "version": "1.0",
            "timestamp": _time(now_s, "milliseconds"),
            "DDBStreamBatchInfo": {
                "shardId": given_up.shard_id,
                "startSequenceNumber": first["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": last["dynamodb"]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": _time(created_s(first), "seconds"),
                "approximateArrivalOfLastRecord": _time(created_s(last), "seconds"),
                "batchSize": len(batch.records),
                "streamArn": mapping.stream_arn,
            },
        }
    )


def _response(given_up: GivenUp) -> dict[str, Any]:
    if given_up.result is None:
        return {}
    version = given_up.mapping.function_arn.rpartition(":function:")[2].partition(":")[2]
    content = {"statusCode": 200, "executedVersion": version or "$LATEST"}
    error = given_up.result.function_error
    return {"responseContext": {**content, **({"functionError": error} if error else {})}}


def _time(seconds: float, precision: str) -> str:
    time = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{time.isoformat(timespec=precision)}Z"
