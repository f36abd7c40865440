"""Alarms change state on metrics."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.cloudwatch.metrics import Measurement, Metrics
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.alarms.states import next_state
from tracing_lab.embedded.moto.plane import ControlPlane

REGION = "eu-west-1"
MINUTE_S = 60.0
NOON_S = 1_795_435_200.0


class World:
    """A control plane with one alarm on the errors of a function, and a clock."""

    def __init__(self, control: ControlPlane, **changes: Any) -> None:
        self.control = control
        self.now_s = NOON_S
        self.alarm = backend("cloudwatch", REGION).put_metric_alarm(
            **{
                "name": "errors",
                "namespace": "AWS/Lambda",
                "metric_name": "Errors",
                "comparison_operator": "GreaterThanOrEqualToThreshold",
                "evaluation_periods": 1,
                "period": 60,
                "threshold": 2.0,
                "statistic": "Sum",
                "description": "",
                "dimensions": [{"Name": "FunctionName", "Value": "order"}],
                "alarm_actions": [],
                **changes,
            }
        )

    def state_after(self, *errors: float, function: str = "order") -> str:
        """Record errors and look at the alarm."""
        recording = Metrics(
            lambda *data: self.control.add_statistics(REGION, *data),
            flush_s=3600,
            clock=lambda: self.now_s,
        )
        for value in errors:
            dimensions = (("FunctionName", function),)
            recording.record("AWS/Lambda", dimensions, [Measurement("Errors", value)])
        recording.close()
        self.control.evaluate_alarms(REGION, now_s=self.now_s)
        return str(self.alarm.state_value)


def test_an_alarm_without_data_has_insufficient_data(control: ControlPlane) -> None:
    assert World(control).state_after() == "INSUFFICIENT_DATA"


def test_an_alarm_goes_off_and_back_with_its_metric(control: ControlPlane) -> None:
    world = World(control)
    assert world.state_after(1.0, 0.0) == "OK"
    assert world.state_after(1.0) == "ALARM"
    assert world.alarm.state_reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [2.0] were greater than or equal to "
        "the threshold (2.0)."
    )
    world.now_s += MINUTE_S
    assert world.state_after(0.0) == "OK"
    world.now_s += 2 * MINUTE_S
    assert world.state_after() == "INSUFFICIENT_DATA"


def test_another_function_s_errors_do_not_count(control: ControlPlane) -> None:
    assert World(control).state_after(9.0, function="payment") == "INSUFFICIENT_DATA"


def test_several_periods_must_breach(control: ControlPlane) -> None:
    world = World(control, evaluation_periods=2)
    assert world.state_after(9.0) == "OK"
    world.now_s += MINUTE_S
    assert world.state_after(9.0) == "ALARM"


def test_averages_are_of_all_values(control: ControlPlane) -> None:
    world = World(control, statistic="Average", threshold=0.5)
    assert world.state_after(1.0, 0.0, 0.0) == "OK"
    assert world.state_after(1.0) == "ALARM"


@pytest.mark.parametrize(
    "changes",
    [
        {"metric_name": ""},
        {"comparison_operator": "GreaterThanUpper"},
        {"period": None},
        {"threshold": None},
    ],
)
def test_alarms_of_other_kinds_keep_their_state(control: ControlPlane, changes: Any) -> None:
    assert World(control, **changes).state_after(9.0) == "OK"


@pytest.mark.parametrize(
    "values, missing, expected",
    [
        ([None, None], "ignore", "OK"),
        ([None, None], "breaching", "ALARM"),
        ([None, None], "notBreaching", "OK"),
        ([9.0, None], "notBreaching", "OK"),
        ([9.0, None], "breaching", "ALARM"),
        ([9.0, None], "missing", "ALARM"),  # data stopped in the middle of a breach
        ([None, 9.0], "missing", "OK"),
        ([9.0, 1.0], "missing", "OK"),
    ],
)
def test_missing_data_is_treated_as_asked(
    values: list[float | None], missing: str, expected: str
) -> None:
    state = next_state(values, lambda value: value > 5, needed=2, missing=missing, state="OK")
    assert state == expected


@given(values=st.lists(st.none() | st.floats(0, 10), min_size=1, max_size=6))
def test_what_never_breaches_is_no_alarm(values: list[float | None]) -> None:
    state = next_state(values, lambda value: value > 10, needed=1, missing="missing", state="OK")
    assert state != "ALARM"
