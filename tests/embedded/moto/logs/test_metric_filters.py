"""Metric filters through AWS's own client: what they count, and how long they live."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from control_planes import REGION, client_of

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.plane import ControlPlane

GROUP = "/aws/lambda/order"
START_MS = (time.time_ns() // 10**9 // 3600 - 2) * 3_600_000  # a minute that PutLogEvents accepts
LINES = ('{"level":"ERROR","ms":12}', '{"level":"INFO","ms":200}', "plain text")


@pytest.fixture
def logs(control: ControlPlane) -> Any:
    """Return the client of Logs, with a group that has a stream."""
    control.put_log_events(REGION, GROUP, "a1", [(START_MS, "before")])
    return client_of(control, "logs")


def put_filter(logs: Any, pattern: str, value: str, **more: Any) -> None:
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": value, **more}
    logs.put_metric_filter(
        logGroupName=GROUP,
        filterName="f",
        filterPattern=pattern,
        metricTransformations=[transformation],
    )


def statistics(control: ControlPlane, **dimensions: str) -> list[tuple[float, float]]:
    """Return sum and number of samples of each minute."""
    minute = datetime.fromtimestamp(START_MS / 1000, UTC)
    found = client_of(control, "cloudwatch").get_metric_statistics(
        Namespace="n",
        MetricName="m",
        StartTime=minute,
        EndTime=minute + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum", "SampleCount"],
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
    )
    return [(point["Sum"], point["SampleCount"]) for point in found["Datapoints"]]


def test_a_metric_filter_counts_what_comes_after_it(logs: Any, control: ControlPlane) -> None:
    put_filter(logs, '{ $.level = "ERROR" }', "1")
    assert statistics(control) == []
    control.put_log_events(REGION, GROUP, "a1", [(START_MS, line) for line in LINES])
    control.put_log_events(REGION, "other", "a1", [(START_MS, line) for line in LINES])
    events = [{"timestamp": START_MS + 1, "message": LINES[0]}]
    logs.put_log_events(logGroupName=GROUP, logStreamName="a1", logEvents=events)
    assert statistics(control) == [(2.0, 2.0)]


def test_a_metric_filter_publishes_values_and_dimensions(logs: Any, control: ControlPlane) -> None:
    put_filter(logs, "{ $.ms = * }", "$.ms", dimensions={"level": "$.level"}, unit="Milliseconds")
    control.put_log_events(REGION, GROUP, "a1", [(START_MS, line) for line in LINES])
    assert statistics(control, level="INFO") == [(200.0, 1.0)]
    assert statistics(control, level="ERROR") == [(12.0, 1.0)]


def test_a_metric_filter_can_be_replaced_and_have_a_default(
    logs: Any, control: ControlPlane
) -> None:
    put_filter(logs, "", "1")
    put_filter(logs, "[kind, count]", "$count", defaultValue=0)
    control.put_log_events(REGION, GROUP, "a1", [(START_MS, "sold 3"), (START_MS, "sold 4 x")])
    assert statistics(control) == [(3.0, 2.0)]
    assert len(logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]) == 1


@pytest.mark.parametrize(
    "value, more",
    [
        ("many", {}),
        ("$.a b", {}),
        ("1", {"dimensions": {"d": "level"}}),
        ("1", {"dimensions": {"d": "$.level"}, "defaultValue": 0}),
    ],
)
def test_metrics_that_cannot_be_published_are_rejected(
    logs: Any, value: str, more: dict[str, Any]
) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException):
        put_filter(logs, "x", value, **more)
    assert logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"] == []


def test_a_filter_needs_its_group_and_ends_with_it(logs: Any, control: ControlPlane) -> None:
    put_filter(logs, "", "1")
    missing = logs.exceptions.ResourceNotFoundException
    logs.delete_log_group(logGroupName=GROUP)
    assert logs.describe_metric_filters()["metricFilters"] == []
    with pytest.raises(missing):
        put_filter(logs, "", "1")
    with pytest.raises(missing):
        logs.delete_metric_filter(logGroupName=GROUP, filterName="f")
    control.put_log_events(REGION, GROUP, "a1", [(START_MS, "again")])
    assert statistics(control) == []
    with pytest.raises(missing):
        logs.delete_metric_filter(logGroupName=GROUP, filterName="f")


def test_groups_say_how_many_filters_they_have(logs: Any, control: ControlPlane) -> None:
    control.put_log_events(REGION, "/other", "a1", [(START_MS, "line")])

    def counts() -> dict[str, int]:
        groups = logs.describe_log_groups()["logGroups"]
        return {group["logGroupName"]: group["metricFilterCount"] for group in groups}

    put_filter(logs, "", "1")
    put_filter(logs, "x", "1")  # in place of it
    assert counts() == {GROUP: 1, "/other": 0}
    logs.delete_metric_filter(logGroupName=GROUP, filterName="f")
    assert counts() == {GROUP: 0, "/other": 0}


def test_rejected_events_are_not_counted(logs: Any, control: ControlPlane) -> None:
    put_filter(logs, "", "1")
    day_ms = 24 * 3_600_000
    for time_ms in (START_MS - 20 * day_ms, START_MS, START_MS + day_ms):
        events = [{"timestamp": time_ms, "message": "line"}]
        logs.put_log_events(logGroupName=GROUP, logStreamName="a1", logEvents=events)
        control.put_log_events(REGION, GROUP, "a1", [(time_ms, "line")])
    found = control.locked(lambda: backend("cloudwatch", REGION).metric_data)
    assert sum(datum.sample_count for datum in found) == 2.0
    assert statistics(control) == [(2.0, 2.0)]
