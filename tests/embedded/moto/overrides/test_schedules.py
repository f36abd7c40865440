"""Schedules and their groups in the control plane."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of
from schedules import FUNCTION, LETTERS, NOON, QUEUE

from tracing_lab.embedded.moto.plane import ControlPlane

OFF = {"Mode": "OFF"}


def scheduler_role(control: ControlPlane, service: str = "scheduler.amazonaws.com") -> str:
    """Return a role that a service may assume."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    name = service.partition(".")[0]
    answer = client_of(control, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    return str(answer["Role"]["Arn"])


def create(control: ControlPlane, name: str = "s", **members: Any) -> Any:
    target = {"Arn": QUEUE, "RoleArn": "arn:aws:iam::123456789012:role/scheduler"}
    return client_of(control, "scheduler").create_schedule(
        Name=name,
        **{
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": OFF,
            "Target": target,
            **members,
        },
    )


def spec(control: ControlPlane) -> Any:
    (found,) = control.catalog(REGION).schedules()
    return found


@pytest.fixture
def scheduler(control: ControlPlane) -> Any:
    scheduler_role(control)
    return client_of(control, "scheduler")


def test_a_schedule_is_read_with_all_that_was_given(control: ControlPlane, scheduler: Any) -> None:
    scheduler.create_schedule_group(Name="g")
    target = {
        "Arn": FUNCTION,
        "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
        "Input": "{}",
        "DeadLetterConfig": {"Arn": LETTERS},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 90},
    }
    create(
        control,
        GroupName="g",
        ScheduleExpression="cron(0 9 * * ? *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        StartDate=NOON + 1e9,
        EndDate=NOON + 2e9,
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        ActionAfterCompletion="DELETE",
        Target=target,
    )
    found = spec(control)
    assert found.arn == "arn:aws:scheduler:eu-west-1:123456789012:schedule/g/s"
    assert (found.group, found.expression, found.timezone) == (
        "g",
        "cron(0 9 * * ? *)",
        "Europe/Berlin",
    )
    assert (found.start_s, found.end_s, found.window_minutes) == (NOON + 1e9, NOON + 2e9, 15)
    assert found.deleted_when_completed
    assert (found.target.max_retries, found.target.max_event_age_s) == (3, 90.0)
    assert (found.target.dead_letter_arn, found.target.input) == (LETTERS, "{}")
    shown = scheduler.get_schedule(Name="s", GroupName="g")
    assert shown["StartDate"].timestamp() == NOON + 1e9
    assert shown["State"] == "ENABLED"


def test_an_update_replaces_the_whole_schedule(control: ControlPlane, scheduler: Any) -> None:
    create(control, ActionAfterCompletion="DELETE", StartDate=NOON + 1e9, State="DISABLED")
    assert control.catalog(REGION).schedules() == ()
    scheduler.update_schedule(
        Name="s",
        ScheduleExpression="rate(2 hours)",
        FlexibleTimeWindow=OFF,
        Target={"Arn": QUEUE, "RoleArn": "arn:aws:iam::123456789012:role/scheduler"},
    )
    found = spec(control)
    assert (found.expression, found.start_s) == ("rate(2 hours)", None)
    assert not found.deleted_when_completed
    assert scheduler.get_schedule(Name="s")["ActionAfterCompletion"] == "NONE"


def test_the_same_schedules_stay_the_same_object(control: ControlPlane, scheduler: Any) -> None:
    create(control)
    found = control.catalog(REGION).schedules()
    client_of(control, "sqs").create_queue(QueueName="other")
    assert control.catalog(REGION).schedules() is found


@pytest.mark.parametrize(
    "call, members, status, message",
    [
        ("get_schedule", {"Name": "x"}, 404, "Schedule x does not exist."),
        ("delete_schedule", {"Name": "x"}, 404, "Schedule x does not exist."),
        ("delete_schedule_group", {"Name": "x"}, 404, "Schedule group x does not exist."),
        ("get_schedule", {"Name": "s", "GroupName": "x"}, 404, "Schedule group x does not exist."),
        ("create_schedule_group", {"Name": "g"}, 409, "Schedule group g already exists."),
        (
            "delete_schedule_group",
            {"Name": "default"},
            400,
            "The default schedule group cannot be deleted.",
        ),
    ],
)
def test_what_exists_or_not(
    control: ControlPlane, scheduler: Any, call: str, members: Any, status: int, message: str
) -> None:
    scheduler.create_schedule_group(Name="g")
    create(control, GroupName="g")
    with pytest.raises(ClientError) as failure:
        getattr(scheduler, call)(**members)
    response = failure.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["Error"]["Message"] == message
    assert len(scheduler.list_schedules(GroupName="g")["Schedules"]) == 1


def test_schedules_are_made_once_in_groups_that_exist(
    control: ControlPlane, scheduler: Any
) -> None:
    create(control)
    with pytest.raises(scheduler.exceptions.ConflictException, match="Schedule s already exists"):
        create(control)
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException, match="group x does not"):
        create(control, GroupName="x")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException, match="group x does not"):
        scheduler.update_schedule(
            Name="s",
            GroupName="x",
            ScheduleExpression="rate(2 hours)",
            FlexibleTimeWindow=OFF,
            Target={"Arn": QUEUE, "RoleArn": "arn:aws:iam::123456789012:role/scheduler"},
        )


def test_a_group_goes_with_its_schedules(control: ControlPlane, scheduler: Any) -> None:
    scheduler.create_schedule_group(Name="g")
    create(control, GroupName="g")
    scheduler.delete_schedule_group(Name="g")
    assert control.catalog(REGION).schedules() == ()


def test_roles_have_to_trust_scheduler(control: ControlPlane) -> None:
    role = scheduler_role(control, "lambda.amazonaws.com")
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume"):
        create(control, Target={"Arn": QUEUE, "RoleArn": role})


def test_schedules_whose_time_has_passed_survive_a_restart(tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)
    scheduler_role(control)
    create(control, "a", ScheduleExpression="at(2020-01-01T00:00:00)")
    create(control, "b", ScheduleExpression="cron(0 9 * * ? *)", StartDate=NOON + 1e9)
    before = control.catalog(REGION).schedules()
    control._app.reset()
    control.close()
    again = ControlPlane(tmp_path)
    again.replay()
    assert again.catalog(REGION).schedules() == before
    again.reset()
    assert again.catalog(REGION).schedules() == ()
    again.close()


def test_deleted_schedules_leave_the_journal(tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)
    scheduler_role(control)
    create(control, "gone-tomorrow")
    client_of(control, "scheduler").delete_schedule(Name="gone-tomorrow")
    create(control, "stays")
    control._app.reset()
    control.close()
    again = ControlPlane(tmp_path)
    again.replay()
    assert len(list(again._journal)) == 2
    assert [found.name for found in again.catalog(REGION).schedules()] == ["stays"]
    again.reset()
    again.close()
