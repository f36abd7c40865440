"""Statistic sets as `aws cloudwatch` shows them."""

import json
import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from control_planes import client_of
from hypothesis import given, strategies as st

from tracing_lab.embedded.cloudwatch.embedded_metrics import MetricDatum
from tracing_lab.embedded.cloudwatch.percentiles import counts_of
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.metrics.statistics import StatisticStore, statistic_of
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.xray.derive.cache_sizes import size_of

REGION = "eu-west-1"
NOON = datetime(2026, 11, 23, 12)  # noqa: DTZ001 - as moto keeps it
API = [{"Name": "ApiName", "Value": "orders"}]
STAGE = [*API, {"Name": "Stage", "Value": "prod"}]


def member(value: float, dimensions: list[dict[str, str]], moment: datetime = NOON) -> Any:
    return {
        "MetricName": "Count",
        "Dimensions": dimensions,
        "Timestamp": moment,
        "Unit": "Count",
        "StatisticValues": {"SampleCount": 1.0, "Sum": value, "Minimum": value, "Maximum": value},
    }


def asked(control: ControlPlane, dimensions: list[dict[str, str]]) -> list[tuple[Any, ...]]:
    names = ["Sum", "SampleCount", "Minimum", "Maximum"]
    found = client_of(control, "cloudwatch", REGION).get_metric_statistics(
        Namespace="AWS/ApiGateway",
        MetricName="Count",
        Dimensions=dimensions,
        StartTime=NOON,
        EndTime=NOON + timedelta(hours=1),
        Period=60,
        Statistics=names,
    )
    return [tuple(one[name] for name in names) for one in found["Datapoints"]]


def test_one_minute_is_one_datapoint_however_often_it_is_written(control: ControlPlane) -> None:
    for value in (3.0, 1.0):
        control.add_statistics(REGION, "AWS/ApiGateway", [member(value, API)])
    assert asked(control, API) == [(4.0, 2.0, 1.0, 3.0)]
    assert len(backend("cloudwatch", REGION).metric_data) == 1


def test_minutes_are_datapoints_of_their_own(control: ControlPlane) -> None:
    for minute in (0, 1):
        later = NOON + timedelta(minutes=minute)
        control.add_statistics(REGION, "AWS/ApiGateway", [member(1.0, API, later)])
    assert [values[0] for values in asked(control, API)] == [1.0, 1.0]


def test_what_has_more_dimensions_is_another_metric(control: ControlPlane) -> None:
    data = [member(5.0, API), member(5.0, STAGE)]
    control.add_statistics(REGION, "AWS/ApiGateway", data)
    assert asked(control, API) == asked(control, STAGE[::-1]) == [(5.0, 1.0, 5.0, 5.0)]


def test_after_a_reset_counting_begins_anew(control: ControlPlane) -> None:
    control.add_statistics(REGION, "AWS/ApiGateway", [member(5.0, API)])
    control.reset()
    control.add_statistics(REGION, "AWS/ApiGateway", [member(2.0, API)])
    assert asked(control, API) == [(2.0, 1.0, 2.0, 2.0)]


def test_values_of_log_lines_are_added_up_too(control: ControlPlane) -> None:
    for second in (10, 20):
        moment = NOON.replace(second=second)
        datum = MetricDatum(
            "AWS/ApiGateway", "Count", (("ApiName", "orders"),), (1.0, 2.0), "Count", 0
        )
        data = {**datum.as_put_metric_data(), "Timestamp": moment}
        control.put_metrics(REGION, "AWS/ApiGateway", [data])
    assert asked(control, API) == [(6.0, 4.0, 1.0, 2.0)]


def test_high_resolution_values_keep_their_second(control: ControlPlane) -> None:
    moment = NOON.replace(second=10)
    data = {**member(0.0, API, moment), "Values": [5.0], "StorageResolution": 1}
    control.put_metrics(REGION, "AWS/ApiGateway", [data])
    (datum,) = backend("cloudwatch", REGION).metric_data
    assert (datum.timestamp, datum.sum) == (moment, 5.0)


def test_the_oldest_data_make_room() -> None:
    data: list[Any] = []
    store = StatisticStore(data, most=10)
    for number in range(25):
        store.add("N", [member(1.0, API, NOON + timedelta(minutes=number))])
    assert len(data) <= 10
    assert data[-1].timestamp == NOON + timedelta(minutes=24)
    store.add("N", [member(2.0, API, NOON + timedelta(minutes=24))])
    assert sum(one.sum for one in data if one.timestamp == NOON + timedelta(minutes=24)) == 3.0


