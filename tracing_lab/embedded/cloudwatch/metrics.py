"""Aggregates the CloudWatch metrics of the embedded AWS's own services.

Like CloudWatch, it keeps a statistic set (count, sum, minimum, maximum) per metric and minute, with
values rounded to three digits for percentiles, so that ten thousand orders a minute are few
numbers.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

LOGGER = logging.getLogger(__name__)

PERIOD_S = 60
"""The services publish at standard resolution."""

Dimensions = tuple[tuple[str, str], ...]
PutStatistics = Callable[[str, list[dict[str, Any]]], None]


class Measurement(NamedTuple):
    """One value of one metric."""

    name: str
    value: float
    unit: str = "Count"


class Record(Protocol):
    """Records measurements; see `Metrics.record`."""

    def __call__(
        self, namespace: str, dimensions: Dimensions, measurements: Iterable[Measurement]
    ) -> None:
        """Record current measurements."""


@dataclass(slots=True)
class _StatisticSet:
    count: int = 0
    total: float = 0.0
    low: float = field(default=float("inf"))
    high: float = field(default=float("-inf"))
    values: dict[float, int] = field(default_factory=dict)

    def add(self, value: float) -> None:
        rounded = value if value in self.values else float(f"{value:.3g}")
        self.values[rounded] = self.values.get(rounded, 0) + 1
        self.count += 1
        self.total += value
        self.low = min(self.low, value)
        self.high = max(self.high, value)


class _MetricGroup(NamedTuple):
    """The key that several statistic sets share."""

    namespace: str
    minute: int
    dimensions: Dimensions


_Sets = dict[tuple[str, str], _StatisticSet]
"""By name and unit."""


class Metrics:
    """Aggregates measurements and writes them to the control plane from a thread of its own.

    `record` never waits for the control plane, so that data planes can call it from an event loop.

    Parameters
    ----------
    put
        Writes ``MetricData`` members of PutMetricData, with ``StatisticValues``, of a namespace.
    evaluate
        Evaluates alarms; called with the time, in epoch seconds, at each flush, at most every
        `evaluate_s` seconds.
    flush_s
        Time between two flushes.
    evaluate_s
        Shortest time between two evaluations of alarms.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        put: PutStatistics,
        *,
        evaluate: Callable[[float], None] | None = None,
        flush_s: float = 1.0,
        evaluate_s: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._put = put
        self._evaluate = evaluate
        self._evaluate_s = evaluate_s
        self._evaluated_s = float("-inf")
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[_MetricGroup, _Sets] = {}
        self._sources: list[Callable[[], None]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(flush_s,), name="embedded-metrics", daemon=True
        )
        self._thread.start()

    def add_source(self, source: Callable[[], None]) -> None:
        """Add a function to call before each flush, to record what it has counted."""
        self._sources.append(source)

    def record(
        self, namespace: str, dimensions: Dimensions, measurements: Iterable[Measurement]
    ) -> None:
        """Record current measurements; return at once.

        Parameters
        ----------
        namespace
            For example ``AWS/Lambda``.
        dimensions
            (name, value) pairs.
        measurements
            All measurements of that moment with these dimensions.
        """
        group = _MetricGroup(namespace, int(self._clock()) // PERIOD_S, dimensions)
        with self._lock:
            sets = self._pending.setdefault(group, {})
            for name, value, unit in measurements:
                found = sets.get((name, unit))
                if found is None:
                    found = sets[name, unit] = _StatisticSet()
                found.add(value)

    def flush(self) -> None:
        """Write what was recorded so far."""
        for source in self._sources:
            _run_source(source)
        with self._lock:
            pending, self._pending = self._pending, {}
        for namespace in sorted({group.namespace for group in pending}):
            members = [
                _member(group, name, unit, found)
                for group, sets in pending.items()
                for (name, unit), found in sets.items()
                if group.namespace == namespace
            ]
            self._deliver(namespace, members)
        self._evaluate_alarms()

    def close(self, timeout_s: float = 10.0) -> None:
        """Write what is left and end the thread; idempotent."""
        self._stopped.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            LOGGER.error("Metrics were not written in %s s; some may be lost.", timeout_s)

    def _run(self, flush_s: float) -> None:
        while not self._stopped.wait(flush_s):
            self.flush()
        self.flush()

    def _evaluate_alarms(self) -> None:
        now_s = self._clock()
        if self._evaluate is None or now_s - self._evaluated_s < self._evaluate_s:
            return
        self._evaluated_s = now_s
        try:
            self._evaluate(now_s)
        except Exception:
            LOGGER.exception("Alarms were not evaluated; the next attempt may succeed")

    def _deliver(self, namespace: str, members: Sequence[dict[str, Any]]) -> None:
        try:
            self._put(namespace, list(members))
        except Exception:
            # one namespace's failure must not stop the others; the log says how many are lost
            LOGGER.exception("%d metrics of %s were lost", len(members), namespace)


def _run_source(source: Callable[[], None]) -> None:
    try:
        source()
    except Exception:
        # one source's failure must not stop the others; the next call may succeed
        LOGGER.exception("A source of metrics failed")


def _member(group: _MetricGroup, name: str, unit: str, found: _StatisticSet) -> dict[str, Any]:
    # naive, because the control plane (moto) stores timestamps so
    moment = datetime.fromtimestamp(group.minute * PERIOD_S, UTC).replace(tzinfo=None)
    return {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in group.dimensions],
        "Timestamp": moment,
        "Unit": unit,
        "Values": list(found.values),
        "Counts": [float(count) for count in found.values.values()],
        "StatisticValues": {
            "SampleCount": float(found.count),
            "Sum": found.total,
            "Minimum": found.low,
            "Maximum": found.high,
        },
    }
