"""Synchronous invocation in real processes: answers, errors, segments and logs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from archives import zip_of

from tracing_lab.embedded.functions import Functions, RequestTooLargeError, SegmentLayout
from tracing_lab.embedded.model import FunctionSpec, Invocation
from tracing_lab.errors import EmbeddedError

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
HEADER = f"Root={ROOT};Parent=13a449852a482e01;Sampled=1"
ECHO = "def handler(event, context):\n    return event\n"
TRACE = """
import os
AT_INIT = os.environ.get("_X_AMZN_TRACE_ID")
def handler(event, context):
    return [AT_INIT, os.environ["_X_AMZN_TRACE_ID"]]
"""
RAISES = """
def handler(event, context):
    raise KeyError("sku missing")
"""


def test_an_answer_comes_back_as_the_handler_gave_it(lab: Lab, function: Make) -> None:
    result = lab.invoke(function(ECHO), '{"größe": [1, null]}'.encode())
    assert json.loads(result.payload) == {"größe": [1, None]}
    assert result.function_error is None


def test_an_empty_payload_is_an_empty_event(lab: Lab, function: Make) -> None:
    assert lab.invoke(function(ECHO), b"").payload == b"{}"


def test_a_sampled_request_gets_two_segments_in_its_trace(lab: Lab, function: Make) -> None:
    result = lab.invoke(function(ECHO), trace=HEADER)
    service, run = lab.services[0], lab.runs[0]
    assert len(lab.latest) == 2
    assert {service["trace_id"], run["trace_id"]} == {ROOT}
    assert service["parent_id"] == "13a449852a482e01"
    assert service["aws"]["request_id"] == result.request_id
    assert run["parent_id"] == service["id"]
    names = [child["name"] for child in run["subsegments"]]
    assert names == ["Initialization", "Invocation", "Overhead"]


def test_phases_follow_each_other_in_time(lab: Lab, function: Make) -> None:
    lab.invoke(function(ECHO))
    service, run = lab.services[0], lab.runs[0]
    init, invocation, overhead = run["subsegments"]
    times = [
        service["start_time"],
        init["start_time"],
        init["end_time"],
        run["start_time"],
        invocation["end_time"],
        overhead["end_time"],
    ]
    assert times == sorted(times)
    assert invocation["end_time"] - service["end_time"] < 0.001  # service: whole milliseconds


def test_the_function_segment_is_sent_in_progress_first(lab: Lab, function: Make) -> None:
    lab.invoke(function(ECHO))
    run = lab.runs[0]
    versions = [one for one in lab.segments if one["id"] == run["id"]]
    assert [one.get("in_progress", False) for one in versions] == [True, False]
    assert versions[0]["start_time"] == versions[1]["start_time"]


def test_all_that_a_segment_will_say_is_prepared_before_the_caller_has_the_answer(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> list[Any]:
        await functions.invoke(invocation(function(ECHO), b"{}", HEADER))
        return [*lab.prepared]

    started, answered = lab.run(scenario)
    (begun,) = started["subsegments"]
    assert (started["in_progress"], begun["in_progress"]) == (True, True)
    assert "in_progress" not in answered
    init, handler = answered["subsegments"]
    assert (init["name"], handler["name"]) == ("Initialization", "Invocation")
    assert begun["id"] == handler["id"]
    assert started["id"] == answered["id"] == lab.runs[0]["id"]


def test_the_handlers_parent_is_the_invocation_and_absent_at_init(lab: Lab, function: Make) -> None:
    result = lab.invoke(function(TRACE), trace=HEADER)
    at_init, seen = json.loads(result.payload)
    invocation = lab.runs[0]["subsegments"][1]
    assert at_init is None
    assert seen == f"Root={ROOT};Parent={invocation['id']};Sampled=1"


@pytest.mark.parametrize(
    "mode, header",
    [("PassThrough", HEADER), ("Active", HEADER.replace("Sampled=1", "Sampled=0"))],
)
def test_without_active_sampled_tracing_no_segment_is_sent(
    lab: Lab, function: Make, mode: str, header: str
) -> None:
    result = lab.invoke(function(TRACE, tracing_mode=mode), trace=header)
    seen = json.loads(result.payload)[1]
    assert lab.segments == []
    assert seen.startswith(f"Root={ROOT};Parent=")
    assert (seen == header) is (mode == "PassThrough")


def test_a_second_run_is_warm_and_has_another_parent(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    async def scenario(functions: Functions) -> list[Any]:
        call = invocation(function(TRACE), b"{}", HEADER)
        seen = [json.loads((await functions.invoke(call)).payload)[1] for _ in range(2)]
        await until(lambda: not lab.in_progress)
        assert len(functions.process_ids) == 1
        return seen

    first, second = lab.run(scenario)
    names = [[child["name"] for child in run["subsegments"]] for run in lab.runs]
    assert first != second
    assert names[1] == ["Invocation", "Overhead"]


def test_a_handler_error_has_the_runtimes_shape(lab: Lab, function: Make) -> None:
    result = lab.invoke(function(RAISES))
    error = json.loads(result.payload)
    assert result.function_error == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'sku missing'")
    assert error["requestId"] == result.request_id
    assert 'line 3, in handler\n    raise KeyError("sku missing")' in error["stackTrace"][0]


def test_a_handler_error_is_in_the_trace(lab: Lab, function: Make) -> None:
    lab.invoke(function(RAISES))
    service, run = lab.services[0], lab.runs[0]
    assert (service["http"]["response"]["status"], service["error"]) == (200, True)
    assert run["error"] is True
    (exception,) = run["cause"]["exceptions"]
    assert (exception["type"], exception["stack"][0]["label"]) == ("KeyError", "handler")
    flags = {child["name"]: child.get("error") for child in run["subsegments"]}
    assert flags == {"Initialization": None, "Invocation": True, "Overhead": None}


def test_output_lies_between_start_and_end(lab: Lab, function: Make) -> None:
    source = """
