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
    """A statistic set with the values that percentiles need."""

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


def _key_of(namespace: str, member: Mapping[str, Any]) -> _Key:
    pairs = tuple(sorted((pair["Name"], pair["Value"]) for pair in member["Dimensions"]))
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
