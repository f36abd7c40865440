"""Log lines, error objects and environment variables that the platform itself writes."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.functions import FunctionSettings
from tracing_lab.embedded.functions.environments.variables import (
    Locations,
    process_variables,
)
from tracing_lab.embedded.functions.platform_log import RunReport, report_line, timeout_line
from tracing_lab.embedded.functions.runtime.outcome import (
    Ending,
    RunOutcome,
    exit_message,
    timeout_json,
)
from tracing_lab.embedded.functions.runtime.programs import (
    UnsupportedRuntimeError,
    program_of,
)
from tracing_lab.embedded.functions.runtime.runtime_api import client_context_json
from tracing_lab.embedded.functions.tracing import AttemptTrace, RequestTrace
from tracing_lab.embedded.model import FunctionSpec
from tracing_lab.xray_model.trace_header import TraceHeader

Make = Callable[..., FunctionSpec]
DONE = RunOutcome(Ending.SUCCESS, b"{}", started_ns=0, ended_ns=3_420_000)
LOCATIONS = Locations(Path("task"), Path("temp"), "127.0.0.1:9", "stream", programs=Path("bin"))
HOST = {"PATH": "/me/bin", "AWS_PROFILE": "work", "AWS_SECRET_ACCESS_KEY": "real", "HOME": "/me"}


def test_the_report_of_a_traced_cold_start_has_every_part() -> None:
    root = "1-6b042ac0-5d09aa705e56bbd015254801"
    request = RequestTrace(TraceHeader(root, sampled=True), active=True)
    trace = AttemptTrace(request, "224acacf31b69901", "6a21bb3cd4e5f601")
    line = report_line(RunReport("r-1", DONE, 128, used_mb=36, init_ms=120.5, trace=trace))
    assert line == (
        "REPORT RequestId: r-1\tDuration: 3.42 ms\tBilled Duration: 124 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 120.50 ms\t\n"
        f"XRAY TraceId: {root}\tSegmentId: 224acacf31b69901\tSampled: true\t\n"
    )


@pytest.mark.parametrize(
    "ending, status",
    [
        (Ending.TIMEOUT, "\tStatus: timeout\t\n"),
        (Ending.EXIT, "\tStatus: error\tError Type: Runtime.X\t\n"),
        (Ending.INIT_ERROR, "\tStatus: error\tError Type: Runtime.X\t\n"),
    ],
)
def test_the_report_names_what_cut_a_run_off(ending: Ending, status: str) -> None:
    outcome = RunOutcome(ending, b"", 0, 1, "Runtime.X")
    assert report_line(RunReport("r-1", outcome, memory_mb=128)).endswith(status)


def test_a_timeout_reads_as_the_runtime_has_it() -> None:
    old = json.loads(timeout_json("python3.11", "r-1", 3, now_ns=1_500_000_000))
    new = json.loads(timeout_json("python3.13", "r-1", 3, now_ns=1_500_000_000))
    text = "Task timed out after 3.00 seconds"
    assert old == {"errorMessage": f"1970-01-01T00:00:01.500Z r-1 {text}"}
    assert new == {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: r-1 Error: {text}"}
    assert timeout_line("r-1", 3, now_ns=0) == f"1970-01-01T00:00:00.000Z r-1 {text}\n\n"


def test_an_exit_without_error_is_still_an_error() -> None:
    assert exit_message("r", 0) == "RequestId: r Error: Runtime exited without providing a reason"


def test_nothing_of_the_host_reaches_a_function(function: Make) -> None:
    variables = process_variables(function(), LOCATIONS, extra={}, host=HOST)
    assert variables["PATH"] == os.pathsep.join(["bin", "/usr/local/bin", "/usr/bin", "/bin"])
    assert variables["HOME"] == "temp"
    assert not {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"} & variables.keys()


def test_own_variables_win_over_extra_ones_and_reserved_ones_over_both(function: Make) -> None:
    own = {"AWS_ENDPOINT_URL": "own", "AWS_REGION": "own", "AWS_ACCESS_KEY_ID": "own", "A": "1"}
    spec = function(environment=own)
    extra = {"AWS_ENDPOINT_URL": "extra", "AWS_REGION": "extra", "AWS_ACCESS_KEY_ID": "test"}
    variables = process_variables(spec, LOCATIONS, extra=extra, host=HOST)
    assert variables["AWS_ENDPOINT_URL"] == "own"
    assert variables["AWS_REGION"] == "us-east-1"
    assert (variables["A"], variables["AWS_ACCESS_KEY_ID"]) == ("1", "test")


def test_lambdas_standard_variables_are_there(function: Make) -> None:
    extra = {"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000"}
    variables = process_variables(function(), LOCATIONS, extra=extra, host={})
    expected = {
        "_HANDLER": "app.handler",
        "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": "shop",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
        "LAMBDA_TASK_ROOT": "task",
        "TZ": ":UTC",
    }
    assert expected.items() <= variables.items()
    assert "_X_AMZN_TRACE_ID" not in variables


def test_another_runtime_is_refused_by_name(function: Make) -> None:
    with pytest.raises(UnsupportedRuntimeError, match=r"ruby3\.3"):
        program_of(function(runtime="ruby3.3"), settings=FunctionSettings(), host={})


@given(st.text())
def test_any_client_context_can_be_handed_on(text: str) -> None:
    assert isinstance(client_context_json(text), str)
