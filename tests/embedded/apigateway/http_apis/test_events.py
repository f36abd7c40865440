"""Events of format 2.0 and of format 1.0; the running server's tests have whole ones."""

from dataclasses import replace

import pytest
from http_world import ROOT, ROUTE, STAGE, exchange_of
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.http_apis.events import body_of, event_2_0
from tracing_lab.embedded.apigateway.http_apis.events_1_0 import event_1_0
from tracing_lab.embedded.apigateway.http_apis.specs import HttpStageSpec, RouteSpec
from tracing_lab.embedded.http.messages import HttpRequest

GET = HttpRequest("GET", "/orders/7")


# Observed on AWS: https://github.com/ministackorg/ministack/pull/766
@pytest.mark.parametrize(
    "content_type, is_base64",
    [
        ("text/plain", False),
        ("text/csv; charset=utf-8", False),
        ("application/json", False),
        ("Application/JSON; charset=utf-8", False),
        ("application/xml", False),
        ("application/javascript", False),
        ("application/x-www-form-urlencoded", True),
        ("application/vnd.api+json", True),
        ("application/octet-stream", True),
        ("multipart/form-data; boundary=b", True),
        ("", True),
    ],
)
def test_only_few_types_are_text(content_type: str, *, is_base64: bool) -> None:
    headers = (("Content-Type", content_type),) if content_type else ()
    body, encoded = body_of(HttpRequest("POST", "/", headers=headers, body=b"a=\xc3\xa9"))
    assert (encoded, body) == (is_base64, "YT3DqQ==" if is_base64 else "a=é")


def test_no_body_is_never_encoded() -> None:
    assert body_of(HttpRequest("GET", "/")) == ("", False)


def test_what_a_request_does_not_have_is_not_in_its_event() -> None:
    event = event_2_0(exchange_of(GET, "/none", replace(STAGE, routes=())))
    absent = {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}
    assert absent.isdisjoint(event)
    assert "authorizer" not in event["requestContext"]
    old = event_1_0(exchange_of(GET, "/none", replace(STAGE, routes=())))
    nulls = {name for name, value in old.items() if value is None}
    assert nulls >= absent - {"cookies"}


@pytest.mark.parametrize(
    "stage, path, expected",
    [
        ("$default", "/orders/a%20b", "/orders/a b"),
        ("prod", "/orders/a%20b", "/prod/orders/a b"),
        ("$default", "/orders/a%3Fb", "/orders/a"),  # https://github.com/hotsock/voker/pull/8
    ],
)
def test_paths_are_decoded_and_named_stages_are_in_them(
    stage: str, path: str, expected: str
) -> None:
    exchange = exchange_of(GET, path, HttpStageSpec(stage, "d1", (ROUTE,)))
    new, old = event_2_0(exchange), event_1_0(exchange)
    assert new["rawPath"] == new["requestContext"]["http"]["path"] == expected
    assert old["path"] == old["requestContext"]["path"] == expected
    assert old["requestContext"]["resourcePath"] == "/orders/{id}"


def test_a_client_cannot_set_what_the_service_does() -> None:
    headers = (
        ("X-Forwarded-For", "9.9.9.9"),
        ("X-Forwarded-Proto", "http"),
        ("X-Amzn-Trace-Id", "Root=x"),
        ("Connection", "close"),
        ("Content-Length", "99"),
    )
    exchange = exchange_of(replace(GET, headers=headers, body=b"1"), "/orders/7")
    assert event_2_0(exchange)["headers"] == {
        "content-length": "1",
        "x-amzn-trace-id": f"Root={ROOT}",
        "x-forwarded-for": "9.9.9.9, 127.0.0.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def test_cookies_are_a_list_and_stay_a_header_in_format_1_0() -> None:
    headers = (("Cookie", "a=1; b=2"), ("cookie", "c=3;"))
    exchange = exchange_of(replace(GET, headers=headers), "/orders/7")
    event = event_2_0(exchange)
    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in event["headers"]
    assert event_1_0(exchange)["multiValueHeaders"]["Cookie"] == ["a=1; b=2", "c=3;"]


@pytest.mark.parametrize(
    "key, source",
    [
        ("GET /orders/{id}", "$default/GET/orders/{id}"),
        ("ANY /{proxy+}", "$default/GET/{proxy+}"),
        ("$default", "$default/$default"),
    ],
)
def test_permissions_are_about_the_path_of_the_route(key: str, source: str) -> None:
    exchange = exchange_of(GET, "/orders/7", replace(STAGE, routes=(RouteSpec(key),)))
    prefix = "arn:aws:execute-api:us-east-1:123456789012:a1/"
    assert exchange.source_arn == prefix + source
    assert exchange.route_arn == f"{prefix}$default/GET/orders/7"


PAIRS = st.lists(st.tuples(st.sampled_from(["a", "B", "c"]), st.text("xyz ,", min_size=1)))


@given(PAIRS)
def test_no_value_of_a_header_is_lost(pairs: list[tuple[str, str]]) -> None:
    headers = tuple(pairs)
    event = event_2_0(exchange_of(replace(GET, headers=headers), "/orders/7"))
    for name in {name for name, _value in headers}:
        values = ",".join(value for other, value in headers if other == name)
        assert event["headers"][name.lower()] == values
