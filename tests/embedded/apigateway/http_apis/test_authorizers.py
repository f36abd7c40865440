"""Lambda authorizers of HTTP APIs."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from http_world import API, INTEGRATION, ROUTE, STAGE, HttpWorld, api_with
from invocations import failing, forever
from specs import function_arn

from tracing_lab.embedded.apigateway.http_apis.specs import HttpAuthorizerSpec, HttpIntegrationSpec
from tracing_lab.embedded.model import Invocation, InvokeResult

AUTHORIZER = HttpAuthorizerSpec(
    "z1",
    function_arn("checker"),
    simple=True,
    identity_sources=("$request.header.Authorization", "$request.querystring.user"),
)
TOKEN = ("authorization", "secret")
ARN = "arn:aws:execute-api:us-east-1:123456789012:a1/"
INTERNAL, FORBIDDEN, UNAUTHORIZED = 500, 403, 401


def policy(effect: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {"principalId": "me", "policyDocument": {"Statement": [statement]}}


class Checked(HttpWorld):
    """A world whose API has an authorizer with a given result."""

    def __init__(
        self, result: Any, authorizer: HttpAuthorizerSpec = AUTHORIZER, *, version: str = "2.0"
    ) -> None:
        self.result = result
        integration = replace(INTEGRATION, payload_format=version)
        route = replace(
            ROUTE, integration=integration, authorization="CUSTOM", authorizer=authorizer
        )
        super().__init__(api=api_with(route))

    async def run(self, invocation: Invocation) -> InvokeResult:
        self.invocations.append(invocation)
        if invocation.function.name == "checker":
            if callable(self.result):
                result: InvokeResult = await self.result(invocation)
                return result
            return InvokeResult("r", json.dumps(self.result).encode())
        return InvokeResult("r", b'{"statusCode": 200}')

    def status(self, path: str = "/orders/7?user=me", *headers: tuple[str, str]) -> int:
        return self.send(path, *(headers or (TOKEN,))).status

    @property
    def names(self) -> list[str]:
        return [invocation.function.name for invocation in self.invocations]


@pytest.mark.parametrize(
    "result, status",
    [
        ({"isAuthorized": True}, 200),
        ({"isAuthorized": False}, FORBIDDEN),
        ({"isAuthorized": "true"}, INTERNAL),
        ({}, INTERNAL),
        ("yes", INTERNAL),
        (None, INTERNAL),
        (policy("Allow"), INTERNAL),
        (failing(OSError()), INTERNAL),
    ],
)
def test_simple_responses(result: Any, status: int) -> None:
    world = Checked(result)
    assert world.status() == status
    assert world.names == (["checker", "order"] if status == 200 else ["checker"])


@pytest.mark.parametrize(
    "result, status",
    [
        (policy("Allow"), 200),
        (policy("Allow", f"{ARN}$default/GET/orders/7"), 200),
        (policy("Allow", f"{ARN}$default/PUT/*"), FORBIDDEN),
        (policy("Deny"), FORBIDDEN),
        ({**policy("Allow"), "principalId": ""}, INTERNAL),
        ({"principalId": "me", "policyDocument": "{}"}, INTERNAL),
        ({"isAuthorized": True}, INTERNAL),
    ],
)
def test_policies(result: Any, status: int) -> None:
    assert Checked(result, replace(AUTHORIZER, simple=False)).status() == status


@pytest.mark.parametrize("address, status", [("127.0.0.0/8", 200), ("10.0.0.0/8", FORBIDDEN)])
def test_policies_may_have_conditions_about_the_request(address: str, status: int) -> None:
    result = policy("Allow")
    (statement,) = result["policyDocument"]["Statement"]
    statement["Condition"] = {"IpAddress": {"aws:SourceIp": address}}
    assert Checked(result, replace(AUTHORIZER, simple=False)).status() == status


@pytest.mark.parametrize("path", ["/orders/7", "/orders/7?user=", "/orders/7?other=me"])
def test_without_an_identity_source_nothing_is_called(path: str) -> None:
    world = Checked({"isAuthorized": True})
    assert world.status(path) == UNAUTHORIZED
    assert world.status("/orders/7?user=me", ("X-Other", "1")) == UNAUTHORIZED
    assert world.names == []


def test_the_event_of_format_2_0() -> None:
    world = Checked({"isAuthorized": True})
    world.send("/orders/7?user=me", TOKEN, method="GET", body=b"1")
    event = world.event(0)
    assert (event["version"], event["type"]) == ("2.0", "REQUEST")
    assert event["routeArn"] == f"{ARN}$default/GET/orders/7"
    assert event["identitySource"] == ["secret", "me"]
    assert event["pathParameters"] == {"id": "7"}
    assert {"body", "isBase64Encoded"}.isdisjoint(event)
    assert world.evaluated[0][2] == f"{ARN}authorizers/z1"


def test_the_event_of_format_1_0() -> None:
    world = Checked(policy("Allow"), replace(AUTHORIZER, simple=False, payload_format="1.0"))
    assert world.status() == 200
    event = world.event(0)
    assert (event["version"], event["type"]) == ("1.0", "REQUEST")
    assert event["methodArn"] == f"{ARN}$default/GET/orders/7"
    assert event["identitySource"] == event["authorizationToken"] == "secret,me"
    assert event["requestContext"]["stage"] == "$default"


@pytest.mark.parametrize(
    "version, shown", [("2.0", {"lambda": {"who": "me"}}), ("1.0", {"who": "me"})]
)
def test_the_context_reaches_the_function(version: str, shown: Mapping[str, Any]) -> None:
    world = Checked({"isAuthorized": True, "context": {"who": "me"}}, version=version)
    assert world.status() == 200
    assert world.event()["requestContext"]["authorizer"] == shown


def test_the_context_reaches_other_services_and_the_access_log() -> None:
    integration = HttpIntegrationSpec(
        "",
        "1.0",
        credentials_arn="arn:aws:iam::123456789012:role/good",
        subtype="SQS-SendMessage",
        parameters={"QueueUrl": "q", "MessageBody": "$context.authorizer.who"},
    )
    route = replace(ROUTE, integration=integration, authorization="CUSTOM", authorizer=AUTHORIZER)
    stage = replace(
        STAGE,
        routes=(route,),
        access_log_group="g",
        access_log_format="$context.authorizer.who $context.authorizer.vip",
    )
    world = Checked({"isAuthorized": True, "context": {"who": "me", "vip": True}})
    world.api = replace(API, stages={"$default": stage})
    assert world.status() == 200
    ((call, _role_arn),) = world.calls
    assert call.members["MessageBody"] == "me"
    assert world.lines[0][2][0][1] == "me true"


def test_results_are_cached_for_their_time_by_identity() -> None:
    world = Checked({"isAuthorized": True}, replace(AUTHORIZER, ttl_s=60.0))
    for path in ("/orders/7?user=me", "/orders/8?user=me", "/orders/7?user=you"):
        assert world.status(path) == 200
    assert world.names == ["checker", "order", "order", "checker", "order"]
    world.now_s += 61
    world.status()
    assert world.names[-2:] == ["checker", "order"]


def test_a_cached_policy_is_evaluated_for_each_request() -> None:
    allowed = policy("Allow", f"{ARN}$default/GET/orders/7")
    world = Checked(allowed, replace(AUTHORIZER, simple=False, ttl_s=60.0))
    paths = ("/orders/7?user=me", "/orders/8?user=me")
    assert [world.status(path) for path in paths] == [200, FORBIDDEN]
    assert world.names.count("checker") == 1


@pytest.mark.parametrize("result", [{}, "yes", failing(OSError())])
def test_what_is_no_result_is_not_cached(result: Any) -> None:
    world = Checked(result, replace(AUTHORIZER, ttl_s=60.0))
    assert [world.status(), world.status()] == [INTERNAL, INTERNAL]
    assert world.names == ["checker", "checker"]
    world.result = {"isAuthorized": True}
    assert world.status() == 200


def test_without_a_time_to_live_each_request_is_checked() -> None:
    world = Checked({"isAuthorized": True})
    world.status()
    world.status()
    assert world.names.count("checker") == 2


@pytest.mark.parametrize(
    "source, expected",
    [
        ("$context.routeKey", "GET /orders/{id}"),
        ("$context.identity.sourceIp", "127.0.0.1"),
        ("$context.nothing", ""),
        ("$stageVariables.nothing", ""),
        ("$request.header.X-Many", "1,2"),
    ],
)
def test_other_identity_sources(source: str, expected: str) -> None:
    world = Checked({"isAuthorized": True}, replace(AUTHORIZER, identity_sources=(source,)))
    headers = (("X-Many", "1"), ("x-many", "2"))
    assert world.status("/orders/7", *headers) == (200 if expected else UNAUTHORIZED)
    if expected:
        assert world.event(0)["identitySource"] == [expected]


def test_an_authorizer_that_may_not_be_called_is_an_error() -> None:
    world = Checked({"isAuthorized": True})
    world.allowed = False
    assert world.status() == INTERNAL
    assert world.names == []


def test_an_authorizer_that_never_ends_is_not_waited_for() -> None:
    world = Checked(forever)
    world.api = api_with(
        replace(
            ROUTE,
            authorization="CUSTOM",
            authorizer=replace(AUTHORIZER, timeout_s=0.001),
        )
    )
    assert world.status() == INTERNAL
