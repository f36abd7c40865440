"""Make the runs of stand-ins from the segments of a recording."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from tracing_lab.xray_model.documents import REMOTE
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE
from tracing_lab.xray_model.outcomes import OK

from .model import (
    HTTP,
    INVOKE,
    PUBLISH,
    SEND,
    CallStep,
    RecordedCall,
    RecordedRun,
    ReplayTarget,
)
from .naming import Naming, invocation_of, subsegment_of
from .recording import STAGE, RecordedSpan, Targets
from .usable import Key, Usable

_BUS = "AWS::Events"


class RunMaker:
    """Makes runs of segments, callees before their callers.

    Parameters
    ----------
    usable
        The traces that can be replayed.
    naming
        The names.
    """

    def __init__(self, usable: Usable, naming: Naming) -> None:
        self._usable, self._recording, self._naming = usable, usable.recording, naming
        self.keys: dict[Key, None] = {}
        self.runs: dict[Key, list[RecordedRun]] = {}
        self.targets: Targets = {}

    def name_all(self, segments: Iterable[RecordedSpan]) -> None:
        """Name what segments stand for, in the order in which it appears."""
        for span in segments:
            key = self._usable.key(span)
            if key not in self.keys:
                self.keys[key] = None
                self.slug(key)
                if key[0] != "stage":
                    self.runs[key] = []

    def slug(self, key: Key) -> str:
        """Return the name of a stand-in or an API."""
        return self._naming.slug(_group(key), key, key[1])

    def shown_node(self, span: RecordedSpan) -> tuple[str, str]:
        """Return name and type of the model's node for a request."""
        if span.is_inferred:
            return self._naming.inferred(*span.node)
        key = self._usable.key(span)
        if key[0] == "plain":
            return self._naming.shown("service", span.service), span.origin
        return self.slug(key), span.origin

    def make_all(self, segments: Iterable[RecordedSpan]) -> None:
        """Make the runs of all segments."""
        for span in _deepest_first([*segments], self._usable):
            kind = self._usable.key(span)[0]
            if kind == "stage":
                target = self.targets[self._recording.called_by(span.row)[0]]
                api = self.slug(self._usable.key(span))
                self.targets[span.row] = replace(target, how=HTTP, api=api)
            elif kind == "lambda" and span.origin == SERVICE:
                self.targets[span.row] = self._attempts(span)
            else:
                self.targets[span.row] = self._made(span)

    def _attempts(self, service: RecordedSpan) -> ReplayTarget:
        """Return what plays an invocation; its further attempts follow on its first."""
        targets = [self.targets[row] for row in self._recording.functions_of(service.row)]
        runs = self.runs[self._usable.key(service)]
        for target, following in pairwise(targets):
            runs[target.run] = replace(runs[target.run], next_run=following.run)
        return targets[0]

    def _made(self, span: RecordedSpan) -> ReplayTarget:
        key = self._usable.key(span)
        self.runs[key].append(self._run(span))
        return ReplayTarget(INVOKE, self.slug(key), len(self.runs[key]) - 1)

    def _run(self, segment: RecordedSpan) -> RecordedRun:
        inside = self._recording.run_span(segment.row)
        steps, reached_s = list[CallStep](), inside.start_s
        for group in _overlapping(self._timed_calls(segment)):
            start_s = group[0][0]
            end_s = max(start + call.takes_s for start, call in group)
            calls = tuple(replace(call, lag_s=_rounded(start - start_s)) for start, call in group)
            steps.append(CallStep(_rounded(start_s - reached_s), calls))
            reached_s = end_s
        return RecordedRun(
            steps=tuple(steps),
            tail_s=_rounded(inside.end_s - reached_s),
            status=self._http_status(segment),
            outcome=segment.status,
        )

    def _http_status(self, segment: RecordedSpan) -> int | None:
        """Return the status of an answer by HTTP: that of the stage in front of a function."""
        if segment.origin != FUNCTION or self._usable.key(segment)[0] != "lambda":
            return segment.http_status
        spans = self._recording.spans
        service = spans[spans[segment.parent].owner]
        above = spans[spans[service.parent].owner] if service.parent >= 0 else None
        in_front = above is not None and above.origin == STAGE
        return above.http_status if above is not None and in_front else None

    def _timed_calls(self, segment: RecordedSpan) -> list[tuple[float, RecordedCall]]:
        """Return a segment's calls with their starts, by start."""
        calls = self._recording.calls_of.get(segment.row, {})
        made = [
            timed
            for caller, requests in calls.items()
            for timed in self._calls(segment, self._recording.spans[caller], requests)
        ]
        return sorted(made, key=lambda timed: timed[0])

    def _calls(
        self, segment: RecordedSpan, caller: RecordedSpan, requests: list[int]
    ) -> list[tuple[float, RecordedCall]]:
        """Return the calls that a span made; without a subsegment, each is one of its own."""
        spans = [self._recording.spans[row] for row in requests]
        if caller.row != segment.row:
            return [(caller.start_s, self._call(caller, spans, is_recorded=True))]
        return [(span.start_s, self._call(span, [span], is_recorded=False)) for span in spans]

    def _call(
        self, measured: RecordedSpan, requests: list[RecordedSpan], *, is_recorded: bool
    ) -> RecordedCall:
        inferred = next((span for span in requests if span.is_inferred), None)
        node = None if inferred is None else self._naming.inferred(*inferred.node)
        subsegment = subsegment_of(*node) if node else self._subsegment(requests[0])
        return RecordedCall(
            lag_s=0.0,
            takes_s=_rounded(measured.end_s - measured.start_s),
            status=measured.status if is_recorded else OK,
            subsegment=subsegment if is_recorded else None,
            node=node,
            targets=tuple(self._targets(requests)),
        )

    def _subsegment(self, called: RecordedSpan) -> dict[str, object]:
        name, _ = self.shown_node(called)
        if self._usable.key(called)[0] == "lambda":
            return invocation_of(name)
        return {"name": name, "namespace": REMOTE}

    def _targets(self, requests: list[RecordedSpan]) -> list[ReplayTarget]:
        found = []
        for span in requests:
            if not span.is_inferred:
                how = SEND if self._recording.is_event(span.row) else self.targets[span.row].how
                found.append(replace(self.targets[span.row], how=how))
                continue
            how = PUBLISH if span.origin == _BUS else SEND
            below = self._recording.requests_below.get(span.row, [])
            found += [replace(self.targets[row], how=how) for row in below]
        return found


def _group(key: Key) -> str:
    return "api" if key[0] == "stage" else "service"


def _deepest_first(segments: list[RecordedSpan], usable: Usable) -> list[RecordedSpan]:
    """Return segments so that each comes after all that it leads to."""
    spans, depths = usable.recording.spans, dict[int, int]()

    def depth(row: int) -> int:
        above = []
        while row >= 0 and row not in depths:
            above.append(row)
            row = spans[row].parent
        level = depths.get(row, -1)
        for place in reversed(above):
            level += 1
            depths[place] = level
        return level

    return sorted(segments, key=lambda span: (-depth(span.row), span.row))


def _overlapping(
    calls: list[tuple[float, RecordedCall]],
) -> list[list[tuple[float, RecordedCall]]]:
    """Return calls in groups that overlap, by start."""
    groups: list[list[tuple[float, RecordedCall]]] = []
    reached_s = float("-inf")
    for start_s, call in calls:
        if not groups or start_s >= reached_s:
            groups.append([])
        groups[-1].append((start_s, call))
        reached_s = max(reached_s, start_s + call.takes_s)
    return groups


def _rounded(seconds: float) -> float:
    """Return seconds as microseconds allow, none below 0."""
    return max(round(seconds, 6), 0.0)