import logging, sys
print("loading")
def handler(event, context):
    print("one"); logging.warning("two\\nlines"); print("three", file=sys.stderr, end="")
"""
    result = lab.invoke(function(source))
    kinds = [message.split()[0] for message in lab.messages]
    assert kinds == ["INIT_START", "loading", "START", "one", "[WARNING]", "three", "END", "REPORT"]
    assert "two\nlines" in lab.messages[4]
    assert lab.messages[2] == f"START RequestId: {result.request_id} Version: $LATEST\n"
    assert f"XRAY TraceId: {lab.runs[0]['trace_id']}" in lab.messages[-1]


def test_logs_go_to_one_stream_per_environment_in_order_of_time(lab: Lab, function: Make) -> None:
    lab.invoke(function("print('a')\n" + ECHO, log_group="/own/group"))
    groups, streams = {one[0] for one in lab.logs}, {one[1] for one in lab.logs}
    times = [stamp for _, _, events in lab.logs for stamp, _ in events]
    assert groups == {"/own/group"}
    (stream,) = streams
    assert stream[10:21] == "/[$LATEST]" + stream[20]
    assert len(stream.split("]")[1]) == 32
    assert times == sorted(times)


def test_the_log_tail_is_the_last_4_kb_of_this_run(lab: Lab, function: Make) -> None:
    source = "def handler(event, context):\n    [print('x' * 99) for _ in range(60)]\n"
    tail = lab.invoke(function(source)).log_tail
    assert len(tail) == 4096
    assert tail.startswith(b"x")
    assert b"REPORT RequestId" in tail


def test_a_timeout_ends_the_environment(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    source = """
import os, time
def handler(event, context):
    event and time.sleep(60)
    return os.getpid()
"""
    spec = function(source, timeout_s=2.0)

    async def scenario(functions: Functions) -> Any:
        first = await functions.invoke(invocation(spec, b"0"))
        slow = await functions.invoke(invocation(spec, b"1"))
        again = await functions.invoke(invocation(spec, b"0"))
        assert first.payload != again.payload
        await until(lambda: not lab.in_progress)
        return slow

    slow = lab.run(scenario)
    error = json.loads(slow.payload)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 2.00 seconds")
    assert [child["name"] for child in lab.runs[1]["subsegments"]] == ["Invocation"]
    assert any("Task timed out after 2.00 seconds" in message for message in lab.messages)
    assert sum("Status: timeout" in message for message in lab.messages) == 1


@pytest.mark.parametrize(
    "statement, reason",
    [
        ("os._exit(3)", "exit status 3"),
        ("sys.exit(0)", "without providing a reason"),
        ("os.kill(os.getpid(), 9)", "signal: killed"),
    ],
)
def test_a_crash_is_an_exit_error(lab: Lab, function: Make, statement: str, reason: str) -> None:
    source = f"import os, sys\ndef handler(event, context):\n    print('last'); {statement}\n"
    result = lab.invoke(function(source))
    error = json.loads(result.payload)
    assert error["errorType"] == "Runtime.ExitError"
    assert reason in error["errorMessage"]
    assert "last\n" in lab.messages
    assert "Error Type: Runtime.ExitError" in lab.messages[-1]
    assert [child["name"] for child in lab.runs[0]["subsegments"]][1:] == ["Invocation"]


@pytest.mark.parametrize(
    "source, kind",
    [
        ("import no_such_module", "Runtime.ImportModuleError"),
        ("x = ", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "Runtime.HandlerNotFound"),
        ("1 / 0", "ZeroDivisionError"),
        ("import os; os._exit(2)", "Runtime.ExitError"),
    ],
)
def test_an_init_error_reaches_the_caller(lab: Lab, function: Make, source: str, kind: str) -> None:
    result = lab.invoke(function(source))
    assert json.loads(result.payload)["errorType"] == kind
    assert result.function_error == "Unhandled"
    run = lab.runs[0]
    assert run["error"] is True
    assert [child["name"] for child in run["subsegments"]] == ["Initialization"]
    assert f"Error Type: {kind}" in lab.messages[-1]


def test_an_init_that_takes_too_long_is_a_timeout(lab: Lab, function: Make) -> None:
    spec = function("import time; time.sleep(60)", timeout_s=0.1)
    result = lab.invoke(spec, init_timeout_s=0.1)
    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"


@pytest.mark.parametrize("change", [{"runtime": "ruby3.3"}, {"code_zip": b"no zip"}])
def test_what_cannot_be_run_is_refused_with_a_reason(
    lab: Lab, function: Make, change: dict[str, Any]
) -> None:
    result = lab.invoke(function(ECHO, **change))
    assert json.loads(result.payload)["errorType"] == "Runtime.InvalidEntrypoint"


def test_an_answer_over_6_mb_is_an_error(lab: Lab, function: Make) -> None:
    source = "def handler(event, context):\n    return 'x' * event\n"
    result = lab.invoke(function(source), b"6291556")
    error = json.loads(result.payload)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert "(6291558 bytes)" in error["errorMessage"]


def test_an_answer_of_6_mb_passes(lab: Lab, function: Make) -> None:
    source = "def handler(event, context):\n    return 'x' * event\n"
    assert len(lab.invoke(function(source), b"6291554").payload) == 6291556


def test_payloads_over_the_limit_are_refused(lab: Lab, function: Make, invocation: Invoke) -> None:
    async def scenario(functions: Functions) -> None:
        spec = function(ECHO)
        with pytest.raises(RequestTooLargeError, match="6291456 bytes"):
            await functions.invoke(invocation(spec, b" " * 6291457))
        with pytest.raises(RequestTooLargeError, match="1048576 bytes"):
            await functions.accept(invocation(spec, b" " * 1048577))
        assert functions.process_ids == ()

    lab.run(scenario)


def test_after_close_nothing_is_taken(lab: Lab, function: Make, invocation: Invoke) -> None:
    async def scenario(functions: Functions) -> None:
        await functions.close()
        with pytest.raises(EmbeddedError, match="closed"):
            await functions.invoke(invocation(function(ECHO)))

    lab.run(scenario)


def test_a_function_sees_its_own_world_only(
    lab: Lab, function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("HOST_SECRET", "1")
    source = """
