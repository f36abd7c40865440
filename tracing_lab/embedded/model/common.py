"""Shapes that all data planes pass on."""

from collections.abc import Awaitable, Callable
from typing import Any

from .functions import FunctionAttempt, Invocation, InvokeResult
from .messages import QueueMessage

MAX_INVOKE_BYTES = 6 * 1024**2
"""Longest payload of a synchronous invocation.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

MAX_UNZIPPED_BYTES = 250 * 1024**2
"""Largest size of a function's unzipped code and layers. Source: as above."""

Document = dict[str, Any]
"""A segment document as JSON-able data."""

ObserveFunction = Callable[[FunctionAttempt], None]
"""Records a run; returns at once."""

EmitSegment = Callable[[Document], None]
"""Sends a finished or in-progress segment document to X-Ray; returns at once."""

WriteLogs = Callable[[str, str, list[tuple[int, str]]], None]
"""Append ``(epoch milliseconds, message)`` events to a log group and stream; returns at once.

Group and stream are made when missing, as Lambda does for its own.
"""

SendMessage = Callable[[QueueMessage], Awaitable[None]]
"""Send a message to a queue or topic.

Raises KeyError when there is no such one, PermissionError when its policy forbids it, ValueError
when SQS or SNS rejects the message.
"""

InvokeFunction = Callable[[Invocation], Awaitable[InvokeResult]]
"""Run a function and wait for its response (``InvocationType=RequestResponse``)."""

AcceptEvent = Callable[[Invocation], Awaitable[str]]
"""Queue an event for a function (``InvocationType=Event``) and return the request id."""
