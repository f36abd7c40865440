"""Asynchronous invocation: acceptance, attempts, retries, and what becomes of lost events."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.functions import (
    EndedEvent,
    Functions,
    dead_letter_attributes,
    destination_record,
)
from tracing_lab.embedded.functions.accepted import AcceptedInvocation
from tracing_lab.embedded.functions.tracing import RequestTrace
from tracing_lab.embedded.model import FunctionSpec, Invocation, InvokeResult
from tracing_lab.embedded.storage.durable_queue import DurableQueue
from tracing_lab.xray_model.trace_header import TraceHeader

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

ECHO = "def handler(event, context):\n    return event\n"
FAILS = """
import os
def handler(event, context):
    print("trace", os.environ["_X_AMZN_TRACE_ID"])
    raise ValueError("no")
"""
QUICK = {"retry_delays_s": (0.01, 0.02), "throttle_backoff_s": (0.01, 0.02)}


def accept(lab: Lab, call: Invocation, **options: Any) -> tuple[str, list[EndedEvent]]:
    """Queue one event and wait until nothing is left to do."""
    failed: list[EndedEvent] = []

    async def on_end(event: EndedEvent) -> None:
        failed.append(event)

    async def scenario(functions: Functions) -> str:
        request_id = await functions.accept(call)
        await functions.drain()
        return request_id

    return lab.run(scenario, on_end=on_end, **(QUICK | options)), failed


def test_a_success_is_told_where_somebody_wants_to_know(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    spec = function(ECHO)
    assert accept(lab, invocation(spec))[1] == []
    told = replace(spec, on_success_arn="arn:aws:sqs:us-east-1:123456789012:done")
    _request_id, (event,) = accept(lab, invocation(told))
    assert (event.condition, event.attempts) == ("Success", 1)
    assert event.result is not None
    assert event.result.function_error is None


def test_an_accepted_event_makes_its_trace_partial_at_once(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> None:
        request_id = await functions.accept(invocation(function(ECHO)))
        (document,) = lab.segments
        assert document["in_progress"] is True
        assert document["aws"] == {"request_id": request_id}
        assert document["http"] == {"response": {"status": 202}}

    lab.run(scenario)


def test_an_event_has_dwell_time_and_one_attempt(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    header = "Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=aabeb336dc5bce01;Sampled=1"
    accept(lab, invocation(function(ECHO), b"{}", header))
    (service,), (run,) = lab.services, lab.runs
    dwell, attempt = service["subsegments"]
    assert (dwell["name"], attempt["name"]) == ("Dwell Time", "Attempt #1")
    assert service["parent_id"] == "aabeb336dc5bce01"
    assert run["parent_id"] == service["id"]
    assert dwell["start_time"] == service["start_time"]
    assert dwell["end_time"] == attempt["start_time"]
    assert service["end_time"] < attempt["end_time"]
    assert attempt["start_time"] <= run["subsegments"][0]["start_time"]


def test_a_failing_event_is_tried_three_times_in_one_trace(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    request_id, (failed,) = accept(lab, invocation(function(FAILS), b'{"a": 1}'))
    (service,) = lab.services
    names = [child["name"] for child in service["subsegments"]]
    assert names == ["Dwell Time", "Attempt #1", "Attempt #2", "Attempt #3"]
    assert [child.get("error") for child in service["subsegments"]] == [None, True, True, True]
    assert "error" not in service
    assert {run["parent_id"] for run in lab.runs} == {service["id"]}
    assert len(lab.runs) == 3
    assert (failed.request.request_id, failed.condition, failed.attempts) == (
        request_id,
        "RetriesExhausted",
        3,
    )
    seen = {message for message in lab.messages if message.startswith("trace ")}
    assert len(seen) == 3


def test_attempts_keep_their_ids_when_the_segment_is_sent_again(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    accept(lab, invocation(function(FAILS, max_retries=1)))
    versions = [one for one in lab.segments if one["origin"] == "AWS::Lambda"]
    first, second = ([child["id"] for child in one["subsegments"]] for one in versions[1:])
    assert first == second[:2]


@pytest.mark.parametrize("retries, attempts", [(0, 1), (1, 2)])
def test_the_functions_own_number_of_retries_counts(
    lab: Lab, function: Make, invocation: Invoke, retries: int, attempts: int
) -> None:
    _, (failed,) = accept(lab, invocation(function(FAILS, max_retries=retries)))
    assert failed.attempts == attempts


def test_an_event_that_grows_too_old_is_given_up(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    spec = function(FAILS, max_event_age_s=60.0)
    _, (failed,) = accept(lab, invocation(spec), retry_delays_s=(61.0,))
    assert (failed.condition, failed.attempts) == ("EventAgeExceeded", 1)


def test_a_throttled_event_is_tried_again_until_it_is_too_old(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    spec = function(ECHO, reserved_concurrency=0, max_event_age_s=0.1)
    _, (failed,) = accept(lab, invocation(spec))
    assert (failed.condition, failed.attempts, failed.result) == ("EventAgeExceeded", 0, None)
    assert lab.in_progress == []


def test_a_retry_runs_the_code_of_then(lab: Lab, function: Make, invocation: Invoke) -> None:
    repaired = function(ECHO, revision="2")
    _, failed = accept(lab, invocation(function(FAILS, revision="1")), resolve=lambda *_: repaired)
    assert failed == []
    attempts = [child.get("error", False) for child in lab.services[0]["subsegments"][1:]]
    assert attempts == [True, False]


def test_events_of_a_deleted_function_are_dropped(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    def gone(name: str, qualifier: str | None) -> FunctionSpec:
        raise KeyError(name)

    _, failed = accept(lab, invocation(function(FAILS)), resolve=gone)
    assert failed == []
    assert len(lab.runs) == 1


def test_an_unsampled_event_leaves_no_segment(lab: Lab, function: Make, invocation: Invoke) -> None:
    lab.sampled = False
    accept(lab, invocation(function(ECHO)))
    assert lab.segments == []
    assert any(message.startswith("START") for message in lab.messages)


def test_queued_events_prefer_a_busy_environment_over_a_cold_start(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> int:
        await functions.invoke(invocation(function(ECHO)))
        for _ in range(10):
            await functions.accept(invocation(function(ECHO)))
        await functions.drain()
        return len(functions.process_ids)

    assert lab.run(scenario, event_scale_out_delay_s=5.0) == 1


def test_a_retry_asks_for_the_version_that_was_asked_for(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    asked: list[tuple[str, str | None]] = []

    def resolve(name: str, qualifier: str | None) -> FunctionSpec:
        asked.append((name, qualifier))
        return repaired

    repaired = function(ECHO, revision="2", qualifier="live")
    broken = function(FAILS, revision="1", qualifier="live")
    accept(lab, invocation(broken), resolve=resolve)
    assert asked == [("shop", "live")]


def left_by_a_stop(lab: Lab, call: Invocation, until: Any, *, runs: int) -> str:
    """Accept an event and end the data plane after so many tries of it."""

    async def scenario(functions: Functions) -> str:
        request_id = await functions.accept(call)
        await until(lambda: len([one for one in lab.runs if not one.get("in_progress")]) == runs)
        return request_id

    return lab.run(scenario, retry_delays_s=(0.0, 600.0))


def resumed(lab: Lab, spec: FunctionSpec, **options: Any) -> tuple[int, list[EndedEvent]]:
    """Start another data plane on the same folder and let it finish what is left."""
    failed: list[EndedEvent] = []

    async def on_end(event: EndedEvent) -> None:
        failed.append(event)

    async def scenario(functions: Functions) -> int:
        count = len(functions.resume())
        await functions.drain()
        return count

    found = {"resolve": lambda *_: spec, "on_end": on_end}
    return lab.run(scenario, **(found | QUICK | options)), failed


def test_an_event_that_was_not_begun_is_run_by_the_next_server(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    spec = function("def handler(event, context):\n    print(event, context.aws_request_id)\n")
    header = "Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=aabeb336dc5bce01;Sampled=1"
    call = invocation(spec, '{"größe": 1}'.encode(), header)
    request_id = left_by_a_stop(lab, call, until, runs=0)
    assert resumed(lab, spec) == (1, [])
    assert f"{{'größe': 1}} {request_id}\n" in lab.messages
    (service,) = lab.services
    assert (service["trace_id"], service["parent_id"]) == (header[5:40], "aabeb336dc5bce01")
    assert [child["name"] for child in service["subsegments"]] == ["Dwell Time", "Attempt #1"]
    assert resumed(lab, spec) == (0, [])


def test_attempts_of_an_earlier_server_count(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    spec = function(FAILS)
    left_by_a_stop(lab, invocation(spec), until, runs=2)
    before = [child["id"] for child in lab.services[0]["subsegments"]]
    path = lab.work_dir / "events.jsonl"
    queue = DurableQueue(path)
    ((item_id, record),) = queue.items()
    assert len(record["attempts"]) == 2
    assert record["due_ns"] - record["attempts"][1][1] > 500e9  # the delay counts, too
    queue.replace(item_id, record | {"due_ns": 1})
    queue.close()
    count, (failed,) = resumed(lab, spec)
    assert (count, failed.attempts, failed.condition) == (1, 3, "RetriesExhausted")
    names = [child["name"] for child in lab.services[0]["subsegments"]]
    assert names == ["Dwell Time", "Attempt #1", "Attempt #2", "Attempt #3"]
    assert [child["id"] for child in lab.services[0]["subsegments"]][:3] == before


def test_an_event_that_grew_too_old_while_there_was_no_server_is_given_up(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    left_by_a_stop(lab, invocation(function(ECHO)), until, runs=0)
    count, (failed,) = resumed(lab, function(ECHO, max_event_age_s=0.0))
    assert (count, failed.condition, failed.attempts) == (1, "EventAgeExceeded", 0)
    assert not any(message.startswith("START") for message in lab.messages)


def test_a_record_that_cannot_be_read_stops_nothing(
    lab: Lab, function: Make, invocation: Invoke, until: Any, caplog: pytest.LogCaptureFixture
) -> None:
    left_by_a_stop(lab, invocation(function(ECHO)), until, runs=0)
    queue = DurableQueue(lab.work_dir / "events.jsonl")
    ((item_id, record),) = queue.items()
    queue.replace(item_id, json.loads(json.dumps(record).replace("Root=1-", "Root=2-")))
    queue.close()
    assert resumed(lab, function(ECHO)) == (0, [])
    assert "cannot be read" in caplog.text


def test_an_event_whose_function_is_deleted_before_its_first_run_ends_its_segment(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    def gone(name: str, qualifier: str | None) -> FunctionSpec:
        raise KeyError(name)

    spec = function(ECHO, reserved_concurrency=0)  # so that it waits for its first run
    accept(lab, invocation(spec), resolve=gone, throttle_backoff_s=(0.0, 0.0))
    assert (lab.in_progress, lab.runs) == ([], [])


def test_what_is_left_of_a_deleted_function_is_dropped(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    def gone(name: str, qualifier: str | None) -> FunctionSpec:
        raise KeyError(name)

    left_by_a_stop(lab, invocation(function(ECHO)), until, runs=0)
    assert resumed(lab, function(ECHO), resolve=gone) == (0, [])
    assert resumed(lab, function(ECHO)) == (0, [])


def failed_event(function: Make) -> EndedEvent:
    payload = json.dumps({"errorMessage": "no", "errorType": "ValueError"}).encode()
    result = InvokeResult("r-1", payload, function_error="Unhandled")
    trace = RequestTrace(TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801"), active=True)
    request = AcceptedInvocation(Invocation(function(), b'{"a": 1}'), "r-1", trace, arrival_ns=0)
    return EndedEvent(request, "RetriesExhausted", 3, result, 1_500_000_000)


def test_the_destination_record_is_that_of_aws(function: Make) -> None:
    assert destination_record(failed_event(function)) == {
        "version": "1.0",
        "timestamp": "1970-01-01T00:00:01.500Z",
        "requestContext": {
            "requestId": "r-1",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:shop:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"a": 1},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {"errorMessage": "no", "errorType": "ValueError"},
    }


def test_a_dead_letter_tells_what_went_wrong(function: Make) -> None:
    event = failed_event(function)
    expected = {"RequestID": "r-1", "ErrorCode": "200", "ErrorMessage": "no"}
    assert dead_letter_attributes(event) == expected
    assert dead_letter_attributes(replace(event, result=None))["ErrorCode"] == "429"
