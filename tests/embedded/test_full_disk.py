"""A full disk: services answer with errors of their own, and nothing is half done."""

import asyncio
import errno
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from api_calls import signed_call
from bus_world import ENTRY, World
from control_planes import client_of
from full_disk import Disk
from queue_calls import queue, sqs

from tracing_lab.embedded.eventbridge.entries import BusError
from tracing_lab.embedded.functions.invoke_api import LambdaApi
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import Invocation, QueueMessage
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.storage.durable_queue import DurableQueue

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def disk() -> Disk:
    return Disk(10**9)


@pytest.fixture
def start(tmp_path: Path, disk: Disk) -> Any:
    """Return a function that starts a control plane on a disk; each ends the one before."""
    planes: list[ControlPlane] = []

    def end() -> None:
        for plane in planes[-1:]:
            plane._app.reset()
            plane.close()

    def begin() -> ControlPlane:
        end()
        planes.append(ControlPlane(tmp_path, write=disk.write))
        planes[-1].replay()
        return planes[-1]

    yield begin
    end()


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("events", "create_event_bus", {"Name": "b"}, "InternalException"),
    ("sqs", "create_queue", {"QueueName": "q"}, "InternalFailure"),
    ("sns", "create_topic", {"Name": "t"}, "InternalError"),
    ("iam", "create_user", {"UserName": "u"}, "ServiceFailure"),
    ("logs", "create_log_group", {"logGroupName": "g"}, "ServiceUnavailableException"),
    ("apigateway", "create_rest_api", {"name": "a"}, "InternalFailure"),
]


@pytest.mark.parametrize("service, operation, members, code", REFUSED)
def test_a_call_that_cannot_be_kept_is_not_made(
    start: Callable[[], ControlPlane],
    disk: Disk,
    service: str,
    operation: str,
    members: dict[str, Any],
    code: str,
) -> None:
    control = start()
    client = client_of(control, service)
    disk.room = 20
    with pytest.raises(client.exceptions.ClientError) as caught:
        getattr(client, operation)(**members)
    assert caught.value.response["Error"]["Code"] == code
    disk.room = 10**6
    assert list(control._journal) == []
    getattr(client, operation)(**members)  # nothing is there of the first try
    assert len(list(start()._journal)) == 1


def test_a_server_starts_on_a_full_disk_and_has_all(
    start: Callable[[], ControlPlane], disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    # GIVEN calls that a start forgets, and messages
    control = start()
    url, _arn = queue(control, "q")
    sqs(control, "SendMessage", QueueUrl=url, MessageBody="kept")
    events = client_of(control, "events", "us-east-1")
    events.create_event_bus(Name="gone")
    events.delete_event_bus(Name="gone")
    # WHEN a server starts that can write nothing
    disk.room = 0
    again = start()
    # THEN it has all, and forgets the calls another time
    assert "the journal stays as long as it is" in caplog.text
    assert again._messages.arns() == ["arn:aws:sqs:us-east-1:123456789012:q"]
    disk.room = 10**6
    found = sqs(start(), "ReceiveMessage", QueueUrl=url, VisibilityTimeout=0)["Messages"]
    assert [one["Body"] for one in found] == ["kept"]


def test_a_message_that_cannot_be_kept_is_not_in_the_queue(
    start: Callable[[], ControlPlane], disk: Disk
) -> None:
    control = start()
    url, arn = queue(control, "q")
    disk.room = 20
    request = {"QueueUrl": url, "MessageBody": "lost"}
    client = client_of(control, "sqs", "us-east-1")
    with pytest.raises(client.exceptions.ClientError, match="InternalFailure"):
        client.send_message(**request)
    with pytest.raises(OSError, match="No space"):
        control.send_message(QueueMessage(arn, "lost"))
    disk.room = 10**6
    sqs(control, "SendMessage", QueueUrl=url, MessageBody="kept")
    for plane in (lambda: control, start):
        found = sqs(plane(), "ReceiveMessage", QueueUrl=url, VisibilityTimeout=0)["Messages"]
        assert [one["Body"] for one in found] == ["kept"]


def test_events_that_cannot_be_kept_are_refused_together(tmp_path: Path) -> None:
    disk = Disk(400)

    async def scenario() -> list[str]:
        bus = World().bus(tmp_path / "q", latency_s=60.0)
        bus._pending._queue = DurableQueue(tmp_path / "small", write=disk.write)
        with pytest.raises(BusError, match="could not be written") as caught:
            await bus.put_events({"Entries": [ENTRY] * 3})
        disk.room = 10_000
        await bus.put_events({"Entries": [ENTRY]})
        await bus.close()
        return [caught.value.code, str(caught.value.status)]

    assert asyncio.run(scenario()) == ["InternalException", "500"]
    left = DurableQueue(tmp_path / "small")
    assert len(left) == 1
    left.close()


def test_an_event_that_cannot_be_kept_is_a_service_exception() -> None:
    async def accept(_: Invocation) -> str:
        raise FULL

    async def invoke(_: Invocation) -> Any:
        raise AssertionError

    class Functions:
        def function(self, name: str, qualifier: str | None = None) -> Any:
            return type("Function", (), {"arn": "arn:f"})

    api = LambdaApi(Functions(), invoke=invoke, accept=accept)  # type: ignore[arg-type] # a part
    headers = (("X-Amz-Invocation-Type", "Event"),)
    request = HttpRequest("POST", "/2015-03-31/functions/f/invocations", headers=headers)
    answer: HttpResponse = asyncio.run(api.handle(signed_call("lambda", request)))
    assert (answer.status, dict(answer.headers)["x-amzn-ErrorType"]) == (500, "ServiceException")
    assert "No space" in json.loads(answer.body)["message"]


CALLS_OF_0_1_0 = """
CREATE TABLE calls (number INTEGER PRIMARY KEY, seed INTEGER, method TEXT, path TEXT, query TEXT,
    headers TEXT, body BLOB);
"""
MESSAGES_OF_0_1_0 = """
CREATE TABLE messages (number INTEGER PRIMARY KEY, queue TEXT, id TEXT, state TEXT,
    UNIQUE (queue, id));
"""


def test_the_state_of_an_older_version_is_taken_over(
    tmp_path: Path, start: Callable[[], ControlPlane]
) -> None:
    # GIVEN what a server of version 0.1.0 had written
    control = start()
    url, _arn = queue(control, "q")
    sqs(control, "SendMessage", QueueUrl=url, MessageBody="kept")
    calls = control._journal.numbered()
    messages = control._messages._messages.items()
    control.reset()
    with closing(sqlite3.connect(tmp_path / "control.sqlite")) as older, older:
        older.executescript(CALLS_OF_0_1_0)
        for number, entry in calls.items():
            one = entry.request
            row = (one.method, one.path, one.query, json.dumps(one.headers), one.body)
            older.execute("INSERT INTO calls VALUES (?,?,?,?,?,?,?)", (number, entry.seed, *row))
    with closing(sqlite3.connect(tmp_path / "queues.sqlite")) as older, older:
        older.executescript(MESSAGES_OF_0_1_0)
        for number, (key, state) in enumerate(messages):
            older.execute("INSERT INTO messages VALUES (?,?,?,?)", (number, *key.split(" "), state))
    # WHEN this version starts
    # THEN it has all of it, and the files are gone
    for _ in range(2):
        found = sqs(start(), "ReceiveMessage", QueueUrl=url, VisibilityTimeout=0)["Messages"]
        assert [one["Body"] for one in found] == ["kept"]
        assert [*tmp_path.glob("*.sqlite")] == []
