"""Processes end with their server, even when that has no chance to say goodbye."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from processes import command_of, is_alive

from tracing_lab.embedded.functions.environments.log_stream import TAIL_BYTES, LogStream
from tracing_lab.embedded.functions.runtime.programs import resolved_client

SERVER = """
import asyncio, io, json, sys, zipfile
from pathlib import Path
from tracing_lab.embedded.functions import Functions, FunctionSettings, Grant
from tracing_lab.embedded.model import FunctionSpec, Invocation

SOURCE = '''
import json, os, subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-S", "-I", "-c", "import time; time.sleep(600)"])
STRAY = (
    "import os, time; os.fork() and os._exit(0); os.setsid(); "
    "print(os.getpid(), flush=True); time.sleep(600)"
)
stray = subprocess.Popen([sys.executable, "-S", "-I", "-c", STRAY], stdout=subprocess.PIPE)
stray_pid = int(stray.stdout.readline())
threading.Thread(target=threading.Event().wait).start()
def handler(event, context):
    print("PIDS", json.dumps([os.getpid(), child.pid, stray_pid]))
    while event:
        pass
'''

VARIABLES = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"} if sys.argv[3] else {}

def spec(name):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", SOURCE)
        program = zipfile.ZipInfo("wrapper")
        program.external_attr = 0o755 << 16
        archive.writestr(program, sys.argv[3])
    arn = "arn:aws:lambda:us-east-1:123456789012:function:" + name
    return FunctionSpec(name, arn, "python3.13", "app.handler", 900.0, 128, "Active", "", "/g",
                        name, content.getvalue(), environment=VARIABLES)

def write(group, stream, events):
    for _, message in events:
        if message.startswith("PIDS"):
            print(message, end="", flush=True)

async def main():
    functions = Functions(
        work_dir=Path(sys.argv[1]), emit=lambda document: None, write_logs=write,
        environment=lambda function: Grant({}), sample=lambda function: True,
        settings=FunctionSettings(runtime_client=sys.argv[2], log_flush_s=0.01))
    await functions.invoke(Invocation(spec("idle"), b"0"))
    await functions.invoke(Invocation(spec("busy"), b"1"))

asyncio.run(main())
"""


@pytest.mark.parametrize("wrapper", ["", 'exec "$@"', '"$@"'])
@pytest.mark.parametrize("client", ["awslambdaric", "builtin"])
def test_a_killed_server_leaves_no_process(
    tmp_path: Path, until: Any, client: str, wrapper: str
) -> None:
    if client != resolved_client("auto") and client != "builtin":
        pytest.skip("awslambdaric is for Linux only")
    command = [sys.executable, "-c", SERVER, str(tmp_path), client, wrapper]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline().decode() for _ in range(2)]
        pids = [pid for line in lines for pid in json.loads(line.removeprefix("PIDS "))]
        assert all(is_alive(pid) for pid in pids)
        os.kill(server.pid, signal.SIGKILL)
    assert len(pids) == 6
    asyncio.run(until(lambda: not any(is_alive(pid) for pid in pids)))


def test_looking_at_a_process_that_has_ended_is_no_error() -> None:
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()  # a process that only begins has no command yet
        seen = psutil.Process(child.pid)
        assert is_alive(child.pid)
        assert "input()" in command_of(seen)
        child.kill()
    assert not is_alive(child.pid)
    assert command_of(seen) == ""


def test_the_log_of_a_running_function_is_written_after_a_while(until: Any) -> None:
    batches: list[Any] = []

    async def scenario() -> None:
        log = LogStream(lambda *batch: batches.append(batch), group="g", name="s", flush_s=0.01)
        log.append(["a\n"])
        log.append(["b\n"])
        assert batches == []
        await until(lambda: batches)

    asyncio.run(scenario())
    ((group, name, events),) = batches
    assert (group, name, [message for _, message in events]) == ("g", "s", ["a\n", "b\n"])


def test_the_tail_begins_with_the_run() -> None:
    async def scenario() -> bytes:
        log = LogStream(lambda *_: None, group="g", name="s", flush_s=9)
        log.append(["before\n"])
        log.start_tail()
        log.append(["x" * TAIL_BYTES, "end\n"])
        log.flush()
        return log.tail()

    tail = asyncio.run(scenario())
    assert len(tail) == TAIL_BYTES
    assert tail.endswith(b"xend\n")
