"""The Lambda data plane: environments (real processes), invocation, segments and log lines."""

from .environments.variables import Grant
from .failures import (
    EVENT_AGE_EXCEEDED,
    RETRIES_EXHAUSTED,
    EndedEvent,
    OnEnd,
    dead_letter_attributes,
    destination_record,
)
from .invoke import Functions, RequestTooLargeError
from .settings import FunctionSettings, RuntimeClient, SegmentLayout

__all__ = [
    "EVENT_AGE_EXCEEDED",
    "RETRIES_EXHAUSTED",
    "EndedEvent",
    "FunctionSettings",
    "Functions",
    "Grant",
    "OnEnd",
    "RequestTooLargeError",
    "RuntimeClient",
    "SegmentLayout",
    "dead_letter_attributes",
    "destination_record",
]
