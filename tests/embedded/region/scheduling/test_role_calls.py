"""Calls that are made with a role: permissions, and errors in any protocol."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from schedules import FUNCTION, ROLE

from tracing_lab.embedded.http.messages import HttpResponse, error_response, json_response
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.region.scheduling.role_calls import RoleCalls, error_of, handler
from tracing_lab.embedded.scheduler.model import TargetError, TargetOperation

PUBLISH = TargetOperation("sns", "Publish", {"TopicArn": "arn:t", "Message": "m"}, "eu-west-1")


class World:
    """A role that may be assumed, and services that respond."""

    def __init__(self, response: HttpResponse | None = None) -> None:
        self.response = response or HttpResponse(200)
        self.denied: str | None = None
        self.assumable = True
        self.handled: list[ApiCall] = []

    def may_assume(self, role_arn: str, service: str) -> bool:
        assert (role_arn, service) == (ROLE, "scheduler.amazonaws.com")
        return self.assumable

    async def handle(self, call: ApiCall) -> HttpResponse:
        self.handled.append(call)
        return self.response

    def call(self, operation: TargetOperation = PUBLISH) -> TargetError | None:
        calls = RoleCalls(
            "eu-west-1",
            "123456789012",
            assumable=self.may_assume,
            denial=lambda _role, _call, _service: self.denied,
            handle=self.handle,
        )
        try:
            asyncio.run(calls.call(ROLE, operation))
        except TargetError as error:
            return error
        return None


def test_a_call_reaches_its_service() -> None:
    world = World()
    assert world.call() is None
    (call,) = world.handled
    assert (call.key, call.region) == (("sns", "Publish"), "eu-west-1")


def test_functions_are_named_as_by_any_other_caller() -> None:
    world = World()
    world.call(TargetOperation("lambda", "Invoke", {"FunctionName": f"{FUNCTION}:live"}))
    assert world.handled[0].path_members["FunctionName"] == "f:live"


def test_roles_are_evaluated_before_the_call() -> None:
    world = World()
    world.denied = "User: r is not authorized"
    error = world.call()
    assert error is not None
    assert (error.code, str(error), error.is_permanent) == (
        "AccessDeniedException",
        "User: r is not authorized",
        True,
    )
    assert world.handled == []


def test_roles_have_to_be_assumable() -> None:
    world = World()
    world.assumable = False
    error = world.call()
    assert error is not None
    assert f"may not assume {ROLE}" in str(error)
    assert world.handled == []


def test_other_regions_and_requests_that_do_not_fit() -> None:
    elsewhere = TargetOperation("lambda", "Invoke", {"FunctionName": FUNCTION}, "us-east-1")
    error = World().call(elsewhere)
    assert error is not None
    assert "use one in eu-west-1" in str(error)
    wrong = World().call(TargetOperation("events", "PutEvents", {"Entries": [1]}))
    assert wrong is not None
    assert wrong.code == "ValidationException"


@pytest.mark.parametrize(
    "service, operation, response, code, message, is_permanent",
    [
        (
            "lambda",
            "Invoke",
            error_response(429, "TooManyRequestsException", "Rate Exceeded."),
            "TooManyRequestsException",
            "Rate Exceeded.",
            False,
        ),
        (
            "lambda",
            "Invoke",
            error_response(500, "ServiceException", "disk"),
            "ServiceException",
            "disk",
            False,
        ),
        (
            "sqs",
            "SendMessage",
            HttpResponse(
                400,
                (("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender"),),
                b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no queue"}',
            ),
            "AWS.SimpleQueueService.NonExistentQueue",
            "no queue",
            True,
        ),
        (
            "sns",
            "Publish",
            HttpResponse(
                404,
                (),
                b"<E><Error><Code>NotFound</Code><Message>no &lt;topic&gt;</Message></Error></E>",
            ),
            "NotFound",
            "no <topic>",
            True,
        ),
        (
            "dynamodb",
            "PutItem",
            json_response(400, {"__type": "a#B", "Message": "m"}),
            "B",
            "m",
            True,
        ),
        ("sns", "Publish", HttpResponse(502, (), b"<html>"), "502", "Bad Gateway", False),
    ],
)
def test_errors_of_services(
    service: str,
    operation: str,
    response: HttpResponse,
    code: str,
    message: str,
    *,
    is_permanent: bool,
) -> None:
    error = error_of(service, operation, response)
    assert error is not None
    assert (error.code, str(error), error.is_permanent) == (code, message, is_permanent)


class Bus:
    """Responds to PutEvents."""

    def __init__(self, entry: dict[str, str]) -> None:
        self.entry = entry

    async def put_events(self, _body: Any, _header: Any) -> dict[str, Any]:
        return {"Entries": [self.entry], "FailedEntryCount": 0}


class Functions:
    """Responds to Invoke."""

    async def handle(self, _call: ApiCall) -> HttpResponse:
        return HttpResponse(202)


def responding(entry: dict[str, str]) -> Callable[[ApiCall], Awaitable[HttpResponse]]:
    functions: Any = Functions()
    bus: Any = Bus(entry)
    return handler(functions, bus, lambda _: HttpResponse(418))


def respond(operation: TargetOperation, **entry: str) -> int:
    world = World()
    world.call(operation)
    response: HttpResponse = asyncio.run(_respond(responding(entry), world.handled[0]))
    return response.status


async def _respond(
    handle: Callable[[ApiCall], Awaitable[HttpResponse]], call: ApiCall
) -> HttpResponse:
    return await handle(call)


def test_data_planes_respond_to_their_own_operations() -> None:
    put = TargetOperation(
        "events", "PutEvents", {"Entries": [{"Source": "s", "DetailType": "t", "Detail": "{}"}]}
    )
    assert respond(TargetOperation("lambda", "Invoke", {"FunctionName": FUNCTION})) == 202
    assert respond(put, EventId="e") == 200
    assert respond(put, ErrorCode="MalformedDetail", ErrorMessage="m") == 400
    assert respond(PUBLISH) == 418
