"""CloudWatch statistic sets in moto's state: one per metric and minute, however often written."""

from array import array
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any, NamedTuple

_MAX_OPEN = 10_000
_LATE = timedelta(minutes=1)  # values of a minute may arrive until then


class Dimension(NamedTuple):
    """A dimension of a metric."""

    name: str
    value: str


class Metric(NamedTuple):
    """What all statistic sets of a metric share: there are thousands of them."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[Dimension, ...]


@dataclass(slots=True, eq=False)
class StatisticDatum:
    """A statistic set with the values that percentiles need; reads like moto's, which are larger.

    Parameters
    ----------
    metric
        Whose it is.
    timestamp
        Beginning of its minute or second; naive UTC.
    sample_count, sum, min, max
        The statistic set.
    """

    metric: Metric
    timestamp: datetime
    sample_count: float
    sum: float
    min: float
    max: float
    _counts: dict[float, float] | None = None
    _packed: "tuple[array[float], array[float]] | None" = None

    @property
    def namespace(self) -> str:
        """Namespace of the metric."""
        return self.metric.namespace

    @property
    def name(self) -> str:
        """Name of the metric."""
        return self.metric.name

    @property
    def unit(self) -> str:
        """Unit of the metric."""
        return self.metric.unit

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All dimensions of the metric."""
        return self.metric.dimensions

    @property
    def values(self) -> dict[float, float] | None:
        """Value -> count; None if only the statistics are known."""
        return self._counts if self._packed is None else dict(zip(*self._packed, strict=True))

    @values.setter
    def values(self, counts: dict[float, float] | None) -> None:
        self._counts, self._packed = counts, None

    @property
    def value_count(self) -> int:
        """Number of different values that are stored."""
        return len(self._counts or ()) if self._packed is None else len(self._packed[0])

    def pack(self) -> None:
        """Store the values as plain doubles: there are many, and few are ever read.

        A single one is not stored, as it is the minimum and the maximum.
        """
        counts, self._counts = self._counts, None
        if counts is not None and len(counts) > 1:
            self._packed = array("d", counts), array("d", counts.values())


