"""Schedules on a running embedded AWS, some seconds ahead, also over `kill -9`."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import app_zip
from direct_clients import direct_client
from plain_apps import BASICS, REGION, PlainApp, allow, trust_in
from waiting import waited

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import MotoApp
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.server import Server

ACCOUNT = "123456789012"
OFF = {"Mode": "OFF"}


class Aws(PlainApp):
    """An embedded AWS, and a role with which schedules call queues and functions."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(lifecycle.start(state_dir=state_dir))
        may, trust = allow("sqs:*", "lambda:InvokeFunction"), trust_in("scheduler.amazonaws.com")
        self.role_arn = self.role("scheduler", may, trust=trust)

    def queue(self, name: str) -> tuple[str, str]:
        url = self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def schedule(self, name: str, due_s: float, target_arn: str, **more: Any) -> None:
        self.client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression=time.strftime("at(%Y-%m-%dT%H:%M:%S)", time.gmtime(due_s)),
            FlexibleTimeWindow=OFF,
            Target={"Arn": target_arn, "RoleArn": self.role_arn, **more},
            ActionAfterCompletion="DELETE",
        )

    def message(self, url: str) -> Any:
        sqs = self.client("sqs")
        found = waited(
            lambda: sqs.receive_message(
                QueueUrl=url, WaitTimeSeconds=2, AttributeNames=["All"]
            ).get("Messages")
        )
        return found[0]

    def names(self) -> set[str]:
        found = self.client("scheduler").list_schedules()["Schedules"]
        return {schedule["Name"] for schedule in found}


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    made = Aws(tmp_path)
    yield made
    lifecycle.stop(state_dir=tmp_path)


def test_schedules_fire_at_their_time_and_begin_traces(aws: Aws) -> None:
    aws.functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=aws.role("f", BASICS),
        Handler="app.handler",
        Code={"ZipFile": app_zip()},
        TracingConfig={"Mode": "Active"},
    )
    url, queue = aws.queue("q")
    due_s = int(time.time()) + 2
    aws.schedule("message", due_s, queue, Input="<aws.scheduler.scheduled-time>")
    aws.schedule("function", due_s, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f")
    message = aws.message(url)
    late_s = int(message["Attributes"]["SentTimestamp"]) / 1000 - due_s
    assert message["Body"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due_s))
    assert 0 <= late_s < 5  # the bench measures how late; this machine may be busy
    (summary,) = waited(
        lambda: aws.xray.get_trace_summaries(StartTime=due_s - 1, EndTime=time.time() + 1)[
            "TraceSummaries"
        ]
    )
    assert summary["EntryPoint"]["Name"] == "f"
    waited(lambda: not aws.names())


def test_schedules_survive_a_kill(aws: Aws) -> None:
    url, queue = aws.queue("q")
    other_url, other = aws.queue("other")
    due_s = int(time.time()) + 3
    aws.schedule("soon", due_s, queue, Input="soon")
    aws.schedule("later", due_s + 3600, other, Input="later")
    aws.client("events").put_rule(Name="r", ScheduleExpression="rate(1 minute)")
    aws.kill_and_restart()
    assert aws.message(url)["Body"] == "soon"
    waited(lambda: aws.names() == {"later"})
    received = aws.client("sqs").receive_message(QueueUrl=other_url)
    assert received.get("Messages") is None
    state_dir = aws.running.state_dir
    lifecycle.reset(state_dir=state_dir)
    assert not list(state_dir.glob("*/*schedule*"))
    assert aws.names() == set()


def test_a_server_that_ends_by_itself_says_what_will_not_fire(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        server = Server(tmp_path, endpoint_url="http://127.0.0.1:9", token="t", idle_timeout_s=0)
        events = direct_client("events", _handling(server), region=REGION)
        events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
        server.region(REGION).scheduling.refresh()
        await server.wait_until_stopped()

    asyncio.run(run())
    MotoApp().reset()
    assert "1 schedules do not fire until the server is started again" in caplog.messages


def _handling(server: Server) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: server._control.handle(read_call(request))
