"""Metrics are added up per minute before they are written."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from tracing_lab.embedded.cloudwatch.metrics import Measurement, Metrics

ORDER = (("FunctionName", "order"),)
NEVER_S = 3600.0


class Control:
    """Stands for CloudWatch; refuses namespaces that it is told to refuse."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.written: list[tuple[str, dict[str, Any]]] = []
        self.came = threading.Event()

    def put(self, namespace: str, data: list[dict[str, Any]]) -> None:
        if namespace == self.refused:
            raise RuntimeError(namespace)
        self.written += [(namespace, member) for member in data]
        self.came.set()


@contextmanager
def metrics(control: Control, **options: Any) -> Iterator[Metrics]:
    made = Metrics(control.put, **{"flush_s": NEVER_S, **options})
    yield made
    made.close()


def test_values_of_one_minute_are_one_statistic_set() -> None:
    control = Control()
    with metrics(control, clock=lambda: 125.0) as recording:
        for value in (3.0, 1.0, 2.0):
            recording.record("AWS/Lambda", ORDER, [Measurement("Duration", value, "Milliseconds")])
        recording.flush()
    ((namespace, member),) = control.written
    assert namespace == "AWS/Lambda"
    assert member == {
        "MetricName": "Duration",
        "Dimensions": [{"Name": "FunctionName", "Value": "order"}],
        "Timestamp": datetime(1970, 1, 1, 0, 2),  # noqa: DTZ001 - as moto keeps it
        "Unit": "Milliseconds",
        "Values": [3.0, 1.0, 2.0],
        "Counts": [1.0, 1.0, 1.0],
        "StatisticValues": {"SampleCount": 3.0, "Sum": 6.0, "Minimum": 1.0, "Maximum": 3.0},
    }


def test_minutes_and_dimensions_stay_apart() -> None:
    control, moments = Control(), itertools.chain((59.9, 60.0), itertools.repeat(60.0))
    with metrics(control, clock=lambda: next(moments)) as recording:
        recording.record("N", ORDER, [Measurement("A", 1.0)])
        recording.record("N", ORDER, [Measurement("A", 1.0)])
        recording.record("N", (), [Measurement("A", 1.0)])
        recording.flush()
    assert [member["Timestamp"].minute for _name, member in control.written] == [0, 1, 1]


def test_nothing_is_written_twice() -> None:
    control = Control()
    with metrics(control) as recording:
        recording.record("N", (), [Measurement("A", 1.0)])
        recording.flush()
        recording.flush()
    assert len(control.written) == 1


def test_metrics_are_written_without_being_asked_to() -> None:
    control = Control()
    with metrics(control, flush_s=0.001) as recording:
        recording.record("N", (), [Measurement("A", 1.0)])
        assert control.came.wait(10)


def test_sources_are_asked_before_each_hand_over() -> None:
    control = Control()
    with metrics(control) as recording:
        recording.add_source(lambda: recording.record("N", (), [Measurement("A", 1.0)]))
        recording.flush()
    assert len(control.written) == 2  # that of the flush, and that of closing


def test_closing_writes_what_is_left() -> None:
    control = Control()
    with metrics(control) as recording:
        recording.record("N", (), [Measurement("A", 1.0)])
    assert len(control.written) == 1


def test_one_namespace_s_trouble_does_not_stop_others(caplog: pytest.LogCaptureFixture) -> None:
    control = Control(refused="A")
    with metrics(control) as recording:
        recording.record("A", (), [Measurement("x", 1.0)])
        recording.record("B", (), [Measurement("x", 1.0)])
    assert [namespace for namespace, _member in control.written] == ["B"]
    assert "1 metrics of A were lost" in caplog.text


def test_alarms_are_evaluated_after_metrics_but_not_all_the_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def evaluate(now_s: float) -> None:
        looks.append((now_s, len(control.written)))
        raise RuntimeError

    looks: list[tuple[float, int]] = []
    control, moments = Control(), iter((0.0, 0.0, 4.9, 5.0, 5.1))
    with metrics(control, evaluate=evaluate, clock=lambda: next(moments)) as recording:
        recording.record("N", (), [Measurement("A", 1.0)])
        for _ in range(3):
            recording.flush()
    assert looks == [(0.0, 1), (5.0, 1)]
    assert "the next attempt may succeed" in caplog.text


def test_a_source_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    control, asked = Control(), threading.Event()

    def broken() -> None:
        raise OSError(28)  # no space left

    with metrics(control) as recording:
        recording.add_source(broken)
        recording.add_source(asked.set)
        recording.flush()
    assert asked.is_set()
    assert "A source of metrics failed" in caplog.text
