"""Which traces can be replayed, what stands for their services, and why others are left out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tracing_lab.xray_model.documents import SUBSEGMENT
from tracing_lab.xray_model.inferred import EVENT_SERVICES
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE

from .recording import STAGE, RecordedSpan, RecordedTraces

EVENT_ORIGINS: Final = frozenset(f"AWS::{name}" for name in EVENT_SERVICES)

CIRCLE: Final = "traces whose parents form a circle"
PARTIAL: Final = "partial traces, in which something is in progress or a parent is missing"
NO_ENTRY: Final = "traces without a segment at which a request enters"
ANSWERED: Final = "traces with a request that an API answered without its function"
NOT_RUN: Final = "traces with an invocation that ran no function, as one that is throttled"
BARE: Final = "traces in which a function's segment hangs from nothing of Lambda's service"
NO_EVENTS: Final = "traces with calls through a service that passes on no traces"
API_TARGET: Final = "traces with an API as the target of an event"

Key = tuple[str, str, str]
"""What a stand-in stands for: ``lambda``, ``stage`` or ``plain``, name and origin."""

Rule = Callable[["Usable", list[RecordedSpan]], bool]


@dataclass
class Usable:
    """The traces of a recording that can be replayed.

    Parameters
    ----------
    recording
        All traces.
    traces
        Numbers of those that can.
    left_out
        How many cannot, by reason.
    functions
        Names of the Lambda functions with segments of both kinds.
    stages
        Names of the API stages that called Lambda functions only.
    """

    recording: RecordedTraces
    traces: list[int]
    left_out: Counter[str]
    functions: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()

    @classmethod
    def of(cls, recording: RecordedTraces) -> "Usable":
        """Return what can be replayed of a recording."""
        by_trace: defaultdict[int, list[RecordedSpan]] = defaultdict(list)
        for span in recording.spans:
            by_trace[span.trace].append(span)
        usable = cls(recording, sorted(by_trace), Counter())
        for reason, rule in _SHAPE.items():
            usable._leave_out(reason, rule, by_trace)
        rows = [span for trace in usable.traces for span in by_trace[trace]]
        usable.functions = frozenset(
            span.service for span in rows if recording.functions_of(span.row)
        )
        usable.stages = frozenset(usable._stages(rows))
        for reason, rule in _SERVICES.items():
            usable._leave_out(reason, rule, by_trace)
        return usable

    def key(self, span: RecordedSpan) -> Key:
        """Return what a segment is replayed as."""
        if span.origin == STAGE and span.service in self.stages:
            return ("stage", span.service, STAGE)
        if span.origin in {SERVICE, FUNCTION} and span.service in self.functions:
            return ("lambda", span.service, SERVICE)
        return ("plain", span.service, span.origin)

    def _leave_out(self, reason: str, rule: Rule, by_trace: dict[int, list[RecordedSpan]]) -> None:
        out = {trace for trace in self.traces if rule(self, by_trace[trace])}
        if out:
            self.left_out[reason] += len(out)
            self.traces = [trace for trace in self.traces if trace not in out]

    def _stages(self, rows: Iterable[RecordedSpan]) -> set[str]:
        """Return the stages whose requests called one function each, or nothing."""
        called: defaultdict[str, list[list[int]]] = defaultdict(list)
        for span in rows:
            if span.origin == STAGE and not span.is_inferred:
                called[span.service].append(self.recording.called_by(span.row))
        return {
            name
            for name, calls in called.items()
            if any(calls) and all(self._is_one_function(requests) for requests in calls if requests)
        }

    def _is_one_function(self, requests: list[int]) -> bool:
        spans = [self.recording.spans[row] for row in requests]
        return len(spans) == 1 and (
            spans[0].origin == SERVICE
            and spans[0].service in self.functions
            and not spans[0].is_inferred
            and not self.recording.is_event(spans[0].row)
        )


def _is_circle(usable: Usable, trace: list[RecordedSpan]) -> bool:
    return any(span.row in usable.recording.unreached for span in trace)


def _is_partial(usable: Usable, trace: list[RecordedSpan]) -> bool:
    entries = usable.recording.entry_rows
    lost = (span.row not in entries for span in trace if span.parent < 0 and _is_lost(span))
    return any(span.is_open and not span.is_inferred for span in trace) or any(lost)


def _is_lost(span: RecordedSpan) -> bool:
    return span.kind == SUBSEGMENT or span.is_request


def _is_without_entry(usable: Usable, trace: list[RecordedSpan]) -> bool:
    entries = usable.recording.entry_rows
    return not any(span.row in entries and not span.is_inferred for span in trace)


def _answers_itself(usable: Usable, trace: list[RecordedSpan]) -> bool:
    return any(
        usable.key(span)[0] == "stage" and not usable.recording.called_by(span.row)
        for span in trace
        if not span.is_inferred
    )


def _runs_nothing(usable: Usable, trace: list[RecordedSpan]) -> bool:
    recording = usable.recording
    services = (
        span
        for span in trace
        if span.kind != SUBSEGMENT and not span.is_inferred and span.origin == SERVICE
    )
    return any(
        span.service in usable.functions
        and len(recording.functions_of(span.row)) != max(1, len(recording.called_by(span.row)))
        for span in services
    )


def _is_bare(usable: Usable, trace: list[RecordedSpan]) -> bool:
    spans = usable.recording.spans
    return any(
        span.service in usable.functions
        and (span.parent < 0 or spans[spans[span.parent].owner].origin != SERVICE)
        for span in trace
        if span.origin == FUNCTION and span.kind != SUBSEGMENT
    )


def _goes_through_others(usable: Usable, trace: list[RecordedSpan]) -> bool:
    return any(
        span.is_inferred
        and span.row in usable.recording.requests_below
        and span.origin not in EVENT_ORIGINS
        for span in trace
    )


def _has_api_as_target(usable: Usable, trace: list[RecordedSpan]) -> bool:
    spans = usable.recording.spans
    return any(
        span.parent >= 0 and spans[span.parent].is_inferred and usable.key(span)[0] == "stage"
        for span in trace
        if not span.is_inferred
    )


_SHAPE: Final[dict[str, Rule]] = {
    CIRCLE: _is_circle,
    NO_ENTRY: _is_without_entry,
    PARTIAL: _is_partial,
}
_SERVICES: Final[dict[str, Rule]] = {
    ANSWERED: _answers_itself,
    NOT_RUN: _runs_nothing,
    BARE: _is_bare,
    NO_EVENTS: _goes_through_others,
    API_TARGET: _has_api_as_target,
}
"""Why traces are left out, by what is looked at: first the shape alone, then the services."""
