"""One test for each rule of when environments are started."""

import pytest

from tracing_lab.embedded.functions import FunctionSettings
from tracing_lab.embedded.functions.environments.scaling import Scale, ScalingPolicy

SETTINGS = FunctionSettings(
    parallel_starts=2,
    max_environments=8,
    event_scale_out_delay_s=0.025,
    saturated_delay_starts=(4.0, 20.0),
)
IDLE = ScalingPolicy(SETTINGS, saturated=lambda: False)
SATURATED = ScalingPolicy(SETTINGS, saturated=lambda: True)

both = pytest.mark.parametrize("for_event", [False, True])


@both
def test_1_the_first_environment_is_started_at_once(*, for_event: bool) -> None:
    assert SATURATED.starts_at_once(Scale(), for_event=for_event)


def test_2_a_request_has_another_environment_started_at_once() -> None:
    assert IDLE.starts_at_once(Scale(environments=5, starting=1), for_event=False)


def test_3_an_event_is_delayed() -> None:
    assert not IDLE.starts_at_once(Scale(environments=1), for_event=True)
    assert IDLE.delay_s(Scale(environments=1), for_event=True) == 0.025


@both
def test_4_a_delay_is_as_long_as_a_start_and_one_follows_the_other(*, for_event: bool) -> None:
    assert IDLE.delay_s(Scale(environments=1, start_s=0.3), for_event=for_event) == 0.3
    assert IDLE.is_due(Scale(environments=1), 0.0)
    assert not IDLE.is_due(Scale(environments=1), 0.1)
    assert not IDLE.is_due(Scale(environments=2, starting=1), 0.0)


@pytest.mark.parametrize("for_event, delay_s", [(False, 1.0), (True, 5.0)])
def test_5_while_the_cpu_is_saturated_delays_are_longer(*, for_event: bool, delay_s: float) -> None:
    few, enough = Scale(environments=1, start_s=0.25), Scale(environments=2, start_s=0.25)
    assert SATURATED.starts_at_once(few, for_event=False)
    assert not SATURATED.starts_at_once(enough, for_event=False)
    assert SATURATED.delay_s(few, for_event=for_event) == 0.25
    assert SATURATED.delay_s(enough, for_event=for_event) == delay_s


@pytest.mark.parametrize("remaining_s, after_s", [(5.0, 0.25), (0.1, 0.1), (-1.0, 0.25)])
def test_5_a_delay_is_checked_again_after_the_time_of_a_start(
    remaining_s: float, after_s: float
) -> None:
    scale = Scale(environments=2, start_s=0.25)
    assert SATURATED.check_again_s(scale, remaining_s) == after_s


def test_6_starts_at_the_same_time_and_environments_are_limited() -> None:
    assert [IDLE.may_start(starting=count) for count in (1, 2)] == [True, False]
    assert [IDLE.is_full(environments=count) for count in (7, 8)] == [False, True]


@both
def test_7_environments_for_events_have_lower_priority(*, for_event: bool) -> None:
    assert IDLE.lowers_priority(for_event=for_event) is for_event


def test_8_a_request_is_throttled_in_the_end_and_an_event_is_not() -> None:
    assert IDLE.throttles(Scale(environments=1), for_event=False)
    assert not IDLE.throttles(Scale(environments=2, starting=1), for_event=False)
    assert not IDLE.throttles(Scale(environments=1), for_event=True)
