"""Metrics in log lines."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.cloudwatch.embedded_metrics import (
    MetricDatum,
    metrics_from_emf,
)


def line(*, directive: Any = None, timestamp: Any = 1_700_000_000_123, **members: Any) -> str:
    standard = {
        "Namespace": "Shop",
        "Dimensions": [["service"], ["service", "region"]],
        "Metrics": [{"Name": "Latency", "Unit": "Milliseconds", "StorageResolution": 1}],
    }
    meta = {"Timestamp": timestamp, "CloudWatchMetrics": [{**standard, **(directive or {})}]}
    values = {"service": "order", "region": "r1", "Latency": [3, 4.5], **members}
    return json.dumps({"_aws": meta, **values})


def test_each_dimension_set_makes_a_metric() -> None:
    service, both = metrics_from_emf(line())
    assert service == MetricDatum(
        namespace="Shop",
        name="Latency",
        dimensions=(("service", "order"),),
        values=(3.0, 4.5),
        unit="Milliseconds",
        timestamp_ms=1_700_000_000_123,
        resolution_s=1,
    )
    assert both.dimensions == (("service", "order"), ("region", "r1"))


def test_a_metric_becomes_a_member_of_put_metric_data() -> None:
    member = metrics_from_emf(line())[0].as_put_metric_data()
    assert member == {
        "MetricName": "Latency",
        "Dimensions": [{"Name": "service", "Value": "order"}],
        "Values": [3.0, 4.5],
        "Unit": "Milliseconds",
        "Timestamp": datetime(2023, 11, 14, 22, 13, 20, 123000),  # noqa: DTZ001 - naive by contract
        "StorageResolution": 1,
    }


@pytest.mark.parametrize("dimensions", [[], [[]]])
def test_metrics_may_have_no_dimensions(dimensions: Any) -> None:
    (metric,) = metrics_from_emf(line(directive={"Dimensions": dimensions}))
    assert metric.dimensions == ()


def test_unit_and_resolution_have_defaults() -> None:
    directive = {"Dimensions": [[]], "Metrics": [{"Name": "Orders"}]}
    (metric,) = metrics_from_emf(line(directive=directive, Orders=1))
    assert (metric.unit, metric.resolution_s, metric.values) == ("None", 60, (1.0,))


@pytest.mark.parametrize(
    "text",
    [
        "START RequestId: 1",
        "",
        "{}",
        '["_aws"]',
        '{"_aws": 5}',
        '{"_aws": {"CloudWatchMetrics": []}}',
        "[INFO] " + line(),
        line(timestamp="now"),
        line(timestamp=1e300),
        line(timestamp=-1),
        line(timestamp=True),
        line(directive={"Namespace": ""}),
        line(directive={"Namespace": None}),
        line(directive={"Metrics": "Latency"}),
        line(directive={"Metrics": [{"Name": 5}]}),
        line(directive={"Metrics": [{"Name": "absent"}]}),
        line(Latency="fast"),
        line(Latency=[1, "x"]),
        line(Latency=[]),
        line(Latency=True),
        line(Latency=list(range(101))),
        line(service=5),
        line(directive={"Dimensions": ["service"]}),
        line(directive={"Dimensions": [["service", 5]]}),
        line(directive={"Dimensions": [[f"d{n}" for n in range(31)]]}),
    ],
)
def test_lines_outside_of_the_format_give_no_metrics(text: str) -> None:
    assert metrics_from_emf(text) == []


def test_a_bad_dimension_set_does_not_spoil_the_others() -> None:
    directive = {"Dimensions": [["service"], ["service", "absent"]]}
    assert [m.dimensions for m in metrics_from_emf(line(directive=directive))] == [
        (("service", "order"),)
    ]


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["_aws", "Timestamp", "CloudWatchMetrics", "Namespace", "Dimensions", "Metrics"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_no_line_breaks_the_reader(value: Any) -> None:
    for text in (
        json.dumps(value),
        json.dumps({"_aws": value}),
        line(directive={"Metrics": value}),
    ):
        for metric in metrics_from_emf(text):
            assert metric.as_put_metric_data()["Values"]
