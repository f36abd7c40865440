"""Schedules that Scheduler rejects; those that it accepts are in other tests."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from schedules import NOON, QUEUE, ROLE, TARGET

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.checks.schedule_checks import schedule_problem
from tracing_lab.embedded.moto.specs.schedule_specs import epoch_s
from tracing_lab.embedded.protocol.requests import request_call
from tracing_lab.embedded.scheduler.expressions import timed
from tracing_lab.embedded.scheduler.model import ScheduleSpec

MEMBERS = {
    "Name": "s",
    "ScheduleExpression": "rate(1 minute)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": QUEUE, "RoleArn": ROLE},
}
ROLE_MESSAGE = (
    "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
)


def problem(operation: str = "CreateSchedule", **members: Any) -> HttpResponse | None:
    call = request_call(
        "scheduler", operation, {**MEMBERS, **members}, caller="me", region="eu-west-1"
    )
    return schedule_problem(call, is_assumable, clock=lambda: NOON)


def is_assumable(role_arn: str, service: str) -> bool:
    assert service == "scheduler.amazonaws.com"
    return role_arn == ROLE


@pytest.mark.parametrize(
    "members, message",
    [
        (
            {"ScheduleExpression": "rate(30 seconds)"},
            "Invalid Schedule Expression rate(30 seconds).",
        ),
        (
            {"ScheduleExpression": "at(2026-09-08T03:54:26.439)"},
            "Invalid Schedule Expression at(2026-09-08T03:54:26.439).",
        ),
        (
            {"ScheduleExpressionTimezone": "Europe/Atlantis"},
            "Invalid Schedule Expression Timezone Europe/Atlantis.",
        ),
        (
            {"StartDate": NOON - 301},
            "The StartDate you specify cannot be earlier than 5 minutes ago.",
        ),
        (
            {"StartDate": NOON + 60, "EndDate": NOON + 60},
            "The EndDate you specify must come after the StartDate.",
        ),
        (
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
            "MaximumWindowInMinutes must be specified when Mode is FLEXIBLE.",
        ),
        (
            {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
            "MaximumWindowInMinutes must not be specified when Mode is OFF.",
        ),
        (
            {"Target": {"Arn": "queue", "RoleArn": ROLE}},
            "Provided Arn is not in correct format.",
        ),
        ({"Target": {"Arn": QUEUE, "RoleArn": f"{ROLE}2"}}, ROLE_MESSAGE),
        ({"Target": {"Arn": QUEUE, "RoleArn": f"{ROLE}3"}}, ROLE_MESSAGE),
    ],
)
def test_rejected_schedules(members: dict[str, Any], message: str) -> None:
    found = problem(**members)
    assert found is not None
    content = json.loads(found.body)
    assert (content["__type"], content["message"]) == ("ValidationException", message)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"ScheduleExpression": "at(2020-01-01T00:00:00)"},  # AWS was seen to accept it
        {"StartDate": NOON - 299, "EndDate": NOON + 1},
        {"ScheduleExpression": "at(2027-01-01T00:00:00)", "StartDate": 1, "EndDate": 1},  # ignored
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}},
        {"ScheduleExpressionTimezone": "America/New_York"},
    ],
)
def test_accepted_schedules(members: dict[str, Any]) -> None:
    assert problem(**members) is None


@pytest.mark.parametrize("date", ["tomorrow", "", 1e300, -1e300, 2**80, "0000-01-01T00:00:00Z"])
@pytest.mark.parametrize("member", ["StartDate", "EndDate"])
@pytest.mark.parametrize("expression", ["rate(1 day)", "at(2027-01-01T00:00:00)"])
def test_dates_have_to_be_dates(date: Any, member: str, expression: str) -> None:
    call = request_call("scheduler", "CreateSchedule", MEMBERS, caller="me", region="r")
    content = {**call.members, "ScheduleExpression": expression, member: date}
    found = schedule_problem(call.with_members(content), is_assumable, clock=lambda: NOON)
    assert found is not None
    assert "Invalid StartDate or EndDate" in json.loads(found.body)["message"]


def test_an_update_keeps_a_start_that_has_passed() -> None:
    assert problem("UpdateSchedule", StartDate=NOON - 9999) is None
    assert problem("UpdateSchedule", ScheduleExpression="rate(0 days)") is not None


def test_other_calls_are_not_checked() -> None:
    call = request_call("scheduler", "DeleteSchedule", {"Name": "s"}, caller="me", region="r")
    assert schedule_problem(call, is_assumable) is None


numbers = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
dates = numbers | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | st.text(max_size=9)
expressions = (
    st.sampled_from(["rate(1 minute)", "cron(0 9 ? * MON#1 *)", "cron(59 23 31 12 ? 9999)"])
    | st.datetimes().map(lambda moment: f"at({moment:%Y-%m-%dT%H:%M:%S})")
    | st.integers(0, 10**200).map(lambda value: f"rate({value} days)")
)


@given(
    expression=expressions,
    zone=st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati", "Mars"]),
    start=st.none() | dates,
    end=st.none() | dates,
    now_s=st.floats(0, 4e9),
)
def test_when_accepted_schedules_are_due_can_be_computed(
    expression: str, zone: str, start: Any, end: Any, now_s: float
) -> None:
    given_members = {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": zone,
        "StartDate": start,
        "EndDate": end,
    }
    call = request_call("scheduler", "UpdateSchedule", MEMBERS, caller="me", region="r")
    call = call.with_members({**call.members, **given_members})
    if schedule_problem(call, is_assumable, clock=lambda: now_s) is not None:
        return
    spec = ScheduleSpec("arn:s", "s", "g", expression, TARGET, zone, epoch_s(start), epoch_s(end))
    found = timed(spec)
    assert found is not None
    due_s = found.timing.next_after(now_s, now_s)
    assert due_s is None or due_s > now_s
