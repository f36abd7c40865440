"""Writes down one run of a function: platform log lines and the function segment."""

import base64
import contextlib
import json
from dataclasses import dataclass

from tracing_lab.embedded.model import EmitSegment, FunctionSpec

from .environments.environment import Environment
from .platform_messages import Report
from .runtime.exchange import Work
from .runtime.outcome import Ending, Outcome
from .segments import (
    FunctionRun,
    Phase,
    function_segment,
    function_started,
    with_invocation,
)
from .settings import SegmentLayout
from .tracing import AttemptTrace, RequestTrace, attempt_trace


@dataclass(frozen=True)
class Request:
    """One invocation on its way to an environment.

    Parameters
    ----------
    function
        What shall run.
    request_id
        Lambda's id of it, the same for all attempts.
    payload
        The event.
    trace
        The trace decision.
    arrival_ns
        When it arrived.
    client_context
        As the caller sent it: base64 or JSON.
    """

    function: FunctionSpec
    request_id: str
    payload: bytes
    trace: RequestTrace
    arrival_ns: int
    client_context: str | None = None


class Recording:
    """The record of one attempt of a request in one environment.

    Parameters
    ----------
    request
        What runs.
    environment
        Where.
    emit
        Takes segment documents.
    prepare
        Takes those that count if this process ends before the next of the same id is emitted.
    layout
        Shape of the function segment.
    """

    def __init__(
        self,
        request: Request,
        environment: Environment,
        *,
        emit: EmitSegment,
        prepare: EmitSegment,
        layout: SegmentLayout,
    ) -> None:
        self._request = request
        self._environment = environment
        self._emit = emit
        self._prepare = prepare
        self._layout = layout
        self._trace: AttemptTrace = attempt_trace(request.trace, layout=layout)
        self._outcome: Outcome | None = None
        self._settled = False
        self._next_ns: int | None = None
        self.init: Phase | None = environment.take_init(request.arrival_ns)

    def work(self) -> Work:
        """Give what the runtime client needs to know."""
        request = self._request
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request.request_id,
            "Lambda-Runtime-Invoked-Function-Arn": request.function.invoked_arn,
            "Lambda-Runtime-Trace-Id": self._trace.handler_header.format(),
        }
        if request.client_context:
            headers["Lambda-Runtime-Client-Context"] = client_context_json(request.client_context)
        return Work(
            request.request_id,
            request.payload or b"{}",
            headers,
            timeout_s=request.function.timeout_s,
            started=self.start,
            settled=self._settle,
        )

    def start(self, start_ns: int) -> None:
        """Note that the runtime has the event."""
        function = self._request.function
        log = self._environment.log
        log.begin()
        traced = self._trace if self._request.trace.recorded else None
        messages = self._environment.messages
        log.append(messages.started(function, self._request.request_id, traced))
        if traced is not None:
            started = function_started(function, self._trace, start_ns=start_ns)
            self._emit(started)
            self._prepare(with_invocation(started, self._trace))

    def finish(self, outcome: Outcome) -> bytes:
        """Note how the run ended; returns the tail of its log.

        The caller is answered before the runtime asks for more work, which ends the segment: what
        is known of it now is what counts if this process ends in between.
        """
        self._outcome = outcome
        request = self._request
        log = self._environment.log
        report = Report(
            request.request_id,
            outcome,
            memory_mb=request.function.memory_mb,
            used_mb=self._environment.memory_mb(),
            init_ms=None if self.init is None else (self.init.end_ns - self.init.start_ns) / 1e6,
            trace=self._trace if request.trace.recorded else None,
        )
        log.append(self._environment.messages.ended(report))
        log.flush()
        final = self._settled or outcome.ending is Ending.INIT_ERROR
        self._send_segment(self._emit if final else self._prepare)
        return log.tail()

    def _settle(self, next_ns: int | None) -> None:
        self._settled, self._next_ns = True, next_ns
        if self._outcome is not None:
            self._send_segment(self._emit)

    def _send_segment(self, send: EmitSegment) -> None:
        outcome = self._outcome
        if outcome is None or not self._request.trace.recorded:
            return
        ran = outcome.ending is not Ending.INIT_ERROR
        run = FunctionRun(
            outcome.started_ns,
            Phase(outcome.started_ns, outcome.ended_ns) if ran else None,
            init=self.init,
            overhead_end_ns=self._next_ns,
            failed=outcome.failed,
            cause=outcome.cause,
        )
        send(function_segment(self._request.function, self._trace, run, layout=self._layout))


def client_context_json(text: str) -> str:
    """Give a client context as JSON: Invoke's header carries it in base64.

    Examples
    --------
    >>> client_context_json("eyJjdXN0b20iOiB7fX0=")
    '{"custom": {}}'
    """
    with contextlib.suppress(ValueError):  # not base64, so it is JSON already
        text = base64.b64decode(text, validate=True).decode()
    try:
        return json.dumps(json.loads(text))
    except ValueError:
        return " ".join(text.split())  # the runtime tells the handler that it is no JSON
