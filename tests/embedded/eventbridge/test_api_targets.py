"""Targets that are methods of REST APIs, with a fake in the place of API Gateway."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bus_world import ENTRY, LETTERS, RULE, World

from tracing_lab.embedded.eventbridge.api_targets import ApiTargetCall, send_to_api
from tracing_lab.embedded.eventbridge.delivery import Delivery
from tracing_lab.embedded.eventbridge.entries import whole_event
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import QueueMessage, TargetSpec
from tracing_lab.xray_model.trace_header import TraceHeader

API = "arn:aws:execute-api:us-east-1:123456789012:api1/prod/{}"
TARGET = TargetSpec("t", API.format("PUT/orders"), dead_letter_arn=LETTERS, max_retries=2)
HEADER = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", "53995c3f42cd8ad8", sampled=True)


class Apis:
    """Responds to requests with given statuses, the last of which repeats."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses) or [200]
        self.calls: list[ApiTargetCall] = []
        self.allowed = True
        self.hangs = False

    async def call(self, call: ApiTargetCall) -> HttpResponse:
        self.calls.append(call)
        if not self.allowed:
            msg = "the role may not"
            raise PermissionError(msg)
        if self.hangs:
            await asyncio.Event().wait()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return HttpResponse(status, (), b"why")


def deliver(
    folder: Path, apis: Apis, header: TraceHeader | None = None, **changes: Any
) -> list[QueueMessage]:
    """Put an event; return the dead letters."""

    async def run() -> None:
        world.buses["default"] = (replace(RULE, targets=(replace(TARGET, **changes),)),)
        bus = world.bus(folder / "bus.jsonl", delays=(0,), call_api=apis.call)
        detail = json.dumps({"id": 7, "who": "Ann B", "list": [1]})
        await bus.put_events({"Entries": [{**ENTRY, "Detail": detail}]}, header)
        await bus.drain()
        await bus.close()

    world = World()
    asyncio.run(run())
    return world.letters


def test_the_event_is_the_body(tmp_path: Path) -> None:
    apis = Apis()
    assert deliver(tmp_path, apis, HEADER) == []
    (call,) = apis.calls
    assert (call.api_id, call.stage, call.role_arn) == ("api1", "prod", None)
    assert (call.request.method, call.request.path, call.request.query) == ("PUT", "/orders", "")
    assert json.loads(call.request.body)["detail"]["id"] == 7
    assert call.request.header("Content-Type") == "application/json"
    assert call.request.header("X-Amzn-Trace-Id") == HEADER.format()


def test_an_event_without_a_trace_sends_no_header(tmp_path: Path) -> None:
    apis = Apis()
    deliver(tmp_path, apis)
    assert apis.calls[0].request.header("X-Amzn-Trace-Id") is None


def test_parameters_are_texts_or_parts_of_the_event(tmp_path: Path) -> None:
    apis = Apis()
    deliver(
        tmp_path,
        apis,
        arn=API.format("*/customers/*/orders/*"),
        role_arn="arn:role",
        input='{"a": 1}',
        http_parameters={
            "PathParameterValues": ["$.detail.who", "7/8"],
            "QueryStringParameters": {"list": "$.detail.list", "none": "$.detail.none", "q": "ü"},
            "HeaderParameters": {"X-Shop": "$.source", "X-Price": "$9"},
        },
    )
    (call,) = apis.calls
    assert call.request.method == "POST"
    assert call.request.path == "/customers/Ann%20B/orders/7%2F8"
    assert call.request.query == "list=%5B1%5D&none=&q=%C3%BC"
    assert call.request.header("X-Shop") == "shop"
    assert call.request.header("X-Price") == "$9"
    assert call.request.body == b'{"a": 1}'
    assert call.arn == API.format("POST/customers/Ann%20B/orders/7%2F8")
    assert call.role_arn == "arn:role"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_some_responses_are_retried(tmp_path: Path, status: int) -> None:
    apis = Apis(status, status, 200)
    assert deliver(tmp_path, apis) == []
    assert len(apis.calls) == 3


@pytest.mark.parametrize("status", [301, 400, 403, 404])
def test_other_responses_are_not_retried(tmp_path: Path, status: int) -> None:
    apis = Apis(status, 200)
    (letter,) = deliver(tmp_path, apis)
    assert len(apis.calls) == 1
    assert letter.attributes["ERROR_CODE"] == "SDK_CLIENT_ERROR"
    assert letter.attributes["ERROR_MESSAGE"] == f"it responded with {status}: why"
    assert letter.attributes["RETRY_ATTEMPTS"] == "0"


def test_retries_end(tmp_path: Path) -> None:
    (letter,) = deliver(tmp_path, Apis(500))
    assert letter.attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_a_slow_response_is_an_error_that_is_retried() -> None:
    apis = Apis()
    apis.hangs = True
    event = whole_event({"source": "shop"}, bus="default", now_s=0.0)
    delivery = Delivery(event, RULE, TARGET)
    with pytest.raises(TimeoutError):
        asyncio.run(send_to_api(delivery, call=apis.call, timeout_s=0.01))
    assert len(apis.calls) == 1


def test_roles_need_permission(tmp_path: Path) -> None:
    apis = Apis()
    apis.allowed = False
    (letter,) = deliver(tmp_path, apis, role_arn="arn:role")
    assert letter.attributes["ERROR_CODE"] == "NO_PERMISSIONS"


@pytest.mark.parametrize(
    "changes",
    [
        {"arn": API.format("")},
        {"arn": API.format("POST/a/*")},
        {"http_parameters": {"QueryStringParameters": {"a": "$.detail["}}},
    ],
)
def test_invalid_targets_become_dead_letters(tmp_path: Path, changes: Any) -> None:
    apis = Apis()
    (letter,) = deliver(tmp_path, apis, **changes)
    assert apis.calls == []
    assert letter.attributes["ERROR_CODE"] == "INVALID_PARAMETER"
