"""Calls about alarms whose effect on the alarms' states moto gets wrong.

moto begins every alarm as OK, also one that is only put anew, and SetAlarmState has no effect but
the state. On AWS a new alarm has insufficient data, one that is put anew keeps its state, and
setting a state is how actions are tried out.
"""

from collections.abc import Callable
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.alarms.actions import AlarmState, Transition, state_of
from tracing_lab.embedded.moto.alarms.states import UNKNOWN
from tracing_lab.embedded.protocol.operations import operation_name

_PUT = frozenset({"PutMetricAlarm", "PutCompositeAlarm"})


def with_alarm_states(
    answer: Callable[[HttpRequest], HttpResponse], request: HttpRequest, *, region: str
) -> tuple[HttpResponse, list[Transition]]:
    """Answer a call of CloudWatch's, and give the alarms that it brought into another state.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    operation = operation_name(request)
    if operation not in _PUT and operation != "SetAlarmState":
        return answer(request), []
    alarms = backend("cloudwatch", region).alarms
    before = {name: (alarm, state_of(alarm)) for name, alarm in alarms.items()}
    response = answer(request)
    if operation in _PUT:
        for name, alarm in alarms.items():
            known, state = before.get(name, (None, None))
            if known is not alarm:
                _restore(alarm, state)
        return response, []
    changed = ((alarm, state) for alarm, state in before.values() if state != state_of(alarm))
    transitions = [Transition(alarm, state) for alarm, state in changed]
    return response, [one for one in transitions if one.before.value != one.alarm.state_value]


def _restore(alarm: Any, state: AlarmState | None) -> None:
    if state is None:
        alarm.state_value = UNKNOWN
        return
    alarm.state_value = state.value
    alarm.state_reason = state.reason
    alarm.state_reason_data = state.reason_data
    alarm.state_updated_timestamp = state.since
