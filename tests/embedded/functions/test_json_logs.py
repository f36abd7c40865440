"""Logs in JSON: what the function logs and what the platform tells."""

import importlib.util
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tracing_lab.embedded.functions.platform_log import RunReport
from tracing_lab.embedded.functions.platform_messages import JsonMessages
from tracing_lab.embedded.functions.runtime.outcome import Ending, RunOutcome
from tracing_lab.embedded.model import FunctionSpec, LogSettings

Make = Callable[..., FunctionSpec]
Lab = Any

HAS_AWS_CLIENT = importlib.util.find_spec("runtime_client") is not None
LOGS = """
import logging
log = logging.getLogger("shop")
def handler(event, context):
    log.debug("unseen")
    log.info("one %s", 1, extra={"order": 7, "who": {"a", }})
    log.warning({"total": 1.5})
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("gr\u00f6\u00dfer")
    print("printed")
    raise KeyError("sku")
"""
HEADER = "Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=13a449852a482e01;Sampled=1"


def logged(lab: Lab, spec: FunctionSpec, client: str) -> list[Any]:
    """Run a function that logs; give its log, without what differs from run to run."""
    lab.logs.clear()
    lab.segments.clear()
    result = lab.invoke(spec, trace=HEADER, runtime_client=client)
    texts = [
        re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", one)
        .replace(result.request_id, "REQUEST")
        .replace(str(lab.work_dir), "DIR")
        for one in lab.messages
    ]
    return [json.loads(one) if one.startswith("{") else one for one in texts]


@pytest.mark.skipif(not HAS_AWS_CLIENT, reason="awslambdaric is for Linux only")
@pytest.mark.parametrize("level", ["DEBUG", "WARN"])
def test_both_clients_log_the_same_json(lab: Lab, function: Make, level: str) -> None:
    spec = function(LOGS, logging=LogSettings(json=True, application_level=level))
    aws, ours = (logged(lab, spec, one) for one in ("awslambdaric", "builtin"))
    assert records(ours) == records(aws)


def records(messages: list[Any]) -> list[Any]:
    return [one for one in messages if isinstance(one, str) or "type" not in one]


def test_records_are_json_with_request_id_and_extras(lab: Lab, function: Make) -> None:
    messages = logged(lab, function(LOGS, logging=LogSettings(json=True)), "builtin")
    info, warning, error, printed, failure = records(messages)
    assert info == {
        "timestamp": "TIME",
        "level": "INFO",
        "message": "one 1",
        "logger": "shop",
        "requestId": "REQUEST",
        "order": 7,
        "who": "{'a'}",
    }
    assert warning["message"] == {"total": 1.5}
    assert (error["message"], error["errorType"]) == ("gr\u00f6\u00dfer", "ZeroDivisionError")
    assert error["location"].endswith("app.py:handler:11")
    assert printed == "printed\n"
    assert (failure["level"], failure["errorType"]) == ("ERROR", "KeyError")


def test_the_platform_tells_in_json_too(lab: Lab, function: Make) -> None:
    spec = function(LOGS, logging=LogSettings(json=True, system_level="DEBUG"))
    messages = logged(lab, spec, "builtin")
    events = {one["type"]: one["record"] for one in messages if "type" in one}
    assert [*events] == [
        "platform.initStart",
        "platform.start",
        "platform.runtimeDone",
        "platform.report",
    ]
    assert events["platform.start"]["version"] == "$LATEST"
    tracing = events["platform.report"]["tracing"]
    run = lab.runs[0]
    assert tracing["spanId"] == run["id"]
    assert f"Parent={run['subsegments'][1]['id']};" in tracing["value"]
    assert events["platform.report"]["metrics"]["memorySizeMB"] == 128


DONE = RunOutcome(Ending.SUCCESS, b"{}", started_ns=0, ended_ns=3_420_000)
KILLED = RunOutcome(Ending.EXIT, b"{}", 0, 3_420_000, "Runtime.OutOfMemory")


def test_the_report_has_the_numbers_of_the_text() -> None:
    report = RunReport("r-1", DONE, memory_mb=128, used_mb=36, init_ms=120.5)
    (message,) = JsonMessages("INFO").ended(report)
    event = json.loads(message)
    assert event["type"] == "platform.report"
    assert event["record"] == {
        "requestId": "r-1",
        "status": "success",
        "metrics": {
            "durationMs": 3.42,
            "billedDurationMs": 124,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 36,
            "initDurationMs": 120.5,
        },
    }


@pytest.mark.parametrize("level, count", [("DEBUG", 2), ("INFO", 1), ("WARN", 0)])
def test_the_system_level_filters_what_went_well(level: str, count: int) -> None:
    assert len(JsonMessages(level).ended(RunReport("r-1", DONE, memory_mb=128))) == count


def test_what_went_wrong_is_told_at_each_level() -> None:
    messages = JsonMessages("WARN").ended(RunReport("r-1", KILLED, memory_mb=128))
    seen = [json.loads(one) for one in messages]
    assert [one["type"] for one in seen] == ["platform.runtimeDone", "platform.report"]
    assert {one["record"]["status"] for one in seen} == {"error"}
    assert {one["record"]["errorType"] for one in seen} == {"Runtime.OutOfMemory"}


def test_a_timeout_is_a_status_and_no_line_in_json(lab: Lab, function: Make) -> None:
    source = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
    lab.invoke(function(source, timeout_s=0.1, logging=LogSettings(json=True)))
    assert json.loads(lab.messages[-1])["record"]["status"] == "timeout"
    assert not any("Task timed out" in one for one in lab.messages)
