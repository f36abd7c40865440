"""MemorySize is a limit: whoever takes more is ended, as by the kernel on Lambda."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import until

from tracing_lab.embedded.functions import Functions
from tracing_lab.embedded.functions.environments.memory import (
    MB,
    MemoryGauge,
    usage_of,
)
from tracing_lab.embedded.model import FunctionSpec, Invocation

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="memory is measured on Linux only"
)

HOLDS = """
import os, time
def handler(event, context):
    held = bytearray(event["mb"] * 1024**2)
    time.sleep(event["s"])
    return os.getpid()
"""
IN_A_CHILD = """
import subprocess, sys
def handler(event, context):
    code = "import time; held = bytearray(200 * 1024**2); time.sleep(60)"
    subprocess.run([sys.executable, "-c", code])
"""


def payload(mb: int, *, seconds: float = 0.0) -> bytes:
    return json.dumps({"mb": mb, "s": seconds}).encode()


@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_too_much_memory_is_a_kill_and_the_next_run_starts_fresh(
    lab: Lab, function: Make, invocation: Invoke, seconds: float
) -> None:
    spec = function(HOLDS, timeout_s=60.0)

    async def scenario(functions: Functions) -> list[Any]:
        calls = [payload(1), payload(200, seconds=seconds), payload(1)]
        return [await functions.invoke(invocation(spec, call)) for call in calls]

    before, killed, after = lab.run(scenario)
    assert json.loads(killed.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {killed.request_id} "
        "Error: Runtime exited with error: signal: killed",
    }
    assert before.function_error is after.function_error is None
    assert before.payload != after.payload
    (report,) = [one for one in lab.messages if f"REPORT RequestId: {killed.request_id}" in one]
    assert "\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\t" in report
    assert "Error Type: Runtime.OutOfMemory" in report


def test_an_environment_is_watched_again_after_a_pause(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    spec = function(HOLDS, timeout_s=60.0)

    async def scenario(functions: Functions) -> Any:
        await functions.invoke(invocation(spec, payload(1)))
        await until(lambda: functions._pool._watch._timer is None)
        return await functions.invoke(invocation(spec, payload(200, seconds=60.0)))

    assert b"signal: killed" in lab.run(scenario).payload


def test_memory_below_the_limit_is_left_alone(lab: Lab, function: Make) -> None:
    spec = function(HOLDS, memory_mb=256)
    assert lab.invoke(spec, payload(150, seconds=0.25)).function_error is None
    used = lab.messages[-1].partition("Max Memory Used: ")[2]
    assert 150 <= int(used.split()[0]) <= 256


def test_memory_of_children_counts(lab: Lab, function: Make) -> None:
    result = lab.invoke(function(IN_A_CHILD, timeout_s=60.0))
    assert b"signal: killed" in result.payload


FORKS = """
import os, time
held = bytearray(60 * 1024**2)
def handler(event, context):
    children = [os.fork() for _ in range(3)]
    if 0 in children:
        time.sleep(60)
    time.sleep(0.4)
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
"""


def test_what_children_share_counts_once(lab: Lab, function: Make) -> None:
    assert lab.invoke(function(FORKS)).payload == b"null"


def test_too_much_memory_at_init_is_a_kill(lab: Lab, function: Make) -> None:
    source = "held = bytearray(200 * 1024**2)\nimport time; time.sleep(60)\n"
    result = lab.invoke(function(source, timeout_s=60.0))
    assert b"signal: killed" in result.payload


def test_a_process_that_has_ended_has_no_memory() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert usage_of(child.pid) is None


def test_memory_is_measured_at_intervals_after_short_runs() -> None:
    pid, gauge = os.getpid(), MemoryGauge(limit_mb=0)
    assert gauge.used_mb is None
    assert gauge.after_run(pid, duration_ns=1, now_ns=0)
    second = MemoryGauge(limit_mb=100_000)
    second.after_run(pid, duration_ns=1, now_ns=0)
    second._peak = 5 * MB
    second.after_run(pid, duration_ns=49_999_999, now_ns=499_999_999)
    assert second.used_mb == 5
    second.after_run(pid, duration_ns=1, now_ns=500_000_000)
    assert (second.used_mb or 0) > 5
