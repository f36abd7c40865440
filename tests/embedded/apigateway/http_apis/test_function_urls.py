"""A request to a function URL from arrival to response."""

from dataclasses import replace
from typing import Any

import pytest
from http_world import ORDER, PUBLIC, ROOT, URL, HttpWorld, signed
from invocations import answering, failing

from tracing_lab.embedded.apigateway.http_apis.specs import CorsSpec
from tracing_lab.embedded.model import MAX_INVOKE_BYTES, Throttled

FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
IAM = replace(URL, auth_type="AWS_IAM")


def policy_of(*statements: dict[str, Any]) -> dict[str, Any]:
    shared = {"Effect": "Allow", "Principal": "*", "Resource": "*"}
    return {"Statement": [{**shared, **statement} for statement in statements]}


BY_URL = {
    "Action": "lambda:InvokeFunctionUrl",
    "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
}
VIA_URL = {
    "Action": "lambda:InvokeFunction",
    "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
}


def from_address(address: str) -> dict[str, Any]:
    return {"Action": "lambda:*", "Condition": {"IpAddress": {"aws:SourceIp": address}}}


@pytest.mark.parametrize(
    "policy, status",
    [
        (PUBLIC, 201),
        (policy_of(BY_URL, VIA_URL), 201),
        (policy_of(BY_URL), 403),
        (policy_of(VIA_URL), 403),
        (policy_of(), 403),
        (
            policy_of(
                {
                    **BY_URL,
                    "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
                },
                VIA_URL,
            ),
            403,
        ),
        (
            policy_of(BY_URL, {**VIA_URL, "Principal": {"Service": "events.amazonaws.com"}}),
            403,
        ),
        (policy_of(BY_URL, VIA_URL, {"Effect": "Deny", "Action": "lambda:*"}), 403),
        (policy_of(from_address("127.0.0.0/8")), 201),
        (policy_of(from_address("10.0.0.0/8")), 403),
    ],
)
def test_a_public_url_needs_both_permissions_for_everybody(
    policy: dict[str, Any], status: int
) -> None:
    world = HttpWorld(policy=policy)
    response = world.send_to_url("/")
    assert response.status == status
    assert (response.body == FORBIDDEN) is (status == 403)
    assert world.counted == [("order", status)]


@pytest.mark.parametrize(
    "headers, status",
    [
        ((), 403),
        ((signed("mine", "lambda"),), 201),
        ((signed("MAYNOT", "lambda"),), 403),
        ((signed("mine", "execute-api"),), 403),
        ((("Authorization", "Bearer x"),), 403),
    ],
)
def test_others_need_a_signature_for_lambda(
    headers: tuple[tuple[str, str], ...], status: int
) -> None:
    world = HttpWorld(url=IAM, policy={"Statement": []})
    assert world.send_to_url("/", *headers).status == status
    if status == 201:
        context = world.event()["requestContext"]
        assert context["accountId"] == "123456789012"
        assert context["authorizer"]["iam"]["userArn"] == "arn:of:mine"


@pytest.mark.parametrize(
    "changes, status, body",
    [
        ({"invoke": answering("hi")}, 200, b"hi"),
        (
            {"invoke": answering({}, function_error="Unhandled")},
            502,
            b"Internal Server Error",
        ),
        ({"invoke": answering({"statusCode": 1})}, 502, b"Internal Server Error"),
        ({"invoke": failing(OSError())}, 502, b"Internal Server Error"),
        (
            {"invoke": failing(Throttled(reason="R"))},
            429,
            b'{"Reason":"R","Type":"User","message":"Rate Exceeded."}',
        ),
        ({"missing": frozenset({"order"})}, 403, FORBIDDEN),
    ],
)
def test_responses(changes: dict[str, Any], status: int, body: bytes) -> None:
    response = HttpWorld(**changes).send_to_url("/")
    assert (response.status, response.body) == (status, body)
    assert "x-amzn-RequestId" in dict(response.headers)


def test_a_large_request_is_rejected() -> None:
    world = HttpWorld()
    assert world.send_to_url("/", body=bytes(MAX_INVOKE_BYTES)).status == 413
    assert world.invocations == []


def test_the_path_stays_as_it_was_sent() -> None:
    world = HttpWorld()
    world.send_to_url("/a%20b%3Fc//")
    event = world.event()
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/a%20b%3Fc//"
    assert event["requestContext"]["apiId"] == event["requestContext"]["domainPrefix"] == "u1"
    assert event["requestContext"]["accountId"] == "anonymous"


def test_preflights_need_neither_permission_nor_function() -> None:
    world = HttpWorld(url=replace(IAM, cors=CorsSpec(("*",), ("PUT",))), policy=policy_of())
    headers = (("Origin", "https://a"), ("Access-Control-Request-Method", "PUT"))
    response = world.send_to_url("/", *headers, method="OPTIONS")
    assert (response.status, world.invocations) == (200, [])
    assert dict(response.headers)["Access-Control-Allow-Methods"] == "PUT"
    denied = world.send_to_url("/", headers[0])
    assert (denied.status, dict(denied.headers)["Access-Control-Allow-Origin"]) == (403, "*")


def test_without_cors_a_function_answers_preflights() -> None:
    world = HttpWorld()
    headers = (("Origin", "https://a"), ("Access-Control-Request-Method", "PUT"))
    assert world.send_to_url("/", *headers, method="OPTIONS").status == 201


def test_the_trace_goes_on_at_the_function() -> None:
    world = HttpWorld()
    text = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    response = world.send_to_url("/", ("X-Amzn-Trace-Id", text))
    header = world.invocations[0].trace_header
    assert header is not None
    assert header.format() == text == world.event()["headers"]["x-amzn-trace-id"]
    assert dict(response.headers)["X-Amzn-Trace-Id"] == f"Root={ROOT};Sampled=1"


def test_the_function_is_that_of_the_url() -> None:
    world = HttpWorld(url=replace(URL, function_arn=f"{ORDER}:live"))
    world.send_to_url("/")
    assert world.invocations[0].function.name == "live"  # the fake takes what comes last
