"""What a learner looks at: metrics as AWS publishes them, per minute."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd

from tracing_lab.config import SERVICES

from .stage import Stage

_PERIOD_S: Final = 60
_OF_FUNCTIONS: Final = {
    "Invocations": "Sum",
    "Errors": "Sum",
    "Throttles": "Sum",
    "Duration": "Average",
}
_OF_THE_API: Final = {"Count": "Sum", "4XXError": "Sum", "5XXError": "Sum", "Latency": "Average"}


def metrics(stage: Stage, start: float, end: float) -> pd.DataFrame:
    """Return the metrics of the API and the functions, a row for each and each minute.

    Parameters
    ----------
    stage
        The shop.
    start, end
        The time range, in seconds since 1970.

    Returns
    -------
    pandas.DataFrame
        Index ``minute`` (UTC) and ``service``; sums, and averages in milliseconds. NaN where a
        service has no such metric.
    """
    first, last = start // _PERIOD_S * _PERIOD_S, end + _PERIOD_S
    names = ["minute", "service", "metric", "value"]
    table = pd.DataFrame(_cells(stage, first, last), columns=names)
    columns = [*dict.fromkeys((*_OF_THE_API, *_OF_FUNCTIONS))]
    wide = table.pivot_table(index=["minute", "service"], columns="metric", values="value")
    return wide.reindex(columns=columns).rename_axis(columns=None)


def _cells(stage: Stage, start: float, end: float) -> Iterator[tuple[Any, str, str, float]]:
    api = {"ApiName": stage.names.api, "Stage": stage.config.api_gateway_stage_name}
    yield from _of(stage, "api", ("AWS/ApiGateway", api, _OF_THE_API), start, end)
    for service in SERVICES:
        function = {"FunctionName": str(stage.names.function(service))}
        yield from _of(stage, service, ("AWS/Lambda", function, _OF_FUNCTIONS), start, end)


def _of(
    stage: Stage,
    service: str,
    source: tuple[str, dict[str, str], dict[str, str]],
    start: float,
    end: float,
) -> Iterator[tuple[Any, str, str, float]]:
    namespace, dimensions, wanted = source
    for metric, statistic in wanted.items():
        points = stage.aws.cloudwatch.statistics(
            namespace,
            metric,
            dimensions,
            statistic=statistic,
            period_s=_PERIOD_S,
            start=datetime.fromtimestamp(start, UTC),
            end=datetime.fromtimestamp(end, UTC),
        )
        for minute, value in points:
            yield minute, service, metric, value
