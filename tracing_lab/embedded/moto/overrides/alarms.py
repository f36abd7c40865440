"""Calls about alarms whose effect on the state of alarms is wrong in moto.

In moto every PutMetricAlarm sets the state OK, and SetAlarmState runs no actions. On AWS a new
alarm has insufficient data, an updated one keeps its state, and setting a state is how actions are
tested.
"""

from collections.abc import Callable
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.alarms.actions import AlarmState, Transition, state_of
from tracing_lab.embedded.moto.alarms.states import UNKNOWN
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall


def with_kept_states(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Keep the state of an updated alarm, and set insufficient data for a new one."""
    alarms = backend("cloudwatch", call.region).alarms
    before = {name: (alarm, state_of(alarm)) for name, alarm in alarms.items()}
    response = call_next(call)
    for name, alarm in alarms.items():
        known, state = before.get(name, (None, None))
        if known is not alarm:
            _restore(alarm, state)
    return response


def set_alarm_state(
    call: ApiCall, call_next: CallNext, run_actions: Callable[[Transition], None]
) -> HttpResponse:
    """Respond to SetAlarmState.

    Parameters
    ----------
    call
        The call.
    call_next
        moto.
    run_actions
        Runs the actions of an alarm that changed its state.
    """
    alarms = backend("cloudwatch", call.region).alarms
    before = [(alarm, state_of(alarm)) for alarm in alarms.values()]
    response = call_next(call)
    for alarm, state in before:
        if state.value != alarm.state_value:
            run_actions(Transition(alarm, state))
    return response


def _restore(alarm: Any, state: AlarmState | None) -> None:
    if state is None:
        alarm.state_value = UNKNOWN
        return
    alarm.state_value = state.value
    alarm.state_reason = state.reason
    alarm.state_reason_data = state.reason_data
    alarm.state_updated_timestamp = state.since
