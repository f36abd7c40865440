"""CloudWatch embedded metric format: metrics that travel inside of log lines.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

MAX_DIMENSIONS = 30
MAX_VALUES = 100
_STANDARD_RESOLUTION_S = 60
_NONE = "None"
_LATEST_MS = 253_402_300_799_000  # end of the year 9999, the last that datetime knows


@dataclass(frozen=True)
class MetricDatum:
    """Values of one metric.

    Parameters
    ----------
    namespace
        For example ``TracingLab``.
    name
        The metric's name.
    dimensions
        (name, value) pairs that tell the metric from others of its name.
    values
        What was measured, at least one.
    unit
        One of CloudWatch's units, for example ``Milliseconds``.
    timestamp_ms
        When, in epoch milliseconds.
    resolution_s
        1 for a high-resolution metric, else 60.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    values: tuple[float, ...]
    unit: str
    timestamp_ms: int
    resolution_s: int = _STANDARD_RESOLUTION_S

    def as_put_metric_data(self) -> dict[str, Any]:
        """Give the member of PutMetricData's ``MetricData``, with a naive UTC timestamp.

        Naive because that is how the control plane (moto) keeps timestamps.

        Examples
        --------
        >>> MetricDatum("N", "Orders", (), (1.0,), "Count", 0).as_put_metric_data()["Timestamp"]
        datetime.datetime(1970, 1, 1, 0, 0)
        """
        moment = datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)
        return {
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
            "Values": list(self.values),
            "Unit": self.unit,
            "Timestamp": moment.replace(tzinfo=None),
            "StorageResolution": self.resolution_s,
        }


def metrics_from_emf(line: str) -> list[MetricDatum]:
    """Read the metrics of a log line; none when the line is not in the embedded metric format.

    Parts that break the specification are left out, as CloudWatch leaves them out: a metric
    without a numeric value, a dimension set with a member that is missing or not a string.

    Examples
    --------
    >>> line = '''{"_aws": {"Timestamp": 5, "CloudWatchMetrics": [{"Namespace": "Shop",
    ...   "Dimensions": [["service"]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}]},
    ...   "service": "order", "Orders": 2}'''
    >>> [(one.name, one.dimensions, one.values) for one in metrics_from_emf(line)]
    [('Orders', (('service', 'order'),), (2.0,))]
    """
    if '"_aws"' not in line:  # nearly every line; parsing each would be slow
        return []
    root = _parsed(line)
    meta = root.get("_aws")
    if not isinstance(meta, Mapping) or not _is_moment(meta.get("Timestamp")):
        return []
    directives = _mappings(meta.get("CloudWatchMetrics"))
    timestamp_ms = int(meta["Timestamp"])
    return [
        datum for one in directives for datum in _of_directive(one, root, timestamp_ms=timestamp_ms)
    ]


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        root = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return root if isinstance(root, Mapping) else {}


def _of_directive(
    directive: Mapping[str, Any], root: Mapping[str, Any], *, timestamp_ms: int
) -> Iterator[MetricDatum]:
    namespace = directive.get("Namespace")
    if not isinstance(namespace, str) or not namespace:
        return
    sets = list(_dimension_sets(directive.get("Dimensions"), root))
    for definition in _mappings(directive.get("Metrics")):
        name = definition.get("Name")
        values = _values(root.get(name)) if isinstance(name, str) else ()
        if not values:
            continue
        for dimensions in sets:
            yield MetricDatum(
                namespace=namespace,
                name=str(name),
                dimensions=dimensions,
                values=values,
                unit=str(definition.get("Unit") or _NONE),
                timestamp_ms=timestamp_ms,
                resolution_s=1 if definition.get("StorageResolution") == 1 else 60,
            )


def _dimension_sets(sets: Any, root: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], ...]]:
    for names in sets if isinstance(sets, list) and sets else [[]]:
        if not isinstance(names, list) or len(names) > MAX_DIMENSIONS:
            continue
        pairs = [(name, root.get(name)) for name in names if isinstance(name, str)]
        if len(pairs) == len(names) and all(isinstance(value, str) for _name, value in pairs):
            yield tuple((name, str(value)) for name, value in pairs)


def _values(found: Any) -> tuple[float, ...]:
    several = found if isinstance(found, list) else [found]
    if len(several) > MAX_VALUES or not all(_is_number(value) for value in several):
        return ()
    return tuple(float(value) for value in several)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_moment(value: Any) -> bool:
    """Tell whether a number is an epoch in milliseconds that a date can be made of."""
    return _is_number(value) and 0 <= value <= _LATEST_MS


def _mappings(found: Any) -> list[Mapping[str, Any]]:
    several = found if isinstance(found, list) else []
    return [one for one in several if isinstance(one, Mapping)]
