"""EventBridge calls that our part answers in moto's place."""

import json
from typing import Any

import pytest
from api_calls import json_call
from hypothesis import given, strategies as st

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.overrides.table import with_overrides

EVENT = {
    "id": "e",
    "account": "1",
    "source": "shop",
    "time": "2026-11-23T12:00:00Z",
    "region": "r",
    "detail-type": "Order",
}
PASSED_ON = json_response(200, {"from": "moto"})


def call(operation: str, body: Any) -> HttpResponse:
    called = json_call("events", f"AWSEvents.{operation}", body)
    return with_overrides(called, lambda _: PASSED_ON, {})


def outcome(response: HttpResponse) -> Any:
    content = json.loads(response.body)
    return content.get("Result", content.get("__type"))


def verdict(pattern: str, event: Any = EVENT) -> Any:
    text = event if isinstance(event, str) else json.dumps(event)
    return outcome(call("TestEventPattern", {"EventPattern": pattern, "Event": text}))


def test_an_event_is_tested() -> None:
    assert verdict('{"source": [{"prefix": "sh"}]}') is True
    assert verdict('{"source": ["another"]}') is False


def test_an_event_may_have_resources_or_none() -> None:
    assert verdict('{"resources": ["a"]}') is False
    assert verdict('{"resources": ["a"]}', {**EVENT, "resources": ["a"]}) is True


def test_a_bad_pattern_is_named_as_such() -> None:
    assert verdict('{"source": "shop"}') == "InvalidEventPatternException"
    assert verdict("{") == "InvalidEventPatternException"


@pytest.mark.parametrize("event", ["{", "[]", "1", {"source": "shop"}])
def test_a_bad_event_is_named_as_such(event: Any) -> None:
    assert verdict('{"source": ["shop"]}', event) == "ValidationException"


@pytest.mark.parametrize("operation", ["PutRule", "CreateArchive", "UpdateArchive"])
def test_patterns_are_refused_where_they_are_put(operation: str) -> None:
    refused = call(operation, {"EventPattern": '{"source": [{"prefix": 1}]}'})
    assert outcome(refused) == "InvalidEventPatternException"
    assert call(operation, {"EventPattern": '{"source": ["shop"]}'}) == PASSED_ON
    assert call(operation, {"ScheduleExpression": "rate(1 day)"}) == PASSED_ON


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "cron(0 10 * * * *)"])
def test_a_schedule_is_refused_where_it_is_put(expression: str) -> None:
    refused = call("PutRule", {"Name": "r", "ScheduleExpression": expression})
    assert json.loads(refused.body)["message"] == "Parameter ScheduleExpression is not valid."


@pytest.mark.parametrize(
    "change",
    [
        {"ReplayName": None},
        {"EventStartTime": "now"},
        {"Destination": "arn"},
        {"Destination": {"Arn": "arn", "FilterArns": [1]}},
    ],
)
def test_a_bad_replay_is_refused_before_anything_is_changed(change: dict[str, Any]) -> None:
    good = {
        "ReplayName": "again",
        "EventSourceArn": "arn:aws:events:us-east-1:1:archive/none",
        "EventStartTime": 1.0,
        "EventEndTime": 2.0,
        "Destination": {"Arn": "arn"},
    }
    assert call("StartReplay", good) == PASSED_ON  # for moto to say that there is no archive
    assert outcome(call("StartReplay", {**good, **change})) == "ValidationException"


def test_what_is_no_object_is_left_to_moto() -> None:
    assert call("PutRule", b"[" * 100_000) == PASSED_ON


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["source", "$or", "prefix", "numeric"]), inner)
    ),
    max_leaves=6,
)


@given(pattern=st.builds(json.dumps, ANY) | st.text(), event=ANY)
def test_whatever_is_tested_is_answered(pattern: str, event: Any) -> None:
    detailed = {**EVENT, "detail": event}
    answers = {True, False, "InvalidEventPatternException", "ValidationException"}
    assert verdict(pattern, detailed) in answers
