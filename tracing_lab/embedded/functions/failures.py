"""What is left of an asynchronous event at its end: records and dead letters. Pure.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tracing_lab.embedded.model import Document, FunctionSpec, InvokeResult
from tracing_lab.embedded.protocol.trace_header import TraceHeader

from .runtime.outcome import iso_ms

SUCCESS = "Success"
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"


@dataclass(frozen=True)
class EndedEvent:
    """An event that Lambda is done with: it was processed, or given up.

    Parameters
    ----------
    function
        Names its destinations and dead-letter queue.
    request_id
        Lambda's id of the event.
    payload
        The event.
    condition
        ``Success``, ``RetriesExhausted`` or ``EventAgeExceeded``.
    attempts
        How often the function was run.
    result
        Of the last attempt; None when the function never ran.
    trace_header
        To be handed on to the destination.
    ended_ns
        When that was, in epoch nanoseconds.
    """

    function: FunctionSpec
    request_id: str
    payload: bytes
    condition: str
    attempts: int
    result: InvokeResult | None
    trace_header: TraceHeader
    ended_ns: int


OnEnd = Callable[[EndedEvent], Awaitable[None]]
"""Send an event that has ended to where the function's settings say."""


def destination_record(event: EndedEvent) -> Document:
    """Build the invocation record that a destination gets.

    Parameters
    ----------
    event
        The event.
    """
    record: Document = {
        "version": "1.0",
        "timestamp": iso_ms(event.ended_ns),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": event.function.qualified_arn,
            "condition": event.condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": _json_or_text(event.payload),
    }
    if event.result is not None:
        record["responseContext"] = {
            "statusCode": event.result.status_code,
            "executedVersion": event.function.version,
        }
        if event.result.function_error is not None:
            record["responseContext"]["functionError"] = event.result.function_error
        record["responsePayload"] = _json_or_text(event.result.payload)
    return record


def dead_letter_attributes(event: EndedEvent) -> dict[str, str]:
    """Give the message attributes that a dead-letter queue gets beside the event itself.

    Parameters
    ----------
    event
        The failed event.
    """
    error = _json_or_text(event.result.payload) if event.result else None
    message = error.get("errorMessage", "") if isinstance(error, dict) else ""
    return {
        "RequestID": event.request_id,
        "ErrorCode": str(event.result.status_code if event.result else 429),
        "ErrorMessage": str(message)[:1024],
    }


def _json_or_text(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode(errors="replace")