def valued(minute: int, values: list[float]) -> Any:
    moment = NOON + timedelta(minutes=minute)
    return {**member(1.0, API, moment), "Values": values, "Counts": [1.0] * len(values)}


def values_of(data: list[Any]) -> list[int | None]:
    return [None if one.values is None else len(one.values) for one in data]


def test_the_oldest_lose_their_values_when_there_are_too_many() -> None:
    data: list[Any] = []
    store = StatisticStore(data, most_values=6)
    store.add("n", [valued(0, [1.0, 2.0, 3.0]), valued(1, [1.0, 2.0])])
    assert values_of(data) == [3, 2]
    store.add("n", [valued(1, [2.0, 3.0])])  # one value more
    assert values_of(data) == [3, 3]
    store.add("n", [valued(2, [1.0])])
    assert values_of(data) == [None, 3, 1]
    assert [one.sum for one in data] == [1.0, 2.0, 1.0]
    store.add("n", [valued(3, [float(number) for number in range(7)])])  # more than there is room
    assert values_of(data) == [None, None, None, 7]


def test_values_of_dropped_data_are_counted_no_more() -> None:
    data: list[Any] = []
    store = StatisticStore(data, most=10, most_values=30)
    for minute in range(100):
        store.add("n", [valued(minute, [1.0, 2.0])])
        known = [one for one in values_of(data) if one is not None]
        assert store._values == sum(known) <= 30
        assert len(store._detailed) <= len(data) <= 10


def test_gauges_count_their_values_once() -> None:
    data: list[Any] = []
    store = StatisticStore(data, most_values=3)
    for value in (1.0, 2.0, 3.0, 4.0):
        store.put("n", valued(0, [value]))
    assert (values_of(data), store._values) == ([1], 1)


def test_a_gauge_counts_once_though_a_datum_of_the_future_came() -> None:
    data: list[Any] = []
    store = StatisticStore(data)
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    for value in (1.0, 2.0):
        store.put("n", member(value, API, now))
        store.add("n", [member(0.0, STAGE, now + timedelta(hours=value))])
    (gauge,) = [one for one in data if one.timestamp == now]
    assert (gauge.sum, gauge.sample_count) == (2.0, 1.0)


def test_values_take_few_bytes_when_their_minute_is_over() -> None:
    data: list[Any] = []
    store = StatisticStore(data)
    store.add("n", [valued(0, [number / 7 for number in range(1000)]), valued(1, [1.0])])
    assert data[0]._packed is None  # values may come that belong to it
    store.add("n", [valued(2, [1.0]), valued(0, [0.0, 0.5])])
    first = [one for one in data if one.timestamp == NOON]
    assert counts_of(first) == {number / 7: 1.0 for number in range(1000)} | {0.0: 2.0, 0.5: 1.0}
    assert size_of(first[0]._packed) < 17_000


def test_a_single_value_is_not_stored_when_its_minute_is_over() -> None:
    data: list[Any] = []
    store = StatisticStore(data)
    for minute in range(3):
        store.add("n", [valued(minute, [1.0])])
    assert values_of(data) == [None, 1, 1]
    assert store._values == 2
    assert counts_of(data) == {1.0: 3.0}


def test_a_value_of_the_future_keeps_no_other_minute_open() -> None:
    data: list[Any] = []
    store = StatisticStore(data)
    for minute in (60, 0, 1, 2):
        store.add("n", [valued(minute, [1.0])])
    assert values_of(data) == [1, None, 1, 1]
    assert len(store._open) == len(store._due) == 3


@given(st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 9), min_size=1)), max_size=30))
def test_in_whatever_order_values_come_nothing_is_lost(puts: list[tuple[int, list[int]]]) -> None:
    data: list[Any] = []
    store = StatisticStore(data)
    for minute, numbers in puts:
        store.add("n", [statistic_of(valued(minute, [float(number) for number in numbers]))])
    for minute in range(6):
        mine = [one for one in data if one.timestamp == NOON + timedelta(minutes=minute)]
        expected = Counter(float(number) for at, found in puts if at == minute for number in found)
        assert counts_of(mine) == expected
    assert store._values == sum(one.value_count for one in data)


def test_an_hour_of_a_metric_takes_few_bytes_a_minute() -> None:
    data: list[Any] = []
    store = StatisticStore(data)
    tracemalloc.start()
    for minute in range(1000):
        moment = NOON + timedelta(minutes=minute)
        own_texts = json.loads(json.dumps(member(1.0, STAGE), default=str))
        store.add("AWS/ApiGateway", [{**own_texts, "Timestamp": moment}])
    used, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / 1000 < 400
