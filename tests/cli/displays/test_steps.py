"""The display of steps: a line for each that ended, with what is left."""

import pytest

from tracing_lab.aws import LOCAL_CONTROL_PLANE, ControlPlaneProfile
from tracing_lab.cli.displays.steps import StepDisplay, eta_text
from tracing_lab.deploy import Plan, StepReport
from tracing_lab.errors import AwsError
from tracing_lab.stack import Action, Resource, Step


def step(name: str) -> Step:
    return Step(Action.CREATE, Resource("AWS::Events::EventBus", name, f"shop-{name}", {}))


def test_each_step_has_a_line_with_its_outcome_and_what_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slow = ControlPlaneProfile(call_s=5.0)
    first, second, third = map(step, "abc")
    with StepDisplay(Plan("s", (first, second, third)), slow) as shown:
        shown.start(first)
        shown.start(second)
        shown.start(third)
        shown.end(StepReport(first, 1.25))
        shown.end(StepReport(second, 0.0, AwsError("refused")))
        shown.end(StepReport(third, 0.0, kept="Others log by it."))
    assert capsys.readouterr().out.splitlines() == [
        "[1/3] + AWS::Events::EventBus shop-a: done after 1.2 s, about 5 s left",
        "[2/3] + AWS::Events::EventBus shop-b: failed: refused after 0.0 s, about 5 s left",
        "[3/3] + AWS::Events::EventBus shop-c: kept after 0.0 s",
    ]


def test_moments_are_not_worth_an_estimate() -> None:
    assert eta_text([step("a")], LOCAL_CONTROL_PLANE) == ""
    assert eta_text([step("a")], ControlPlaneProfile(call_s=40.0)) == "about 40 s"
