"""What is read of metrics that were put: each with its own dimensions, unit and period."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call

REGION = "eu-west-1"
NOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
HOURS = {"StartTime": NOON, "EndTime": NOON + timedelta(hours=2)}
DIMENSIONS: Mapping[str, list[dict[str, str]]] = {
    "none": [],
    "a": [{"Name": "A", "Value": "1"}],
    "other a": [{"Name": "A", "Value": "2"}],
    "a and b": [{"Name": "A", "Value": "1"}, {"Name": "B", "Value": "1"}],
}


@pytest.fixture
def cloudwatch(control: ControlPlane) -> Any:
    return client_of(control, "cloudwatch", REGION)


def put(cloudwatch: Any, name: str = "m", *, namespace: str = "N", **member: Any) -> None:
    member = {"MetricName": name, "Timestamp": NOON, **member}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[member])


def statistics(cloudwatch: Any, **more: Any) -> list[dict[str, Any]]:
    asked = {"Namespace": "N", "MetricName": "m", "Period": 60, "Statistics": ["Sum"], **HOURS}
    return list(cloudwatch.get_metric_statistics(**asked | more)["Datapoints"])


def of_metric(name: str, metric: str = "m", stat: str = "Sum", **more: Any) -> dict[str, Any]:
    dimensions = more.pop("Dimensions", [])
    found = {"Namespace": "N", "MetricName": metric, "Dimensions": dimensions}
    period = more.pop("Period", 60)
    return {"Id": name, "MetricStat": {"Metric": found, "Period": period, "Stat": stat}, **more}


def data(cloudwatch: Any, *queries: Any, **more: Any) -> dict[str, list[float]]:
    found = cloudwatch.get_metric_data(MetricDataQueries=list(queries), **HOURS | more)
    return {one["Id"]: one["Values"] for one in found["MetricDataResults"]}


def test_a_metric_is_its_namespace_its_name_and_all_its_dimensions(cloudwatch: Any) -> None:
    for number, dimensions in enumerate(DIMENSIONS.values(), 1):
        put(cloudwatch, Value=float(number), Dimensions=dimensions)
        put(cloudwatch, Value=100.0, Dimensions=dimensions, namespace="Mine")
        put(cloudwatch, "other", Value=100.0, Dimensions=dimensions)
    for number, dimensions in enumerate(DIMENSIONS.values(), 1):
        (point,) = statistics(cloudwatch, Dimensions=dimensions[::-1])
        read = data(cloudwatch, of_metric("a", Dimensions=dimensions[::-1]))
        assert (point["Sum"], read) == (number, {"a": [number]})


def test_metrics_are_listed_once_and_by_part_of_their_dimensions(cloudwatch: Any) -> None:
    for dimensions in DIMENSIONS.values():
        for minute in range(3):
            moment = NOON + timedelta(minutes=minute)
            put(cloudwatch, Value=1.0, Dimensions=dimensions, Timestamp=moment)

    def listed(*dimensions: dict[str, str]) -> int:
        return len(cloudwatch.list_metrics(Namespace="N", Dimensions=[*dimensions])["Metrics"])

    assert listed() == len(DIMENSIONS)
    assert listed({"Name": "A"}) == 3
    assert listed({"Name": "A", "Value": "1"}) == 2
    assert listed({"Name": "A", "Value": "1"}, {"Name": "B"}) == 1
    assert listed({"Name": "A", "Value": "3"}) == listed({"Name": "C"}) == 0


def test_periods_begin_at_the_start_of_the_request(cloudwatch: Any) -> None:
    for minutes in (50, 70):
        put(cloudwatch, Value=1.0, Timestamp=NOON + timedelta(minutes=minutes))
    points = statistics(cloudwatch, Period=3600)
    assert [(one["Timestamp"] - NOON, one["Sum"]) for one in points] == [
        (timedelta(0), 1.0),
        (timedelta(hours=1), 1.0),
    ]
    query = of_metric("a", Period=3600)
    assert data(cloudwatch, query) == {"a": [1.0, 1.0]}
    later = {"StartTime": NOON + timedelta(minutes=20)}
    assert data(cloudwatch, query, **later) == {"a": [2.0]}


def test_the_start_is_rounded_down_to_a_minute_and_the_end_is_not_in_the_range(
    cloudwatch: Any,
) -> None:
    put(cloudwatch, Value=1.0, Timestamp=NOON + timedelta(seconds=40))
    later = {"StartTime": NOON + timedelta(seconds=30)}
    assert [one["Timestamp"] for one in statistics(cloudwatch, **later)] == [NOON]
    assert data(cloudwatch, of_metric("a"), **later) == {"a": [1.0]}
    before = {"StartTime": NOON - timedelta(minutes=1), "EndTime": NOON}
    assert statistics(cloudwatch, **before) == []
    assert data(cloudwatch, of_metric("a"), **before) == {"a": []}


def test_units_are_datapoints_of_their_own(cloudwatch: Any) -> None:
    put(cloudwatch, Value=1.0, Unit="Seconds")
    put(cloudwatch, Value=5.0)
    found = {one["Unit"]: one["Sum"] for one in statistics(cloudwatch)}
    assert found == {"Seconds": 1.0, "None": 5.0}
    assert [one["Sum"] for one in statistics(cloudwatch, Unit="Seconds")] == [1.0]


def test_many_equal_values_are_one_datum(cloudwatch: Any) -> None:
    for _ in range(2):
        put(cloudwatch, Values=[1.0, 3.0], Counts=[40_000, 20_000])
    assert len(backend("cloudwatch", REGION).metric_data) == 1
    (point,) = statistics(
        cloudwatch, Statistics=["SampleCount", "Sum", "Average"], ExtendedStatistics=["p50", "p90"]
    )
    assert (point["SampleCount"], point["Sum"]) == (120_000, 200_000)
    assert point["Average"] == pytest.approx(5 / 3)
    assert point["ExtendedStatistics"] == {"p50": 1.0, "p90": 3.0}


def test_values_that_were_never_counted_are_no_data(cloudwatch: Any) -> None:
    put(cloudwatch, Values=[1.0], Counts=[0])
    assert statistics(cloudwatch) == []


def test_statistic_sets_have_no_percentiles(cloudwatch: Any) -> None:
    sets = {"SampleCount": 2.0, "Sum": 3.0, "Minimum": 1.0, "Maximum": 2.0}
    put(cloudwatch, StatisticValues=sets)
    (point,) = statistics(cloudwatch, Statistics=list(sets), ExtendedStatistics=["p50"])
    assert {name: point[name] for name in sets} == sets
    assert "ExtendedStatistics" not in point
    assert data(cloudwatch, of_metric("a", stat="p50")) == {"a": []}


def test_a_negative_value_leaves_no_percentiles(cloudwatch: Any) -> None:
    put(cloudwatch, Values=[-1.0, 2.0])
    (point,) = statistics(cloudwatch, ExtendedStatistics=["p50"])
    assert point["Sum"] == 1.0
    assert "ExtendedStatistics" not in point
    assert data(cloudwatch, of_metric("a", stat="p50")) == {"a": []}


@pytest.mark.parametrize(
    "expression, values",
    [
        ("a*2", [8.0, 4.0]),
        ("b", [10.0]),
        ("a / b", [0.4]),
        ("FILL(b, 0) + a", [14.0, 2.0]),
        ("SUM([a, b])", [14.0, 2.0]),
        ("earlier + 1", [9.0, 5.0]),
        ("a / (b - b)", []),
    ],
)
def test_expressions_are_evaluated_for_each_period(
    cloudwatch: Any, expression: str, values: list[float]
) -> None:
    put(cloudwatch, "a", Value=2.0)
    for name, value in (("a", 4.0), ("b", 10.0)):
        put(cloudwatch, name, Value=value, Timestamp=NOON + timedelta(minutes=1))
    hidden: dict[str, Any] = {"ReturnData": False}
    queries = [
        {"Id": "e", "Expression": expression},  # uses what comes later
        {"Id": "earlier", "Expression": "a * 2", **hidden},
        of_metric("a", "a", **hidden),
        of_metric("b", "b", **hidden),
    ]
    assert data(cloudwatch, *queries) == {"e": values}
    ascending = data(cloudwatch, *queries, ScanBy="TimestampAscending")
    assert ascending == {"e": values[::-1]}


@pytest.mark.parametrize(
    "expression",
    [
        'SELECT MAX(Nothing) FROM "Nowhere"',
        "SUM(METRICS())",
        "RATE(a)",
        "IF(a > 1, a, 0)",
        "unknown + 1",
        "e + 1",
        "a +",
        "a + hourly",
        "SEARCH('{N} m', 'Sum', 60)",
    ],
)
def test_what_is_not_evaluated_is_an_error(cloudwatch: Any, expression: str) -> None:
    put(cloudwatch, Value=2.0)
    queries = [
        of_metric("a"),
        of_metric("hourly", Period=3600),
        {"Id": "e", "Expression": expression, "Period": 60},
    ]
    with pytest.raises(ClientError) as error:
        data(cloudwatch, *queries)
    assert error.value.response["Error"]["Code"] == "ValidationError"


def test_other_statistics_are_errors(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="tm90 is not simulated"):
        data(cloudwatch, of_metric("a", stat="tm90"))
    with pytest.raises(ClientError, match="tm90 is not simulated"):
        statistics(cloudwatch, ExtendedStatistics=["tm90"])


def test_older_clients_read_the_same(control: ControlPlane, cloudwatch: Any) -> None:
    for dimensions in DIMENSIONS.values():
        put(cloudwatch, Value=1.0, Dimensions=dimensions)
    times = f"StartTime={NOON:%Y-%m-%dT%H:%M:%SZ}&EndTime={HOURS['EndTime']:%Y-%m-%dT%H:%M:%SZ}"
    body = f"Action=GetMetricStatistics&Namespace=N&MetricName=m&Period=60&{times}"
    request = HttpRequest(
        "POST",
        "/",
        headers=(
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", f"AWS4-HMAC-SHA256 Credential=k/20260101/{REGION}/monitoring/aws4"),
        ),
        body=f"{body}&ExtendedStatistics.member.1=p50&Statistics.member.1=Sum".encode(),
    )
    response = control.handle(read_call(request))
    assert response.status == 200
    assert b"<Sum>1.0</Sum>" in response.body
    assert b"<key>p50</key><value>1.0</value>" in response.body
