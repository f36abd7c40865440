"""Events in Lambda's queue, and their records in its file."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tracing_lab.embedded.model import Document, FunctionSpec, Invocation, InvokeResult
from tracing_lab.xray_model.trace_header import TraceHeader

from .accepted import AcceptedInvocation
from .segments import Attempt, Phase
from .tracing import RequestTrace

ResolveFunction = Callable[[str, str | None], FunctionSpec]
"""Returns the current function by name and qualifier; KeyError if it was deleted."""

_ANY_BYTES = "latin-1"  # maps each byte to one character, whatever the payload is


@dataclass
class QueuedEvent:
    """An accepted, pending event.

    Parameters
    ----------
    request
        The event.
    accepted_ns
        When it was accepted, in epoch nanoseconds.
    item_id
        Of the file's item.
    due_ns
        When to run it next, in epoch nanoseconds; 0 for immediately.
    attempts
        The finished attempts.
    throttles
        How often it was throttled.
    last
        The result of this server's last attempt.
    """

    request: AcceptedInvocation
    accepted_ns: int
    item_id: int = 0
    due_ns: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    throttles: int = 0
    last: InvokeResult | None = None

    @property
    def age_s(self) -> float:
        """Seconds since it arrived."""
        return (time.time_ns() - self.request.arrival_ns) / 1e9

    def to_record(self) -> Document:
        """Return it as JSON-able data."""
        request = self.request
        return {
            "function": request.function.name,
            "qualifier": request.function.qualifier,
            "request_id": request.request_id,
            "payload": request.payload.decode(_ANY_BYTES),
            "trace": _trace_record(request.trace),
            "arrival_ns": request.arrival_ns,
            "client_context": request.invocation.client_context,
            "accepted_ns": self.accepted_ns,
            "due_ns": self.due_ns,
            "attempts": [_attempt_record(attempt) for attempt in self.attempts],
        }


def event_from_record(record: Document, item_id: int, resolve: ResolveFunction) -> QueuedEvent:
    """Return the event of a record.

    Parameters
    ----------
    record
        A result of `QueuedEvent.to_record`.
    item_id
        Of the file's item.
    resolve
        Returns its current function.

    Raises
    ------
    KeyError
        The function was deleted.
    """
    trace = _trace_from_record(record["trace"])
    invocation = Invocation(
        resolve(record["function"], record["qualifier"]),
        record["payload"].encode(_ANY_BYTES),
        trace.upstream,
        record["client_context"],
    )
    request = AcceptedInvocation(invocation, record["request_id"], trace, record["arrival_ns"])
    attempts = [
        Attempt(Phase(start_ns, end_ns), failed=failed, id=attempt_id)
        for start_ns, end_ns, failed, attempt_id in record["attempts"]
    ]
    return QueuedEvent(
        request,
        record["accepted_ns"],
        item_id=item_id,
        due_ns=record["due_ns"],
        attempts=attempts,
    )


def _trace_record(trace: RequestTrace) -> Document:
    return {
        "header": trace.upstream.format(),
        "active": trace.active,
        "service_id": trace.service_id,
        "dwell_id": trace.dwell_id,
    }


def _trace_from_record(record: Document) -> RequestTrace:
    header = TraceHeader.parse(record["header"])
    if header is None:
        message = f"{record['header']!r} is not a trace header"
        raise ValueError(message)
    return RequestTrace(
        header,
        active=record["active"],
        service_id=record["service_id"],
        dwell_id=record["dwell_id"],
    )


def _attempt_record(attempt: Attempt) -> list[int | bool | str]:
    return [attempt.phase.start_ns, attempt.phase.end_ns, attempt.failed, attempt.id]