import os, sys, time
def handler(event, context):
    return {"env": dict(os.environ), "path": sys.path[0], "cwd": os.getcwd(),
            "stdin": sys.stdin.read(), "zone": time.tzname[0]}
"""
    lab.variables = {"AWS_ACCESS_KEY_ID": "test"}
    seen = json.loads(lab.invoke(function(source, environment={"A": "1"})).payload)
    env = seen["env"]
    assert not {"AWS_PROFILE", "HOST_SECRET", "_LAMBDA_TELEMETRY_LOG_FD"} & env.keys()
    assert (env["A"], env["AWS_ACCESS_KEY_ID"]) == ("1", "test")
    assert seen["path"] == seen["cwd"] == env["LAMBDA_TASK_ROOT"]
    assert (seen["stdin"], seen["zone"]) == ("", "UTC")
    assert env["AWS_LAMBDA_LOG_STREAM_NAME"] == lab.logs[0][1]


def test_layers_come_after_the_code_and_later_ones_over_earlier_ones(
    lab: Lab, function: Make
) -> None:
    source = "import one, two\ndef handler(event, context):\n    return [one.A, two.A]\n"
    first = zip_of({"python/one.py": "A = 1", "python/two.py": "A = 1"})
    second = zip_of(
        {"python/two.py": "A = 2", "python/lib/python3.13/site-packages/one.py": "A = 2"}
    )
    both = lab.invoke(function(source, layer_zips=(first, second)))
    own = zip_of({"app.py": source, "one.py": "A = 'own'"})
    assert both.payload == b"[2, 2]"
    result = lab.invoke(function(layer_zips=(first,), code_zip=own))
    assert json.loads(result.payload) == ["own", 1]


def test_variables_name_files_of_layers_and_code_as_on_lambda(lab: Lab, function: Make) -> None:
    source = """
import os
def handler(event, context):
    return [os.environ[name] for name in "AB"] + [open(os.environ["A"]).read()]
"""
    environment = {"A": "/opt/a.txt", "B": "https://shop.example/opt/in"}
    layer = zip_of({"a.txt": "a"})
    spec = function(source, layer_zips=(layer,), environment=environment)
    path, other, text = json.loads(lab.invoke(spec).payload)
    assert path.endswith("/opt/a.txt")
    assert (other, text) == (environment["B"], "a")


def test_a_layers_sitecustomize_is_imported_before_the_handler(lab: Lab, function: Make) -> None:
    source = "import sys\ndef handler(event, context): return list(sys.customized)\n"
    custom = "import boto3, sys\nsys.customized = [boto3.__name__, 'app' in sys.modules]\n"
    layer = zip_of({"python/sitecustomize.py": custom})
    result = lab.invoke(function(source, layer_zips=(layer,)))
    assert json.loads(result.payload) == ["boto3", False]


def test_the_flat_layout_hands_out_the_segment_as_parent(lab: Lab, function: Make) -> None:
    result = lab.invoke(function(TRACE), layout=SegmentLayout.FLAT)
    assert f"Parent={lab.runs[0]['id']};" in json.loads(result.payload)[1]
    assert [child["name"] for child in lab.runs[0]["subsegments"]] == ["Init", "Overhead"]
