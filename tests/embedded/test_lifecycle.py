"""The embedded AWS as a process: start, attach, kill, restart, stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from archives import app_zip
from waiting import waited

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.errors import EmbeddedError


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStatus]:
    state_dir = tmp_path_factory.mktemp("running")
    yield lifecycle.start(state_dir=state_dir)
    assert lifecycle.stop(state_dir=state_dir)


def free_port() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


def client_of(server: EmbeddedStatus, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def call(server: EmbeddedStatus, method: str, path: str, **headers: str) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", server.port)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body)


def test_a_second_caller_attaches(running: EmbeddedStatus) -> None:
    assert lifecycle.ensure_running(state_dir=running.state_dir) == running


def test_other_host_names_are_refused(running: EmbeddedStatus) -> None:
    status, body = call(running, "GET", "/anything", Host="evil.example")
    assert (status, body["__type"]) == (403, "ForbiddenHost")


def test_only_the_owner_may_stop_it(running: EmbeddedStatus) -> None:
    status, _body = call(running, "POST", "/_embedded/stop", Host="127.0.0.1")
    assert status == 403
    assert lifecycle.status(state_dir=running.state_dir) == running


@pytest.mark.parametrize("token", ["t\u00f6ken", "\xff\xfe", "x" * 32, ""])
@pytest.mark.parametrize("page", ["stop", "reset"])
def test_a_wrong_token_of_any_characters_is_refused(
    running: EmbeddedStatus, page: str, token: str
) -> None:
    status, _body = call(running, "POST", f"/_embedded/{page}", **{"X-Tracing-Lab-Token": token})
    assert status == 403


def test_the_process_has_ended_when_stop_returns_and_the_next_may_start(tmp_path: Path) -> None:
    # GIVEN a server that is not this process's child, as those of the command line
    code = (
        "import sys; from pathlib import Path; from tracing_lab.embedded import lifecycle;"
        "print(lifecycle.start(state_dir=Path(sys.argv[1])).pid)"
    )
    for _ in range(2):
        command = [sys.executable, "-c", code, str(tmp_path)]
        started = subprocess.run(command, capture_output=True, text=True, check=True)
        server = psutil.Process(int(started.stdout))
        # WHEN it is stopped
        assert lifecycle.stop(state_dir=tmp_path)
        # THEN it is gone, and another one can start at once
        assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


def test_a_server_that_does_not_end_is_named(tmp_path: Path) -> None:
    running = lifecycle.start(state_dir=tmp_path)
    server = psutil.Process(running.pid)
    answers = lifecycle._call(running.port, "GET", "/_embedded/health")
    assert answers is not None
    with pytest.raises(EmbeddedError, match=f"process {running.pid}.* did not end in 0 s"):
        lifecycle.stop(state_dir=tmp_path, timeout_s=0)
    server.wait(20)


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"not json", b"\xff", b"[" * 100_000])
def test_another_program_at_the_port_is_no_server(body: bytes) -> None:
    def answer() -> None:
        connection, _address = taken.accept()
        with connection:
            connection.recv(10_000)
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)

    with free_port() as taken:
        taken.listen()
        thread = threading.Thread(target=answer)
        thread.start()
        assert lifecycle._call(taken.getsockname()[1], "GET", "/_embedded/health") is None
        thread.join()


def test_the_state_file_is_private(running: EmbeddedStatus) -> None:
    mode = (running.state_dir / "server.json").stat().st_mode
    assert mode & 0o077 == 0


HANGS_FIRST = """
import pathlib, time
def handler(event, context):
    begun = pathlib.Path(event["begun"])
    if not begun.exists():
        begun.touch()
        time.sleep(60)
    pathlib.Path(event["done"]).touch()
"""


def start_event(running: EmbeddedStatus, begun: Path, done: Path) -> None:
    """Invoke a function with an event that succeeds at the second attempt only."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = client_of(running, "iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    functions = client_of(running, "lambda")
    functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Timeout=60,
        Code={"ZipFile": app_zip(HANGS_FIRST)},
    )
    event = json.dumps({"begun": str(begun), "done": str(done)})
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=event)
    waited(begun.exists)


