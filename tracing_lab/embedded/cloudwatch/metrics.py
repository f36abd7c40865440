"""CloudWatch metrics of the embedded AWS's own services, added up before they are written.

CloudWatch keeps a statistic set (count, sum, minimum, maximum) per metric and minute. So does this,
with values in three digits for percentiles: ten thousand orders in a minute are few numbers.
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
    """Takes measurements; see `Metrics.record`."""

    def __call__(
        self, namespace: str, dimensions: Dimensions, measurements: Iterable[Measurement]
    ) -> None:
        """Take what was measured just now."""


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


class _Group(NamedTuple):
    """What several statistic sets have in common."""

    namespace: str
    minute: int
    dimensions: Dimensions


_Sets = dict[tuple[str, str], _StatisticSet]
"""By name and unit."""


class Metrics:
    """Adds up measurements and hands them to the control plane from a thread of its own.

    `record` never waits for the control plane, so that data planes can call it from an event loop.

    Parameters
    ----------
    put
        Takes ``MetricData`` members of PutMetricData, with ``StatisticValues``, of a namespace.
    evaluate
        Brings alarms up to date; called with the time, in epoch seconds, at each hand-over, but
        not more often than `evaluate_s` seconds.
    flush_s
        Time between two hand-overs.
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
        self._pending: dict[_Group, _Sets] = {}
        self._sources: list[Callable[[], None]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(flush_s,), name="embedded-metrics", daemon=True
        )
        self._thread.start()

    def add_source(self, source: Callable[[], None]) -> None:
        """Have something called before each hand-over, so that it can record what it counted."""
        self._sources.append(source)

    def record(
        self, namespace: str, dimensions: Dimensions, measurements: Iterable[Measurement]
    ) -> None:
        """Take what was measured just now; returns at once.

        Parameters
        ----------
        namespace
            For example ``AWS/Lambda``.
        dimensions
            (name, value) pairs.
        measurements
            All of that moment that share the dimensions.
        """
        group = _Group(namespace, int(self._clock()) // PERIOD_S, dimensions)
        with self._lock:
            sets = self._pending.setdefault(group, {})
            for name, value, unit in measurements:
                found = sets.get((name, unit))
                if found is None:
                    found = sets[name, unit] = _StatisticSet()
                found.add(value)

    def flush(self) -> None:
        """Hand over what was recorded so far."""
        for source in self._sources:
            _tried(source)
        with self._lock:
            pending, self._pending = self._pending, {}
        for namespace in sorted({group.namespace for group in pending}):
            members = [
                _member(group, name, unit, found)
                for group, sets in pending.items()
                for (name, unit), found in sets.items()
                if group.namespace == namespace
            ]
            self._hand_over(namespace, members)
        self._look_at_alarms()

    def close(self, timeout_s: float = 10.0) -> None:
        """Hand over what is left and end the thread; closing twice is harmless."""
        self._stopped.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            LOGGER.error("Metrics were not written in %s s; some may be lost.", timeout_s)

    def _run(self, flush_s: float) -> None:
        while not self._stopped.wait(flush_s):
            self.flush()
        self.flush()

    def _look_at_alarms(self) -> None:
        now_s = self._clock()
        if self._evaluate is None or now_s - self._evaluated_s < self._evaluate_s:
            return
        self._evaluated_s = now_s
        try:
            self._evaluate(now_s)
        except Exception:
            LOGGER.exception("Alarms were not evaluated; the next attempt may succeed")

    def _hand_over(self, namespace: str, members: Sequence[dict[str, Any]]) -> None:
        try:
            self._put(namespace, list(members))
        except Exception:
            # one namespace's trouble must not stop the others; the count says what was lost
            LOGGER.exception("%d metrics of %s were lost", len(members), namespace)


def _tried(source: Callable[[], None]) -> None:
    try:
        source()
    except Exception:
        # what one cannot count must not stop the others; the next time may go well
        LOGGER.exception("A source of metrics failed")


def _member(group: _Group, name: str, unit: str, found: _StatisticSet) -> dict[str, Any]:
    # naive, because that is how the control plane (moto) keeps timestamps
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
