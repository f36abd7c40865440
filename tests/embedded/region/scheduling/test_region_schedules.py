"""The schedules of a region's control plane, with a clock that is set by hand."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of, make_function

from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.functions.invoke_api import LambdaApi
from tracing_lab.embedded.iam.access import CallAuthorizer
from tracing_lab.embedded.model import Invocation, InvokeResult, QueueMessage
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.region.permissions import Permissions
from tracing_lab.embedded.region.scheduling.region_schedules import Scheduling
from tracing_lab.embedded.region.scheduling.role_calls import RoleCalls, handler

NOON = 1_795_953_600.0
QUEUE = f"arn:aws:sqs:{REGION}:123456789012:q"
ROLE = "arn:aws:iam::123456789012:role/scheduler"
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "scheduler.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


class World:
    """A control plane and the schedules of its region; both may begin again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now_s = folder, NOON
        self.sent: list[QueueMessage] = []
        self.invoked: list[Invocation] = []
        self.control = ControlPlane(folder)
        self._begin()

    def _begin(self) -> None:
        catalog = self.control.catalog(REGION)
        bus = Bus(
            catalog=catalog,
            accept=self.accept,
            send_message=self.send,
            clock=lambda: self.now_s,
            delays=(0,),
        )
        self.bus = bus
        authorizer = CallAuthorizer(
            self.control.role_policies,
            self.control.resource_policy,
            session_policies=self.control.session_policies,
        )
        lambda_api = LambdaApi(catalog, invoke=self.invoke, accept=self.accept)
        calls = RoleCalls(
            REGION,
            "123456789012",
            assumable=self.control.assumable,
            denial=Permissions(authorizer, catalog).role_denial,
            handle=handler(lambda_api, bus, self.control.handle),
        )
        self.scheduling = Scheduling(
            self.folder,
            catalog,
            bus,
            call=calls.call,
            control=self.control.handle,
            record=lambda _namespace, _dimensions, _measurements: None,
            clock=lambda: self.now_s,
        )
        self.scheduling.refresh()

    @property
    def events(self) -> Any:
        return client_of(self.control, "events")

    async def accept(self, invocation: Invocation) -> str:
        self.invoked.append(invocation)
        return "r"

    async def invoke(self, _invocation: Invocation) -> InvokeResult:
        raise NotImplementedError

    async def send(self, message: QueueMessage) -> None:
        self.sent.append(message)

    def rule(self, expression: str, **more: Any) -> str:
        arn = self.events.put_rule(Name="r", ScheduleExpression=expression, **more)["RuleArn"]
        self.events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": QUEUE}])
        self.scheduling.refresh()
        return str(arn)

    def times_after(self, *seconds: float) -> list[str]:
        """Return the times of the events that come while time passes."""

        async def run() -> None:
            for step in seconds:
                self.now_s += step
                self.scheduling.refresh()
                self.scheduling.fire_due()
                await self.scheduling.drain()
                await self.bus.drain()

        self.sent = []
        asyncio.run(run())
        bodies = [json.loads(message.body) for message in self.sent]
        return [body["time"] for body in bodies]

    def may(self, *actions: str) -> None:
        """Make a queue, and the role of schedules, which may do some things."""
        iam, version = client_of(self.control, "iam"), "2012-10-17"
        document = json.dumps({"Version": version, "Statement": [TRUST]})
        iam.create_role(RoleName="scheduler", AssumeRolePolicyDocument=document)
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": version, "Statement": [allowed]})
        iam.put_role_policy(RoleName="scheduler", PolicyName="p", PolicyDocument=policy)
        for name in ("q", "dead"):
            client_of(self.control, "sqs").create_queue(QueueName=name)

    def allow_topics(self) -> None:
        """Allow topics to send to the queue."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": QUEUE,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs = client_of(self.control, "sqs")
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def schedule(self, expression: str, name: str = "s", **members: Any) -> None:
        target = {"Arn": QUEUE, "RoleArn": ROLE, "Input": "<aws.scheduler.scheduled-time>"}
        target |= members.pop("Target", {})
        client_of(self.control, "scheduler").create_schedule(
            Name=name,
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
            **members,
        )
        self.scheduling.refresh()

    def messages(self, name: str = "q") -> list[Any]:
        """Receive all messages of a queue."""
        sqs, found = client_of(self.control, "sqs"), []
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        while more := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            found += more
        return found

    def bodies(self, name: str = "q") -> list[str]:
        return sorted(message["Body"] for message in self.messages(name))

    def names(self) -> list[str]:
        found = client_of(self.control, "scheduler").list_schedules()["Schedules"]
        return sorted(schedule["Name"] for schedule in found)

    def restart(self) -> None:
        self.close()
        self.control._app.reset()  # what a killed process forgets
        self.control = ControlPlane(self.folder)
        self.control.replay()
        self._begin()

    def close(self) -> None:
        asyncio.run(self.scheduling.close())
        self.control.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.control.reset()
    found.close()


def test_a_rule_with_a_rate_fires_one_period_after_it_was_put(world: World) -> None:
    world.now_s += 12
    world.rule("rate(2 minutes)")
    assert world.times_after(60, 59) == []
    assert world.times_after(1, 120) == ["2026-11-29T12:02:12Z", "2026-11-29T12:04:12Z"]


def test_a_rule_with_a_cron_expression_fires_in_utc(world: World) -> None:
    world.rule("cron(30 12 ? * SUN *)")
    assert world.times_after(1799) == []
    assert world.times_after(1, 7 * 86400) == ["2026-11-29T12:30:00Z", "2026-12-06T12:30:00Z"]


def test_disabled_rules_are_silent_and_count_anew_when_enabled(world: World) -> None:
    world.rule("rate(1 minute)", State="DISABLED")
    assert world.times_after(61) == []
    world.events.enable_rule(Name="r")
    assert world.times_after(0, 59) == []
    assert world.times_after(1) == ["2026-11-29T12:02:01Z"]
    world.events.disable_rule(Name="r")
    assert world.times_after(61) == []


def test_a_rule_may_have_a_pattern_and_a_schedule(world: World) -> None:
    arn = world.rule("rate(1 minute)", EventPattern='{"source": ["shop"]}')
    entry = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}

    async def put() -> None:
        await world.bus.put_events({"Entries": [entry]})
        await world.bus.drain()

    asyncio.run(put())
    assert [message.source_arn for message in world.sent] == [arn]
    assert len(world.times_after(60)) == 1


def test_schedules_continue_after_a_restart_without_those_that_were_missed(world: World) -> None:
    world.rule("rate(1 minute)")
    assert len(world.times_after(60)) == 1
    world.now_s += 610
    world.restart()
    assert world.times_after(0) == []
    assert world.times_after(50) == ["2026-11-29T12:12:00Z"]


def test_deleted_rules_fire_no_longer(world: World) -> None:
    world.rule("rate(1 minute)")
    world.events.remove_targets(Rule="r", Ids=["1"])
    world.events.delete_rule(Name="r")
    assert world.times_after(61) == []
    assert len(world.scheduling) == 0


def test_other_buses_have_no_schedules(world: World) -> None:
    world.events.create_event_bus(Name="b")
    with pytest.raises(ClientError, match="supported only on the default event bus"):
        world.events.put_rule(Name="r", EventBusName="b", ScheduleExpression="rate(1 minute)")


def test_schedules_send_messages(world: World) -> None:
    world.may("sqs:SendMessage")
    world.schedule("at(2026-11-29T13:00:30)", ScheduleExpressionTimezone="Europe/Berlin")
    world.schedule("rate(1 hour)", "hourly", Target={"Input": "hourly"})
    world.times_after(0, 29)
    assert world.bodies() == ["hourly"]
    world.times_after(1)
    assert world.bodies() == ["2026-11-29T12:00:30Z"]
    world.times_after(3600)
    assert world.bodies() == ["hourly"]


def test_completed_schedules_are_deleted(world: World) -> None:
    world.may("sqs:SendMessage")
    world.schedule("at(2026-11-29T12:01:00)", "kept")
    world.schedule("at(2026-11-29T12:01:00)", "gone", ActionAfterCompletion="DELETE")
    world.times_after(61)
    assert world.names() == ["kept"]
    assert len(world.bodies()) == 2
    world.restart()
    world.times_after(61)
    assert world.names() == ["kept"]
    assert world.bodies() == []  # neither fires again


def test_a_schedule_whose_time_passes_while_no_server_runs_fires_late(world: World) -> None:
    world.may("sqs:SendMessage")
    world.schedule("at(2026-11-29T12:01:00)")
    world.now_s += 3600
    world.restart()
    world.times_after(0)
    assert world.bodies() == ["2026-11-29T12:01:00Z"]


def test_roles_need_permission_for_targets_and_dead_letters(world: World) -> None:
    world.may("lambda:InvokeFunction", "sqs:SendMessage")
    dead = {"DeadLetterConfig": {"Arn": QUEUE.replace(":q", ":dead")}}
    world.schedule("at(2026-11-29T12:01:00)", "sns", Target={**dead, "Arn": _arn("sns", "t")})
    world.schedule(
        "at(2026-11-29T12:01:00)", "f", Target={**dead, "Arn": _arn("lambda", "function:f")}
    )
    world.times_after(61)
    reasons = {
        attributes["SCHEDULE_ARN"]["StringValue"].rpartition("/")[2]: (
            attributes["ERROR_CODE"]["StringValue"],
            attributes["ERROR_MESSAGE"]["StringValue"],
        )
        for attributes in (message["MessageAttributes"] for message in world.messages("dead"))
    }
    session = "arn:aws:sts::123456789012:assumed-role/scheduler/scheduler.amazonaws.com"
    denied = f"User: {session} is not authorized to perform: sns:Publish on resource: "
    assert reasons["sns"][0] == "AccessDeniedException"
    assert reasons["sns"][1].startswith(denied + _arn("sns", "t"))
    assert reasons["f"] == (
        "ResourceNotFoundException",
        f"Function not found: {_arn('lambda', 'function:f:$LATEST')}",
    )


def test_functions_and_their_aliases_are_invoked(world: World) -> None:
    world.may("lambda:InvokeFunction")
    make_function(world.control, Publish=True)
    functions = client_of(world.control, "lambda")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    at = "at(2026-11-29T12:01:00)"
    world.schedule(at, "plain", Target={"Arn": _arn("lambda", "function:f"), "Input": "1"})
    alias = {"Arn": _arn("lambda", "function:f:live"), "Input": "{}"}
    world.schedule(at, "alias", Target=alias)
    world.times_after(61)
    found = {invocation.payload: invocation for invocation in world.invoked}
    assert found.keys() == {b"1", b"{}"}
    assert found[b"1"].function.version == "$LATEST"
    assert (found[b"{}"].function.version, found[b"{}"].function.qualifier) == ("1", "live")
    assert found[b"1"].trace_header is None


def test_a_role_that_is_gone_is_named(world: World) -> None:
    world.may("sqs:SendMessage")
    dead = {"DeadLetterConfig": {"Arn": QUEUE.replace(":q", ":dead")}}
    world.schedule("at(2026-11-29T12:01:00)", Target=dead)
    iam = client_of(world.control, "iam")
    iam.delete_role_policy(RoleName="scheduler", PolicyName="p")
    iam.delete_role(RoleName="scheduler")
    world.times_after(61)
    assert world.bodies() == []
    assert world.bodies("dead") == []  # the role would have to send that, too


def test_buses_topics_and_universal_targets(world: World) -> None:
    world.may("events:PutEvents", "sns:Publish", "sqs:SendMessage", "logs:CreateLogGroup")
    world.events.put_rule(Name="r", EventPattern='{"source": ["clock"]}')
    world.events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": QUEUE}])
    sns = client_of(world.control, "sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    world.allow_topics()
    at = "at(2026-11-29T12:01:00)"
    event = {"DetailType": "Tick", "Source": "clock"}
    bus = {"Arn": _arn("events", "event-bus/default"), "EventBridgeParameters": event}
    world.schedule(at, "bus", Target={**bus, "Input": '{"a": 1}'})
    world.schedule(at, "topic", Target={"Arn": topic, "Input": "published"})
    group = {"Arn": "arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogGroup"}
    world.schedule(at, "group", Target={**group, "Input": '{"LogGroupName": "/made"}'})
    (tick,) = [json.loads(message.body) for message in _sent(world, 61)]
    assert (tick["detail-type"], tick["source"], tick["detail"]) == ("Tick", "clock", {"a": 1})
    assert [json.loads(body)["Message"] for body in world.bodies()] == ["published"]
    groups = client_of(world.control, "logs").describe_log_groups()["logGroups"]
    assert [found["logGroupName"] for found in groups] == ["/made"]


def _sent(world: World, seconds: float) -> list[QueueMessage]:
    world.times_after(seconds)
    return world.sent


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:123456789012:{resource}"