def test_resources_traces_and_accepted_events_survive_a_kill(tmp_path: Path) -> None:
    # GIVEN a bus, a trace and an event that a function is busy with
    running = lifecycle.start(state_dir=tmp_path)
    client_of(running, "events").create_event_bus(Name="b")
    trace_id = f"1-{int(running.started_at):08x}-{'a' * 24}"
    document = {
        "id": "b" * 16,
        "name": "shop",
        "trace_id": trace_id,
        "start_time": running.started_at,
        "end_time": running.started_at + 1,
    }
    answer = client_of(running, "xray").put_trace_segments(
        TraceSegmentDocuments=[json.dumps(document)]
    )
    assert answer["UnprocessedTraceSegments"] == []
    begun, done = tmp_path / "begun", tmp_path / "done"
    start_event(running, begun, done)
    # WHEN the server is killed without a warning, and started again
    os.kill(running.pid, signal.SIGKILL)
    again = lifecycle.start(state_dir=tmp_path)
    # THEN all are there
    assert again.pid != running.pid
    assert client_of(again, "events").describe_event_bus(Name="b")["Name"] == "b"
    traces = client_of(again, "xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
    assert [trace["Id"] for trace in traces] == [trace_id]
    waited(done.exists)
    assert lifecycle.stop(state_dir=tmp_path)


def test_reset_forgets_everything(running: EmbeddedStatus) -> None:
    client_of(running, "events").create_event_bus(Name="b")
    client_of(running, "xray").create_group(GroupName="g")
    assert lifecycle.reset(state_dir=running.state_dir)
    buses = client_of(running, "events").list_event_buses()["EventBuses"]
    assert [bus["Name"] for bus in buses] == ["default"]
    groups = client_of(running, "xray").get_groups()["Groups"]
    assert [group["GroupName"] for group in groups] == ["Default"]


def test_reset_reaches_regions_that_were_not_used_since_the_start(tmp_path: Path) -> None:
    first = lifecycle.start(state_dir=tmp_path)
    client_of(first, "xray").create_group(GroupName="g")
    lifecycle.stop(state_dir=tmp_path)
    again = lifecycle.start(state_dir=tmp_path)
    assert lifecycle.reset(state_dir=tmp_path)
    groups = client_of(again, "xray").get_groups()["Groups"]
    assert [group["GroupName"] for group in groups] == ["Default"]
    lifecycle.stop(state_dir=tmp_path)


def test_the_environment_points_a_client_at_it(running: EmbeddedStatus) -> None:
    variables = lifecycle.environment(running, region="eu-west-1")
    assert variables["AWS_ENDPOINT_URL"] == running.endpoint_url
    assert variables["AWS_XRAY_DAEMON_ADDRESS"].startswith("127.0.0.1:")


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with free_port() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedError, match=f"Port {port} is in use .* choose another"):
            lifecycle.start(port=port, state_dir=tmp_path)
    assert lifecycle.status(state_dir=tmp_path) is None


def test_another_port_than_the_running_one_is_refused(running: EmbeddedStatus) -> None:
    with pytest.raises(EmbeddedError, match="already listens on port"):
        lifecycle.ensure_running(port=running.port + 1, state_dir=running.state_dir)


def test_a_stale_state_file_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text('{"port": 9, "pid": 1, "token": "x"}')
    assert lifecycle.status(state_dir=tmp_path) is None
    assert not lifecycle.stop(state_dir=tmp_path)
    assert not lifecycle.reset(state_dir=tmp_path)


DAMAGED = ["{}", "[]", "null", "\\xff", '{"port": 9, "pid"', "[" * 99_999]
DAMAGED += ['{"port": "x", "pid": 1, "token": "t"}', '{"port": 9, "pid": 1, "token": null}']
DAMAGED += ['{"port": 99999, "pid": 1, "token": "t"}']


@pytest.mark.parametrize("text", DAMAGED)
def test_a_state_file_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_bytes(text.encode().replace(rb"\xff", b"\xff"))
    assert lifecycle.status(state_dir=tmp_path) is None
    assert not lifecycle.stop(state_dir=tmp_path)
    assert lifecycle.ledger(state_dir=tmp_path) is None


def test_a_server_starts_on_damaged_files_names_them_and_forgets_them_at_a_reset(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    garbage = b"no database, no log \xff\n" * 100
    names = ("server.json", "lock.sqlite", "actions.json", "control.log", "queues.log")
    region = tmp_path / "us-east-1"
    files = [tmp_path / name for name in names]
    files += [region / "bus.jsonl", region / "functions" / "events.jsonl"]
    files += [region / "xray" / name for name in ("settings.log", "traces.sqlite3", "intake-1.log")]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(garbage)
    running = lifecycle.start(state_dir=tmp_path)
    try:
        client_of(running, "events").create_event_bus(Name="b")
        named = lifecycle.status(state_dir=tmp_path)
        assert named is not None
        kept = {name.partition(".damaged-")[0] for name in named.damaged}
        whole = {path.relative_to(tmp_path).as_posix() for path in files}
        assert kept == whole - {"server.json", "lock.sqlite"}  # which hold nothing
        assert {(tmp_path / name).read_bytes() for name in named.damaged} == {garbage}
        assert "lock.sqlite is damaged" in (tmp_path / "server.log").read_text()
        assert "lock.sqlite is damaged" in caplog.text  # whoever starts it is told, too
        assert lifecycle.reset(state_dir=tmp_path)
        fresh = lifecycle.status(state_dir=tmp_path)
        assert fresh is not None
        assert fresh.damaged == ()
    finally:
        lifecycle.stop(state_dir=tmp_path)


def test_a_damaged_lock_is_respected_while_somebody_holds_it(running: EmbeddedStatus) -> None:
    (running.state_dir / "lock.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(EmbeddedError, match="Another embedded AWS uses"):
        main_with(running.state_dir)
    assert lifecycle.status(state_dir=running.state_dir) == running


def main_with(state_dir: Path) -> None:
    """Start a server as if the one that runs had left no state file."""
    state_file = state_dir / "server.json"
    content = state_file.read_bytes()
    state_file.unlink()
    try:
        lifecycle.start(state_dir=state_dir)
    finally:
        state_file.touch(mode=0o600)
        state_file.write_bytes(content)
