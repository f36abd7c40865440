"""Parses the CloudWatch embedded metric format: metrics in log lines.

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
        (name, value) pairs.
    values
        The measured values, at least one.
    unit
        One of CloudWatch's units, for example ``Milliseconds``.
    timestamp_ms
        Epoch milliseconds.
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
        """Return the member of PutMetricData's ``MetricData``, with a naive UTC timestamp.

        Naive because the control plane (moto) stores timestamps so.

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
    """Return the metrics of a log line; none if it is not in the embedded metric format.

    Invalid parts are ignored, as CloudWatch does: a metric without a numeric value, a dimension set
    with a member that is missing or not a string.

    Examples
    --------
    >>> line = '''{"_aws": {"Timestamp": 5, "CloudWatchMetrics": [{"Namespace": "Shop",
    ...   "Dimensions": [["service"]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}]},
    ...   "service": "order", "Orders": 2}'''
    >>> [(metric.name, metric.dimensions, metric.values) for metric in metrics_from_emf(line)]
    [('Orders', (('service', 'order'),), (2.0,))]
    """
    if '"_aws"' not in line:  # nearly all lines; parsing each would be slow
        return []
    root = _parsed(line)
    meta = root.get("_aws")
    if not isinstance(meta, Mapping) or not _is_moment(meta.get("Timestamp")):
        return []
    directives = _mappings(meta.get("CloudWatchMetrics"))
    timestamp_ms = int(meta["Timestamp"])
    return [
        datum
        for directive in directives
        for datum in _of_directive(directive, root, timestamp_ms=timestamp_ms)
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
    """Return whether a value is a valid time in epoch milliseconds."""
    return _is_number(value) and 0 <= value <= _LATEST_MS


def _mappings(found: Any) -> list[Mapping[str, Any]]:
    several = found if isinstance(found, list) else []
    return [item for item in several if isinstance(item, Mapping)]
