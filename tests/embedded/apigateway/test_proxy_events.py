"""Lambda proxy integration: events and answers."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.model import (
    Exchange,
    MethodRoute,
    TraceContext,
)
from tracing_lab.embedded.apigateway.proxy_events import (
    proxy_event,
    response_from_result,
)
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import MethodSpec, StageSpec
from tracing_lab.embedded.protocol.function_results import MalformedResponseError
from tracing_lab.xray_model.trace_header import TraceHeader

ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
METHOD = MethodSpec("res1", "/orders/{customerId}", "POST", "AWS_PROXY", function_arn="arn")
ROUTE = MethodRoute(METHOD, {"customerId": "c%207"})
TRACE = TraceContext(
    header=TraceHeader(ROOT, sampled=True),
    segment_id="a" * 16,
    subsegment_id="b" * 16,
    emits=True,
)


def event(*, trace: TraceContext = TRACE, **changes: Any) -> dict[str, Any]:
    request = HttpRequest("POST", "/prod/orders/c%207", headers=(("Host", "api1.local:4566"),))
    exchange = Exchange(
        request=replace(request, **changes),
        path="/orders/c%207",
        stage=StageSpec(
            "api1", "orders-api", "prod", tracing=True, methods=(METHOD,), deployment_id="d1"
        ),
        route=ROUTE,
        trace=trace,
        account_id="123456789012",
        region="us-east-1",
        request_id="rid",
        extended_request_id="xid=",
        started_s=1_795_435_200.5,
    )
    return proxy_event(exchange, ROUTE)


def test_the_event_of_a_bare_request_has_every_member() -> None:
    made = event()
    context = made.pop("requestContext")
    headers = {
        "Host": "api1.local:4566",
        "X-Amzn-Trace-Id": f"Root={ROOT};Parent={'b' * 16};Sampled=1",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    assert made == {
        "resource": "/orders/{customerId}",
        "path": "/orders/c%207",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"customerId": "c%207"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    identity = context.pop("identity")
    assert context == {
        "resourceId": "res1",
        "resourcePath": "/orders/{customerId}",
        "httpMethod": "POST",
        "extendedRequestId": "xid=",
        "requestTime": "23/Nov/2026:12:00:00 +0000",
        "path": "/prod/orders/c%207",
        "accountId": "123456789012",
        "protocol": "HTTP/1.1",
        "stage": "prod",
        "domainPrefix": "api1",
        "requestTimeEpoch": 1_795_435_200_500,
        "requestId": "rid",
        "domainName": "api1.local:4566",
        "deploymentId": "d1",
        "apiId": "api1",
    }
    assert identity["sourceIp"] == "127.0.0.1"
    assert {name for name, value in identity.items() if value is None} == {
        "accessKey",
        "accountId",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
        "userAgent",
    }


def test_headers_that_the_front_end_knows_have_its_spelling() -> None:
    # AWS was seen to send 'User-Agent' for 'user-agent', and to keep the others as they are
    given = [("user-agent", "t"), ("tEsT-HeaDer", "v"), ("authorization", "x"), ("accept", "a/b")]
    names = event(headers=given)["headers"].keys()
    assert {"User-Agent", "tEsT-HeaDer", "Authorization", "accept"} <= names
    assert {"user-agent", "authorization"}.isdisjoint(names)


def test_repeated_headers_keep_all_values_and_the_last_one() -> None:
    made = event(headers=[("Accept", "a"), ("User-Agent", "curl"), ("accept", "b")])
    assert made["headers"]["Accept"] == "b"
    assert made["multiValueHeaders"]["Accept"] == ["a", "b"]
    assert made["requestContext"]["identity"]["userAgent"] == "curl"


def test_headers_of_the_connection_stay_outside() -> None:
    made = event(headers=[("Connection", "close"), ("Content-Length", "5"), ("tE", "x")])
    assert not {"connection", "content-length", "te"} & {name.lower() for name in made["headers"]}


def test_query_parameters_are_decoded() -> None:
    made = event(query="price=10&price=20&who=a+b%2Bc&empty=&flag")
    assert made["queryStringParameters"] == {
        "price": "20",
        "who": "a b+c",
        "empty": "",
        "flag": "",
    }
    assert made["multiValueQueryStringParameters"]["price"] == ["10", "20"]


def test_the_body_is_text() -> None:
    assert event(body='{"x": "é"}'.encode())["body"] == '{"x": "é"}'
    assert event(body=b"\xff")["body"] == "\ufffd"


def test_the_clients_address_is_appended_to_forwarded_for() -> None:
    made = event(headers=[("X-Forwarded-For", "203.0.113.9")], source_ip="10.1.1.1")
    assert made["headers"]["X-Forwarded-For"] == "203.0.113.9, 10.1.1.1"


def test_a_trace_header_with_a_parent_is_shown_as_it_came() -> None:
    text = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0"
    made = event(headers=[("x-amzn-trace-id", text)], trace=replace(TRACE, incoming=text))
    assert made["headers"]["X-Amzn-Trace-Id"] == text
    assert "x-amzn-trace-id" not in made["headers"]


def answer(**members: Any) -> bytes:
    return json.dumps(members).encode()


def test_nothing_in_the_answer_is_mandatory() -> None:
    response = response_from_result(b"{}")
    assert (response.status, response.body) == (200, b"")
    assert response.headers == (("Content-Type", "application/json"),)


def test_the_answer_of_the_function_reaches_the_client() -> None:
    response = response_from_result(
        answer(
            statusCode="201",
            headers={"content-type": "text/plain", "X-N": 5, "X-T": True, "X-Null": None},
            body="é",
            isBase64Encoded=False,
        )
    )
    assert response.status == 201
    assert response.headers == (("content-type", "text/plain"), ("X-N", "5"), ("X-T", "true"))
    assert response.body == "é".encode()


def test_single_and_multi_value_headers_are_merged() -> None:
    # "merges them into a single list. If the same key-value pair is specified in both, only the
    # values from multiValueHeaders will appear in the merged list"
    response = response_from_result(
        answer(headers={"a": "1", "B": "x", "c": "3"}, multiValueHeaders={"b": ["x"], "c": ["4"]})
    )
    assert response.headers[1:] == (("b", "x"), ("c", "4"), ("a", "1"), ("c", "3"))


def test_headers_that_belong_to_the_gateway_are_renamed_or_dropped() -> None:
    response = response_from_result(
        answer(headers={"Date": "now", "Transfer-Encoding": "chunked", "Content-Length": "1"})
    )
    assert response.headers[1:] == (("x-amzn-Remapped-Date", "now"),)


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b"[]",
        b'"text"',
        b"not json",
        b"",
        b"\xff",
        answer(body={"a": 1}),
        answer(body=["a"]),
        answer(statusCode="abc"),
        answer(statusCode=42),
        answer(statusCode=600),
        *(answer(statusCode=status) for status in (0, -200, 99, 100, 101, 102, 103, 199)),
        answer(statusCode="100"),
        answer(statusCode=1e300),
        answer(statusCode=200.5),
        answer(statusCode=""),
        answer(statusCode={}),
        answer(statusCode=True),
        answer(statusCode=False),
        answer(statusCode="1_0"),
        answer(statusCode=[200]),
        answer(statusCode=200, status="x"),
        answer(headers=[]) + b" x",
        answer(headers="x"),
        answer(headers={"a": {}}),
        answer(headers={"a": "1\r\nEvil: 1"}),
        answer(headers={"a b": "1"}),
        answer(headers={"": "1"}),
        answer(multiValueHeaders={"a": "1"}),
        b"[" * 100_000,
    ],
)
def test_malformed_answers_are_refused(payload: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        response_from_result(payload)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
MEMBER_NAMES = st.sampled_from(["statusCode", "headers", "multiValueHeaders", "body"])
ANSWERS = st.dictionaries(MEMBER_NAMES, ANY_JSON)


@given(members=ANSWERS)
def test_any_answer_is_sendable_or_malformed(members: Any) -> None:
    try:
        response = response_from_result(answer(**members))
    except MalformedResponseError:
        return
    for name, value in response.headers:
        assert name.isascii()
        assert "\n" not in value
        value.encode()
    assert 200 <= response.status < 600
