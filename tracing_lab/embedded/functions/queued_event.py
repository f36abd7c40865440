"""An event in Lambda's queue, and its form in the file that outlives the server."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tracing_lab.embedded.model import Document, FunctionSpec
from tracing_lab.embedded.protocol.trace_header import TraceHeader

from .executor import Finished
from .recording import Request
from .segments import Attempt, Phase
from .tracing import RequestTrace

ResolveFunction = Callable[[str, str | None], FunctionSpec]
"""Give a function, by name and qualifier, as it stands now; KeyError when it was deleted."""

_ANY_BYTES = "latin-1"  # maps each byte to one character, whatever the payload is


@dataclass
class QueuedEvent:
    """An event that was accepted and is not done yet.

    Parameters
    ----------
    request
        The event.
    accepted_ns
        When its caller was answered, in epoch nanoseconds.
    ticket
        Of the file's item.
    due_ns
        When it is to be tried again, in epoch nanoseconds; 0 for at once.
    attempts
        The tries that have ended.
    throttles
        How often there was no place for it.
    last
        The last try of this server.
    """

    request: Request
    accepted_ns: int
    ticket: int = 0
    due_ns: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    throttles: int = 0
    last: Finished | None = None

    @property
    def age_s(self) -> float:
        """Seconds since it arrived."""
        return (time.time_ns() - self.request.arrival_ns) / 1e9

    def to_record(self) -> Document:
        """Give it as JSON-able data."""
        request = self.request
        return {
            "function": request.function.name,
            "qualifier": request.function.qualifier,
            "request_id": request.request_id,
            "payload": request.payload.decode(_ANY_BYTES),
            "trace": _trace_record(request.trace),
            "arrival_ns": request.arrival_ns,
            "client_context": request.client_context,
            "accepted_ns": self.accepted_ns,
            "due_ns": self.due_ns,
            "attempts": [_attempt_record(one) for one in self.attempts],
        }


def event_from_record(record: Document, ticket: int, resolve: ResolveFunction) -> QueuedEvent:
    """Read an event that an earlier server had accepted.

    Parameters
    ----------
    record
        As `QueuedEvent.to_record` gave it.
    ticket
        Of the file's item.
    resolve
        Gives its function as it stands now.

    Raises
    ------
    KeyError
        The function was deleted.
    """
    request = Request(
        resolve(record["function"], record["qualifier"]),
        request_id=record["request_id"],
        payload=record["payload"].encode(_ANY_BYTES),
        trace=_trace_from_record(record["trace"]),
        arrival_ns=record["arrival_ns"],
        client_context=record["client_context"],
    )
    attempts = [
        Attempt(Phase(start_ns, end_ns), failed=failed, id=attempt_id)
        for start_ns, end_ns, failed, attempt_id in record["attempts"]
    ]
    return QueuedEvent(
        request,
        record["accepted_ns"],
        ticket=ticket,
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
        message = f"{record['header']!r} is no trace header"
        raise ValueError(message)
    return RequestTrace(
        header,
        active=record["active"],
        service_id=record["service_id"],
        dwell_id=record["dwell_id"],
    )


def _attempt_record(attempt: Attempt) -> list[int | bool | str]:
    return [attempt.phase.start_ns, attempt.phase.end_ns, attempt.failed, attempt.id]
