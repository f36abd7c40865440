"""Builds invocation records and dead letters of asynchronous events. Pure.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tracing_lab.embedded.model import Document, InvokeResult

from .accepted import AcceptedInvocation
from .runtime.outcome import iso_ms

SUCCESS = "Success"
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"

_OK, _TOO_MANY_REQUESTS = 200, 429


@dataclass(frozen=True)
class EndedEvent:
    """An event that was processed or given up.

    Parameters
    ----------
    request
        The event.
    condition
        ``Success``, ``RetriesExhausted`` or ``EventAgeExceeded``.
    attempts
        Number of runs of the function.
    result
        The result of the last attempt; None if the function never ran.
    ended_ns
        When it ended, in epoch nanoseconds.
    """

    request: AcceptedInvocation
    condition: str
    attempts: int
    result: InvokeResult | None
    ended_ns: int


OnEnd = Callable[[EndedEvent], Awaitable[None]]
"""Sends a finished event to its destinations."""


def destination_record(event: EndedEvent) -> Document:
    """Build the invocation record that a destination gets."""
    record: Document = {
        "version": "1.0",
        "timestamp": iso_ms(event.ended_ns),
        "requestContext": {
            "requestId": event.request.request_id,
            "functionArn": event.request.function.qualified_arn,
            "condition": event.condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": _json_or_text(event.request.payload),
    }
    if event.result is not None:
        record["responseContext"] = {
            "statusCode": _OK,
            "executedVersion": event.request.function.version,
        }
        if event.result.function_error is not None:
            record["responseContext"]["functionError"] = event.result.function_error
        record["responsePayload"] = _json_or_text(event.result.payload)
    return record


def dead_letter_attributes(event: EndedEvent) -> dict[str, str]:
    """Return the message attributes of a dead letter."""
    error = _json_or_text(event.result.payload) if event.result else None
    message = error.get("errorMessage", "") if isinstance(error, dict) else ""
    return {
        "RequestID": event.request.request_id,
        "ErrorCode": str(_OK if event.result else _TOO_MANY_REQUESTS),
        "ErrorMessage": str(message)[:1024],
    }


def _json_or_text(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode(errors="replace")
