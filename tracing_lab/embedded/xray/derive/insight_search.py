"""Finds insights: minutes in which a service caused many traces to fail.

AWS detects anomalies by an unpublished model. This is a plain threshold, and the summaries say so:
traces are counted by the minute of their start and by the last service of their fault's root cause.
A minute is anomalous if that service caused at least `undocumented.INSIGHT_MIN_FAULTS` faults and
at least the share `undocumented.INSIGHT_MIN_SHARE` of the traces through it. Anomalous minutes with
small gaps between them are one insight.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tracing_lab.embedded.xray import undocumented

from .nodes import NodeKey
from .views import TraceView

MINUTE_S: Final = 60
_STEP_S: Final = 3600


class Impact(NamedTuple):
    """Counts of traces: faulty, successful and all."""

    faults: int
    ok: int
    total: int

    def as_member(self) -> dict[str, int]:
        """Return the ``RequestImpactStatistics``."""
        return {"FaultCount": self.faults, "OkCount": self.ok, "TotalCount": self.total}


class Minute(NamedTuple):
    """An anomalous minute: its start, and its impact on clients and on the service."""

    start_s: int
    clients: Impact
    service: Impact


@dataclass(frozen=True)
class Anomaly:
    """Minutes in which one service caused many traces to fail, in order."""

    service: NodeKey
    minutes: tuple[Minute, ...]

    @property
    def start_s(self) -> int:
        """Start of the first minute, epoch seconds."""
        return self.minutes[0].start_s

    @property
    def end_s(self) -> int:
        """End of the last minute, epoch seconds."""
        return self.minutes[-1].start_s + MINUTE_S


@dataclass
class _MinuteCounts:
    traces: Counter[int] = field(default_factory=Counter)
    faults: Counter[int] = field(default_factory=Counter)
    ok: Counter[int] = field(default_factory=Counter)
    passed: Counter[tuple[NodeKey, int]] = field(default_factory=Counter)
    blamed: Counter[tuple[NodeKey, int]] = field(default_factory=Counter)


Select = Callable[[float, float], Iterable[TraceView]]
"""Returns the traces that began in a range of time; its end does not belong to it."""


def find_anomalies(
    select: Select, start_s: float, end_s: float, *, earliest_s: float, latest_s: float
) -> list[Anomaly]:
    """Return the anomalies that overlap a range, by start; each from its first to its last minute.

    Parameters
    ----------
    select
        Returns traces.
    start_s, end_s
        The range of time.
    earliest_s, latest_s
        How far to search for the beginning and the end of what overlaps the range.
    """
    search = _Search(select, earliest_s, latest_s)
    search.begin(start_s, end_s)
    while True:
        found = [
            anomaly
            for anomaly in _anomalies(search.counts)
            if anomaly.end_s >= start_s and anomaly.start_s < end_s
        ]
        if not search.extend(found):
            return found


class _Search:
    """The counts of a range, which grows until it has whole anomalies."""

    def __init__(self, select: Select, earliest_s: float, latest_s: float) -> None:
        self.counts = _MinuteCounts()
        self._select = select
        self._earliest_s, self._latest_s = earliest_s, latest_s
        self._first_s = self._last_s = 0

    def begin(self, start_s: float, end_s: float) -> None:
        """Count the traces of a range, and those close to it."""
        self._first_s = self._before(start_s - undocumented.INSIGHT_GAP_S)
        self._last_s = self._after(end_s + undocumented.INSIGHT_GAP_S)
        self._count(self._first_s, self._last_s)

    def extend(self, anomalies: Sequence[Anomaly]) -> bool:
        """Count more traces if an anomaly may be longer; return whether that was so."""
        gap_s, known = undocumented.INSIGHT_GAP_S, (self._first_s, self._last_s)
        starts = [anomaly.start_s - gap_s for anomaly in anomalies]
        ends = [anomaly.end_s + gap_s for anomaly in anomalies]
        if min(starts, default=self._first_s) < self._first_s:
            self._first_s = self._before(self._first_s - _STEP_S)
        if max(ends, default=self._last_s) > self._last_s:
            self._last_s = self._after(self._last_s + _STEP_S)
        self._count(self._first_s, known[0])
        self._count(known[1], self._last_s)
        return (self._first_s, self._last_s) != known

    def _count(self, start_s: int, end_s: int) -> None:
        if start_s < end_s:
            _count(self.counts, self._select(start_s, end_s))

    def _before(self, time_s: float) -> int:
        return _minute_of(max(time_s, self._earliest_s))

    def _after(self, time_s: float) -> int:
        return _minute_of(min(time_s, self._latest_s)) + MINUTE_S


def _anomalies(counts: _MinuteCounts) -> list[Anomaly]:
    minutes: dict[NodeKey, list[int]] = {}
    for (service, start_s), blamed in sorted(counts.blamed.items(), key=lambda item: item[0][1]):
        share = blamed / max(1, counts.passed[service, start_s])
        if blamed >= undocumented.INSIGHT_MIN_FAULTS and share >= undocumented.INSIGHT_MIN_SHARE:
            minutes.setdefault(service, []).append(start_s)
    found = [
        Anomaly(service, tuple(_minute(start_s, service, counts) for start_s in run))
        for service, starts in minutes.items()
        for run in runs(starts, gap_s=undocumented.INSIGHT_GAP_S)
    ]
    return sorted(found, key=lambda anomaly: (anomaly.start_s, anomaly.service.sort_key()))


def total_impact(impacts: Sequence[Impact]) -> Impact:
    """Return the sum of impacts.

    Examples
    --------
    >>> total_impact([Impact(1, 2, 3), Impact(4, 0, 4)])
    Impact(faults=5, ok=2, total=7)
    """
    return Impact(*(sum(column) for column in zip(*impacts, strict=True)))


def runs(starts: Sequence[int], *, gap_s: int) -> Iterator[list[int]]:
    """Split ascending times at gaps longer than `gap_s`.

    Examples
    --------
    >>> list(runs([0, 60, 600], gap_s=300))
    [[0, 60], [600]]
    """
    run: list[int] = []
    for start_s in starts:
        if run and start_s - run[-1] > gap_s:
            yield run
            run = []
        run.append(start_s)
    if run:
        yield run


def _count(counts: _MinuteCounts, views: Iterable[TraceView]) -> None:
    for view in views:
        start_s = _minute_of(view.record.start_s)
        counts.traces[start_s] += 1
        counts.faults[start_s] += view.fault
        counts.ok[start_s] += view.ok
        for service in {node.key for node in view.observations.nodes}:
            counts.passed[service, start_s] += 1
        for service in {_last_service(cause) for cause in view.fault_causes()}:
            counts.blamed[service, start_s] += 1


def _minute_of(time_s: float) -> int:
    return int(time_s // MINUTE_S) * MINUTE_S


def _minute(start_s: int, service: NodeKey, counts: _MinuteCounts) -> Minute:
    clients = Impact(counts.faults[start_s], counts.ok[start_s], counts.traces[start_s])
    blamed, passed = counts.blamed[service, start_s], counts.passed[service, start_s]
    return Minute(start_s, clients, Impact(blamed, passed - blamed, passed))


def _last_service(cause: Mapping[str, Any]) -> NodeKey:
    service = cause["Services"][-1]
    return NodeKey(service["Name"], service.get("Type"), service.get("AccountId"))
