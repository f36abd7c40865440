"""Rejects schedules that EventBridge Scheduler rejects.

This is checked when a call is made, and not again when it is replayed, because it depends on the
time and on roles. Messages without a source are our own. A time in the past is no error: AWS was
seen to accept it, and to call the target at once.
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.specs.schedule_specs import epoch_s
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import rejection
from tracing_lab.embedded.scheduler.expressions import timing_of
from tracing_lab.embedded.scheduler.model import PRINCIPAL, target_of
from tracing_lab.embedded.scheduler.operations import target_problem
from tracing_lab.embedded.timetable.timing import zone_of

_OLDEST_START_S = 5 * 60

Assumable = Callable[[str, str], bool]
"""Whether there is a role, by its ARN, that a service may assume."""


def schedule_problem(
    call: ApiCall, assumable: Assumable, *, clock: Callable[[], float] = time.time
) -> HttpResponse | None:
    """Return the response to a call with an invalid schedule; None for all others.

    Parameters
    ----------
    call
        Any call; the types of its members are right already.
    assumable
        Evaluates trust policies.
    clock
        Epoch seconds.
    """
    if call.service != "scheduler" or call.operation not in {"CreateSchedule", "UpdateSchedule"}:
        return None
    members = call.members
    is_new = call.operation == "CreateSchedule"
    message = (
        _time_problem(members)
        or _bounds_problem(members, clock() - _OLDEST_START_S if is_new else 0.0)
        or _window_problem(members["FlexibleTimeWindow"])
        or target_problem(target_of(members["Target"]))
        or _role_problem(members["Target"]["RoleArn"], assumable)
    )
    return None if message is None else rejection(call, 400, "ValidationException", message)


def _time_problem(members: Mapping[str, Any]) -> str | None:
    expression = members["ScheduleExpression"]
    name = members.get("ScheduleExpressionTimezone") or "UTC"
    zone = zone_of(name)
    if zone is None:
        return f"Invalid Schedule Expression Timezone {name}."
    return None if timing_of(expression, zone) else f"Invalid Schedule Expression {expression}."


def _bounds_problem(members: Mapping[str, Any], oldest_s: float) -> str | None:
    try:
        start_s, end_s = epoch_s(members.get("StartDate")), epoch_s(members.get("EndDate"))
    except ValueError as error:
        return f"Invalid StartDate or EndDate: {error}"
    if members["ScheduleExpression"].startswith("at("):
        return None  # which ignores them
    if start_s is not None and start_s < oldest_s:
        return "The StartDate you specify cannot be earlier than 5 minutes ago."
    if start_s is not None and end_s is not None and end_s <= start_s:
        return "The EndDate you specify must come after the StartDate."
    return None


def _window_problem(window: Mapping[str, Any]) -> str | None:
    if window["Mode"] == "FLEXIBLE" and window.get("MaximumWindowInMinutes") is None:
        return "MaximumWindowInMinutes must be specified when Mode is FLEXIBLE."
    if window["Mode"] == "OFF" and window.get("MaximumWindowInMinutes") is not None:
        return "MaximumWindowInMinutes must not be specified when Mode is OFF."
    return None


def _role_problem(role_arn: str, assumable: Assumable) -> str | None:
    if assumable(role_arn, PRINCIPAL):
        return None
    return "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
