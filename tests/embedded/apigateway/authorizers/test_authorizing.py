"""Lambda authorizers with fakes around them: when the function is called, and what it is asked."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.apigateway.model import StageAddress
from tracing_lab.embedded.model import (
    AuthorizerSpec,
    Invocation,
    InvokeResult,
    StageSpec,
    Throttled,
)

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:who"
TOKEN = AuthorizerSpec("a1", "TOKEN", FUNCTION, None, ("method.request.header.Authorization",))
REQUEST = AuthorizerSpec("a2", "REQUEST", FUNCTION, None, ("context.identity.sourceIp",))
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class Client:
    """Sends several requests to one gateway, so that results are cached."""

    def __init__(self, lab: Any, authorizer: AuthorizerSpec | None, **result: Any) -> None:
        self.lab, self.raises = lab, result.pop("raises", None)
        self.result = {"principalId": "ann", "policyDocument": {"Statement": [ALLOW]}, **result}
        self.function_error = result.pop("function_error", None)
        method = replace(lab.POST, authorization="CUSTOM", authorizer=authorizer)
        self.world = lab.World(stage=replace(lab.STAGE, methods=(method,)), invoke=self.run)
        self.events: list[Any] = []

    async def run(self, invocation: Invocation) -> InvokeResult:
        event = json.loads(invocation.payload)
        if "methodArn" not in event:
            return await self.lab.answering({"statusCode": 201})(invocation)
        self.events.append(event)
        if self.raises is not None:
            raise self.raises
        payload = self.function_error or self.result
        return InvokeResult("id", json.dumps(payload).encode(), self.function_error and "Unhandled")

    def statuses(self, *tokens: str, waits_s: float = 0.0) -> list[int]:
        async def send() -> list[int]:
            gateway = self.world.gateway()
            found = []
            for token in tokens:
                headers = (("Authorization", token),) if token else ()
                request = replace(self.lab.REQUEST, headers=headers)
                response = await gateway.handle(request, self.lab.ADDRESS)
                found.append(response.status)
                self.world.now_s += waits_s
            await gateway.close()
            return found

        return asyncio.run(send())

    def with_policy(self, *statements: Any) -> "Client":
        stage: StageSpec = self.world.stage
        self.world.stage = replace(stage, policy={"Statement": list(statements)})
        return self


def test_the_event_of_a_token_names_method_and_token(lab: Any) -> None:
    client = Client(lab, TOKEN)
    assert client.statuses("t") == [201]
    arn = "arn:aws:execute-api:us-east-1:123456789012:api1/prod/POST/orders/c-7"
    assert client.events == [{"type": "TOKEN", "methodArn": arn, "authorizationToken": "t"}]
    source = "arn:aws:execute-api:us-east-1:123456789012:api1/authorizers/a1"
    assert client.world.asked[0] == (FUNCTION, "apigateway.amazonaws.com", source)


def test_the_event_of_a_request_has_the_request_without_its_body(lab: Any) -> None:
    client = Client(lab, REQUEST)
    assert client.statuses("t") == [201]
    (event,) = client.events
    assert (event["type"], event["httpMethod"], event["path"]) == ("REQUEST", "POST", "/orders/c-7")
    assert event["pathParameters"] == {"customerId": "c-7"}
    assert event["queryStringParameters"] == {"dry": "1"}
    assert event["stageVariables"] == {}
    assert event["requestContext"]["resourcePath"] == "/orders/{customerId}"
    assert "body" not in event


@pytest.mark.parametrize(
    "ttl_s, waits_s, calls", [(300, 0.0, 2), (0, 0.0, 4), (300, 301.0, 4), (60, 20.0, 2)]
)
def test_results_are_cached_by_identity_for_their_time(
    lab: Any, ttl_s: int, waits_s: float, calls: int
) -> None:
    client = Client(lab, replace(TOKEN, ttl_s=ttl_s))
    assert client.statuses("a", "b", "a", "b", waits_s=waits_s) == [201] * 4
    assert len(client.events) == calls


def test_nothing_is_cached_without_sources_or_after_a_failure(lab: Any) -> None:
    client = Client(lab, replace(REQUEST, identity_sources=()))
    assert client.statuses("a", "a") == [201, 201]
    assert len(client.events) == 2
    failing = Client(lab, TOKEN, function_error={"errorMessage": "no"})
    assert failing.statuses("a", "a") == [500, 500]
    assert len(failing.events) == 2


def test_a_cached_result_is_evaluated_for_each_method(lab: Any) -> None:
    arn = "arn:aws:execute-api:us-east-1:123456789012:api1/prod/POST/orders/c-7"
    client = Client(lab, TOKEN, policyDocument={"Statement": [{**ALLOW, "Resource": arn}]})

    async def send() -> list[int]:
        gateway = client.world.gateway()
        request = replace(lab.REQUEST, headers=(("Authorization", "t"),))
        addresses = [lab.ADDRESS, StageAddress("api1", "prod", "/orders/c-8")]
        found = [(await gateway.handle(request, address)).status for address in addresses]
        gateway.flush_authorizers("api1", "prod")
        found.append((await gateway.handle(request, lab.ADDRESS)).status)
        await gateway.close()
        return found

    assert asyncio.run(send()) == [201, 403, 201]
    assert len(client.events) == 2


@pytest.mark.parametrize(
    "client_of, status",
    [
        (lambda lab: Client(lab, None), 500),
        (lambda lab: Client(lab, replace(TOKEN, function_arn="x")), 500),
        (lambda lab: Client(lab, TOKEN, raises=Throttled()), 500),
        (lambda lab: Client(lab, TOKEN, function_error={"errorMessage": "Unauthorized"}), 401),
        (lambda lab: Client(lab, TOKEN, function_error={"errorMessage": "Unauthorized "}), 500),
        (lambda lab: Client(lab, TOKEN, function_error=["odd"]), 500),
        (lambda lab: Client(lab, TOKEN, policyDocument={"Statement": []}), 403),
        (lambda lab: Client(lab, TOKEN, policyDocument={}), 403),
        (
            lambda lab: Client(
                lab, TOKEN, policyDocument={"Statement": [ALLOW, {**ALLOW, "Effect": "Deny"}]}
            ),
            403,
        ),
        (lambda lab: Client(lab, replace(TOKEN, validation="u-.+")), 401),
        (lambda lab: Client(lab, replace(TOKEN, validation="(")), 401),
    ],
)
def test_who_is_not_known_gets_no_further(lab: Any, client_of: Any, status: int) -> None:
    client = client_of(lab)
    assert client.statuses("t") == [status]
    assert all("methodArn" in json.loads(one.payload) for one in client.world.invocations)


def test_the_resource_policy_counts_too(lab: Any) -> None:
    nothing: dict[str, Any] = {"Statement": []}
    deny, allow = {**ALLOW, "Effect": "Deny"}, {**ALLOW, "Principal": "*"}
    denied = Client(lab, TOKEN).with_policy(deny)
    assert denied.statuses("t") == [403]
    assert denied.events == []  # nobody was asked
    assert Client(lab, TOKEN, policyDocument=nothing).with_policy(allow).statuses("t") == [201]
    assert Client(lab, TOKEN, policyDocument=nothing).with_policy().statuses("t") == [403]


def test_a_rejection_is_in_the_segment_and_can_be_reworded(lab: Any) -> None:
    client = Client(lab, TOKEN, function_error={"errorMessage": "no"})
    assert client.statuses("t") == [500]
    (segment,) = client.world.segments
    (call,) = segment["subsegments"]
    assert (segment["fault"], call["name"], call["aws"]["function_name"]) == (True, "Lambda", "who")
    assert client.world.invocations[0].trace_header.parent == call["id"]


def test_the_access_log_knows_caller_and_call(lab: Any) -> None:
    client = Client(lab, TOKEN, context={"plan": 2})
    words = ["principalId", "plan", "status", "requestId", "error"]
    log_format = " ".join(f"$context.authorizer.{word}" for word in words)
    client.world.stage = replace(
        client.world.stage, access_log_group="g", access_log_format=log_format
    )
    assert client.statuses("t", "t") == [201, 201]
    called, cached = (events[0][1] for _group, _stream, events in client.world.lines)
    assert called == "ann 2 200 id -"
    assert cached == "ann 2 - - -"
