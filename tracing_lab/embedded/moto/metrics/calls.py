"""PutMetricData and the calls that read metrics, in place of moto's methods, for all protocols.

moto keeps an object for every value, mixes metrics of several dimensions and namespaces, knows no
percentiles, and returns numbers for expressions that it does not evaluate.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from tracing_lab.embedded.moto.replaying.call_clock import CLOCK

from .checks import check_datum
from .data_queries import metric_data
from .reading import listed_metrics, metric_statistics, moment_of
from .statistics import statistic_of, store_of


@cache
def replace_methods() -> None:
    """Make moto use the functions of this module."""
    for name, method in _BACKEND.items():
        setattr(CloudWatchBackend, name, method)
    for name, method in _RESPONSE.items():
        setattr(CloudWatchResponse, name, method)


def _put(backend: Any, namespace: str, metric_data: Sequence[Mapping[str, Any]]) -> None:
    now_s = int(CLOCK.time_s())
    for number, member in enumerate(metric_data, 1):
        backend._validate_parameters_put_metric_data(member, number)  # noqa: SLF001 - moto's own checks
        check_datum(member, number, now_s=now_s)
    sets = [statistic_of({"Timestamp": moment_of(now_s), **member}) for member in metric_data]
    store_of(backend).add(
        namespace, [found for found in sets if found["StatisticValues"]["SampleCount"]]
    )


def _get_data(
    backend: Any,
    queries: Sequence[Mapping[str, Any]],
    start_time: datetime,
    end_time: datetime,
    scan_by: str = "TimestampDescending",
) -> list[dict[str, Any]]:
    data = backend.get_all_metrics()
    return metric_data(queries, data, start=start_time, end=end_time, scan_by=scan_by)


def _filtered(
    backend: Any,
    metric_name: str | None,
    namespace: str | None,
    dimensions: Sequence[Mapping[str, str]] | None,
) -> list[Any]:
    return listed_metrics(backend.get_all_metrics(), namespace, metric_name, dimensions)


def _statistics(response: Any) -> ActionResult:
    members = response._get_params()  # noqa: SLF001 - moto's only way
    data = response.cloudwatch_backend.get_all_metrics()
    points = metric_statistics(members, data)
    return ActionResult({"Label": members["MetricName"], "Datapoints": points})


_BACKEND: Mapping[str, Any] = {
    "get_filtered_metrics": _filtered,
    "get_metric_data": _get_data,
    "put_metric_data": _put,
}
_RESPONSE: Mapping[str, Any] = {"get_metric_statistics": _statistics}
