"""CloudWatch statistic sets in moto's state: one per metric and minute, however often written."""

from array import array
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum

_MAX_OPEN = 10_000
_LATE = timedelta(minutes=1)  # values of a minute may arrive until then

_Pairs = tuple[tuple[str, str], ...]
_Key = tuple[str, str, str, _Pairs, datetime]


class StatisticDatum(MetricAggregatedDatum):
    """A statistic set that matches queries for exactly its own dimensions.

    moto matches metrics with more dimensions, too, so that what is published per API and per stage
    would be counted twice.
    """

    _counts: dict[float, float] | None = None
    _packed: tuple["array[float]", "array[float]"] | None = None

    @property
    def values(self) -> dict[float, float] | None:
        """Value -> count; None if only the statistics are known."""
        return self._counts if self._packed is None else dict(zip(*self._packed, strict=True))

    @values.setter
    def values(self, counts: dict[float, float] | None) -> None:
        self._counts, self._packed = counts, None

    @property
    def value_count(self) -> int:
        """Number of different values."""
        return len(self._counts or ()) if self._packed is None else len(self._packed[0])

    @property
    def is_packed(self) -> bool:
        """Whether the values are stored as plain doubles."""
        return self._packed is not None

    def pack(self) -> None:
        """Store the values as plain doubles: there are many, and few are ever read."""
        counts = self._counts
        if counts is not None:
            self._packed, self._counts = (array("d", counts), array("d", counts.values())), None

    def filter(
        self,
        namespace: str | None,
        name: str | None,
        dimensions: list[dict[str, str]],
        already_present_metrics: list[Any] | None = None,
    ) -> bool:
        """Return whether a query of moto's matches this metric.

        ListMetrics passes what it has found already, returns each metric once, and uses dimensions
        as a filter.
        """
        if (namespace and namespace != self.namespace) or (name and name != self.name):
            return False
        own = _pairs_of(self)
        asked = {(dimension["Name"], dimension.get("Value")) for dimension in dimensions or ()}
        if already_present_metrics is None:
            return not asked or asked == set(own)
        known = {
            (metric.namespace, metric.name, _pairs_of(metric)) for metric in already_present_metrics
        }
        matching = all(
            any(name == key and wanted in {None, value} for key, value in own)
            for name, wanted in asked
        )
        return matching and (self.namespace, self.name, own) not in known


class StatisticStore:
    """Merges statistic sets into those of the same metric and minute.

    Parameters
    ----------
    metric_data
        moto's list of all metric data of a region.
    most
        How many it may hold; the oldest are dropped. Each needs about a kilobyte.
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
        self._open: dict[_Key, StatisticDatum] = {}
        self._unpacked: deque[StatisticDatum] = deque()

    def writes_to(self, metric_data: list[Any]) -> bool:
        """Return whether this store writes to a list; a reset of moto replaces it."""
        return self._metric_data is metric_data

    def add(self, namespace: str, members: Iterable[Mapping[str, Any]]) -> None:
        """Merge ``MetricData`` members that have ``StatisticValues``.

        Those that also have ``Values`` and ``Counts`` have percentiles.
        """
        for member in members:
            key = _key_of(namespace, member)
            known = self._open.get(key)
            if known is None:
                self._start(key, namespace, member)
                continue
            before = known.value_count
            _merge(known, member)
            self._note_values(known.value_count - before)

    def put(self, namespace: str, member: Mapping[str, Any]) -> None:
        """Set a gauge: the only sample of its minute, whatever it was before."""
        key = _key_of(namespace, member)
        known = self._open.get(key)
        if known is None:
            self._start(key, namespace, member)
            return
        values = member["StatisticValues"]
        known.sum = known.min = known.max = values["Sum"]
        before, known.values = known.value_count, _counts_of(member)
        self._note_values(known.value_count - before)

    def _start(self, key: _Key, namespace: str, member: Mapping[str, Any]) -> None:
        values = member["StatisticValues"]
        datum = StatisticDatum(
            namespace,
            member["MetricName"],
            values["Minimum"],
            values["Maximum"],
            values["SampleCount"],
            values["Sum"],
            member["Dimensions"],
            member["Timestamp"],
            member["Unit"],
        )
        datum.values = _counts_of(member)
        if len(self._open) >= _MAX_OPEN:
            self._open.clear()  # a later value of these minutes starts a set of its own
        self._open[key] = datum
        self._metric_data.append(datum)
        self._detailed.append(datum)
        self._unpacked.append(datum)
        self._pack_before(datum.timestamp - _LATE)
        self._note_values(datum.value_count)
        if len(self._metric_data) > self._most:
            self._drop_oldest()

    def _pack_before(self, moment: datetime) -> None:
        while self._unpacked and self._unpacked[0].timestamp < moment:
            self._unpacked.popleft().pack()

    def _drop_oldest(self) -> None:
        del self._metric_data[: self._most // 10]
        self._open.clear()
        kept = {id(datum) for datum in self._metric_data}
        self._detailed = deque(datum for datum in self._detailed if id(datum) in kept)
        self._values = sum(datum.value_count for datum in self._detailed)

    def _note_values(self, more: int) -> None:
        self._values += more
        while self._values > self._most_values and len(self._detailed) > 1:
            oldest = self._detailed.popleft()
            self._values -= oldest.value_count
            oldest.values = None


def statistic_of(member: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statistic set of a ``MetricData`` member with ``Values``.

    Its time is the beginning of the minute, or of the second for a high-resolution metric, which is
    CloudWatch's resolution.

    Parameters
    ----------
    member
        In the form of PutMetricData, with a naive UTC timestamp.

    Examples
    --------
    >>> found = statistic_of({"MetricName": "A", "Dimensions": [], "Unit": "None",
    ...     "Values": [1.0, 3.0], "Timestamp": datetime(2026, 11, 23, 12, 0, 59)})
    >>> found["StatisticValues"]["Sum"], found["Timestamp"].second
    (4.0, 0)
    """
    values, moment = member["Values"], member["Timestamp"].replace(microsecond=0)
    fine = member.get("StorageResolution") == 1
    return {
        **{name: member[name] for name in ("MetricName", "Dimensions", "Unit", "Values")},
        "Timestamp": moment if fine else moment.replace(second=0),
        "StatisticValues": {
            "SampleCount": float(len(values)),
            "Sum": float(sum(values)),
            "Minimum": float(min(values)),
            "Maximum": float(max(values)),
        },
    }


def _key_of(namespace: str, member: Mapping[str, Any]) -> _Key:
    pairs = tuple((dimension["Name"], dimension["Value"]) for dimension in member["Dimensions"])
    unit, moment = str(member["Unit"]), member["Timestamp"]
    return namespace, str(member["MetricName"]), unit, pairs, moment


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
    counts, was_packed = datum.values, datum.is_packed
    if counts is not None and "Values" in member:
        _count(counts, member)
        datum.values = counts
    else:
        datum.values = None
    if was_packed:  # a late value
        datum.pack()
    datum.sample_count += values["SampleCount"]
    datum.sum += values["Sum"]
    datum.min = min(datum.min, values["Minimum"])
    datum.max = max(datum.max, values["Maximum"])


def _pairs_of(datum: Any) -> _Pairs:
    return tuple(sorted((dimension.name, dimension.value) for dimension in datum.dimensions))