class StatisticStore:
    """Merges statistic sets into those of the same metric and minute.

    Parameters
    ----------
    metric_data
        moto's list of all metric data of a region.
    most
        How many it may hold; the oldest are dropped. Each needs about 300 bytes.
    most_values
        How many values, of 16 bytes, these may hold together; the oldest lose theirs, and have no
        percentiles any more.
    """

    def __init__(
        self, metric_data: list[Any], *, most: int = 30_000, most_values: int = 300_000
    ) -> None:
        self._metric_data = metric_data
        self._most = most
        self._most_values = most_values
        self._detailed: deque[StatisticDatum] = deque()  # those that may have values
        self._values = 0
        self._metrics: dict[Metric, Metric] = {}  # one object of each
        self._open: dict[tuple[Metric, datetime], StatisticDatum] = {}
        self._due: list[tuple[datetime, Metric]] = []  # a heap of what is open

    def add(self, namespace: str, members: Iterable[Mapping[str, Any]]) -> None:
        """Merge ``MetricData`` members that have ``StatisticValues``.

        Those that also have ``Values`` and ``Counts`` have percentiles.
        """
        for member in members:
            metric = _metric_of(namespace, member)
            known = self._open.get((metric, member["Timestamp"]))
            if known is None:
                self._start(metric, member)
                continue
            before = known.value_count
            _merge(known, member)
            self._note_values(known.value_count - before)

    def put(self, namespace: str, member: Mapping[str, Any]) -> None:
        """Set a gauge: the only sample of its minute, whatever it was before."""
        metric = _metric_of(namespace, member)
        known = self._open.get((metric, member["Timestamp"]))
        if known is None:
            self._start(metric, member)
            return
        values = member["StatisticValues"]
        known.sum = known.min = known.max = values["Sum"]
        before, known.values = known.value_count, _counts_of(member)
        self._note_values(known.value_count - before)

    def _start(self, metric: Metric, member: Mapping[str, Any]) -> None:
        metric = self._metrics.setdefault(metric, metric)
        values, moment = member["StatisticValues"], member["Timestamp"]
        datum = StatisticDatum(
            metric,
            moment,
            values["SampleCount"],
            values["Sum"],
            values["Minimum"],
            values["Maximum"],
            _counts_of(member),
        )
        self._close_before(min(moment, datetime.now(UTC).replace(tzinfo=None)) - _LATE)
        self._open[metric, moment] = datum
        heappush(self._due, (moment, metric))
        self._metric_data.append(datum)
        self._detailed.append(datum)
        self._note_values(datum.value_count)
        if len(self._metric_data) > self._most:
            self._drop_oldest()

    def _close_before(self, moment: datetime) -> None:
        """Pack sets that began before a moment; a later value begins a set of its own."""
        while self._due and (self._due[0][0] < moment or len(self._due) >= _MAX_OPEN):
            began, metric = heappop(self._due)
            closed = self._open.pop((metric, began))
            before = closed.value_count
            closed.pack()
            self._values -= before - closed.value_count

    def _drop_oldest(self) -> None:
        del self._metric_data[: self._most // 10]
        self._metrics = {datum.metric: datum.metric for datum in self._metric_data}
        self._open.clear()
        self._due.clear()
        kept = {id(datum) for datum in self._metric_data}
        self._detailed = deque(datum for datum in self._detailed if id(datum) in kept)
        self._values = sum(datum.value_count for datum in self._detailed)

    def _note_values(self, more: int) -> None:
        self._values += more
        while self._values > self._most_values and len(self._detailed) > 1:
            oldest = self._detailed.popleft()
            self._values -= oldest.value_count
            oldest.values = None


def store_of(backend: Any) -> StatisticStore:
    """Return the store of a region; moto's state has it, so that a reset clears it."""
    stores: dict[str, Any] = vars(backend)
    if "statistics" not in stores:
        stores["statistics"] = StatisticStore(backend.metric_data)
    found: StatisticStore = stores["statistics"]
    return found


def statistic_of(member: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statistic set of a ``MetricData`` member of PutMetricData.

    Its time is the beginning of the minute, or of the second for a high-resolution metric, which is
    CloudWatch's resolution.

    Parameters
    ----------
    member
        With a naive UTC timestamp, and with ``Values``, ``StatisticValues`` or a ``Value``.

    Examples
    --------
    >>> found = statistic_of({"MetricName": "A", "Values": [1.0, 3.0], "Counts": [2.0, 1.0],
    ...     "Timestamp": datetime(2026, 11, 23, 12, 0, 59)})
    >>> found["StatisticValues"]["Sum"], found["Unit"], found["Timestamp"].second
    (5.0, 'None', 0)
    """
    moment = member["Timestamp"].replace(microsecond=0)
    fine = member.get("StorageResolution") == 1
    return {
        "MetricName": member["MetricName"],
        "Dimensions": member.get("Dimensions") or [],
        "Unit": member.get("Unit") or "None",
        "Timestamp": moment if fine else moment.replace(second=0),
        **_statistics_in(member),
    }


def _statistics_in(member: Mapping[str, Any]) -> dict[str, Any]:
    given = member.get("StatisticValues")
    if given and not member.get("Values"):
        return {"StatisticValues": {name: float(value) for name, value in given.items()}}
    values = [float(value) for value in member.get("Values") or [member.get("Value", 0.0)]]
    counts = [float(count) for count in member.get("Counts") or [1.0] * len(values)]
    pairs = [(value, count) for value, count in zip(values, counts, strict=True) if count > 0]
    counted = [value for value, _count in pairs] or [0.0]
    return {
        "Values": [value for value, _count in pairs],
        "Counts": [count for _value, count in pairs],
        "StatisticValues": {
            "SampleCount": sum(count for _value, count in pairs),
            "Sum": sum(value * count for value, count in pairs),
            "Minimum": min(counted),
            "Maximum": max(counted),
        },
    }


def _metric_of(namespace: str, member: Mapping[str, Any]) -> Metric:
    pairs = sorted((pair["Name"], pair["Value"]) for pair in member["Dimensions"])
    dimensions = tuple(Dimension(name, value) for name, value in pairs)
    return Metric(namespace, str(member["MetricName"]), str(member["Unit"]), dimensions)


def _counts_of(member: Mapping[str, Any]) -> dict[float, float] | None:
    if "Values" not in member:
        return None
    counts: dict[float, float] = {}
    _count(counts, member)
    return counts


def _count(counts: dict[float, float], member: Mapping[str, Any]) -> None:
    values = member["Values"]
    for value, count in zip(values, member.get("Counts") or [1.0] * len(values), strict=True):
        counts[value] = counts.get(value, 0.0) + count


def _merge(datum: StatisticDatum, member: Mapping[str, Any]) -> None:
    values = member["StatisticValues"]
    counts = datum.values
    if counts is not None and "Values" in member:
        _count(counts, member)
    else:
        datum.values = None
    datum.sample_count += values["SampleCount"]
    datum.sum += values["Sum"]
    datum.min = min(datum.min, values["Minimum"])
    datum.max = max(datum.max, values["Maximum"])
