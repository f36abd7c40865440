"""EventBridge Scheduler: groups that exist or not, and what moto keeps of a schedule.

https://docs.aws.amazon.com/scheduler/latest/APIReference/Welcome.html
"""

from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, succeeded
from tracing_lab.embedded.moto.replaying.call_clock import CLOCK
from tracing_lab.embedded.protocol.api_call import ApiCall, json_members
from tracing_lab.embedded.protocol.errors import ApiError

_DEFAULT = "default"
_CONFLICT, _NOT_FOUND = 409, 404


def create_schedule(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Create a schedule in a group that exists, with any StartDate.

    moto rejects one that has passed, also when a journaled call is repeated after a restart.
    """
    name = call.path_members["Name"]
    if name in _group(call).schedules:
        code = "ConflictException"
        raise ApiError(code, f"Schedule {name} already exists.", status=_CONFLICT)
    return _with_all_members(call, call_next)


def update_schedule(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Replace a schedule as a whole: what the call leaves out gets its default."""
    name = call.path_members["Name"]
    if name not in _group(call).schedules:
        code = "ResourceNotFoundException"
        raise ApiError(code, f"Schedule {name} does not exist.", status=_NOT_FOUND)
    return _with_all_members(call, call_next)


def create_group(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Create a group, where moto would replace one of the same name and lose its schedules."""
    name = call.path_members["Name"]
    if name in _groups(call):
        code = "ConflictException"
        raise ApiError(code, f"Schedule group {name} already exists.", status=_CONFLICT)
    return call_next(call)


def delete_group(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Delete a group with its schedules; that the default one stays is documented."""
    name = call.path_members["Name"]
    if name not in _groups(call):
        code = "ResourceNotFoundException"
        raise ApiError(code, f"Schedule group {name} does not exist.", status=_NOT_FOUND)
    if name == _DEFAULT:
        code = "ValidationException"
        raise ApiError(code, "The default schedule group cannot be deleted.")
    return call_next(call)


def _with_all_members(call: ApiCall, call_next: CallNext) -> HttpResponse:
    content = dict(json_members(call.request) or {})
    start = content.pop("StartDate", None)
    response = call_next(call.with_members({"State": "ENABLED", **content}))
    if succeeded(response):
        schedule = _group(call).schedules[call.path_members["Name"]]
        _note_time(schedule, is_new=call.operation == "CreateSchedule")
        schedule.start_date = start
        schedule.action_after_completion = content.get("ActionAfterCompletion") or "NONE"
    return response


def _note_time(schedule: Any, *, is_new: bool) -> None:
    """Set the times that a schedule shows to that of the call, also when it is replayed."""
    schedule.last_modified_date = CLOCK.time_s()
    if is_new:
        schedule.creation_date = schedule.last_modified_date


def _group(call: ApiCall) -> Any:
    name = call.members.get("GroupName") or _DEFAULT
    if name not in _groups(call):
        code = "ResourceNotFoundException"
        raise ApiError(code, f"Schedule group {name} does not exist.", status=_NOT_FOUND)
    return _groups(call)[name]


def _groups(call: ApiCall) -> Any:
    return backend("scheduler", call.region).schedule_groups
