"""Records one run of a function: platform log lines and the function segment."""

from tracing_lab.embedded.model import EmitSegment, InvokeResult

from .accepted import AcceptedInvocation
from .environments.environment import Environment
from .platform_log import RunReport
from .runtime.outcome import Ending, RunOutcome
from .runtime.session import Run
from .segments import (
    FunctionRun,
    Phase,
    function_segment,
    function_started,
    with_invocation,
)
from .settings import SegmentLayout
from .tracing import AttemptTrace, attempt_trace


class Recording:
    """Records one attempt of a request in an environment.

    Parameters
    ----------
    request
        The request.
    environment
        The environment.
    emit
        Sends segment documents.
    prepare
        Stores documents that count only if this process ends before the next one of that id.
    layout
        Shape of the function segment.
    """

    def __init__(
        self,
        request: AcceptedInvocation,
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
        self._outcome: RunOutcome | None = None
        self._settled = False
        self._next_ns: int | None = None
        self.init: Phase | None = environment.pop_init(request.arrival_ns)

    def run(self) -> Run:
        """Return the run for the environment."""
        return Run(self._request, self._trace, started=self.start, settled=self._settle)

    def start(self, start_ns: int) -> None:
        """Record that the runtime has received the event."""
        function = self._request.function
        log = self._environment.log
        log.start_tail()
        traced = self._trace if self._request.trace.recorded else None
        messages = self._environment.messages
        log.append(messages.started(function, self._request.request_id, traced))
        if traced is not None:
            started = function_started(function, self._trace, start_ns=start_ns)
            self._emit(started)
            self._prepare(with_invocation(started, self._trace))

    def finish(self, outcome: RunOutcome) -> InvokeResult:
        """Record the outcome of the run, and return its result.

        The caller gets the response before the runtime polls again, which ends the segment: the
        segment so far counts if this process ends in between.
        """
        self._outcome = outcome
        request = self._request
        log = self._environment.log
        report = RunReport(
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
        begun_ns = outcome.started_ns if self.init is None else self._environment.began_ns
        return InvokeResult(
            request.request_id,
            outcome.payload,
            function_error="Unhandled" if outcome.failed else None,
            log_tail=log.tail(),
            begun_ns=max(begun_ns, request.arrival_ns),
            duration_ms=outcome.duration_ms,
        )

    def _settle(self, next_ns: int | None) -> None:
        self._settled, self._next_ns = True, next_ns
        if self._outcome is not None:
            self._send_segment(self._emit)

    def _send_segment(self, send: EmitSegment) -> None:
        outcome = self._outcome
        if outcome is None or not self._request.trace.recorded:
            return
        run = FunctionRun(outcome, self.init, self._next_ns)
        send(function_segment(self._request.function, self._trace, run, layout=self._layout))
