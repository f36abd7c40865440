"""CORS of HTTP APIs and function URLs."""

import pytest

from tracing_lab.embedded.apigateway.http_apis.cors import (
    is_preflight,
    preflight_response,
    with_cors,
)
from tracing_lab.embedded.apigateway.http_apis.specs import CorsSpec
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse

ORIGIN = ("Origin", "https://a.example")
ASKS = ("Access-Control-Request-Method", "PUT")
OWN = HttpResponse(200, (("Access-Control-Allow-Origin", "own"), ("X-A", "1")), b"{}")


def asking(*headers: tuple[str, str]) -> HttpRequest:
    return HttpRequest("OPTIONS", "/", headers=headers)


@pytest.mark.parametrize(
    "request_, expected",
    [
        (asking(ORIGIN, ASKS), True),
        (asking(ORIGIN), False),
        (asking(ASKS), False),
        (HttpRequest("GET", "/", headers=(ORIGIN, ASKS)), False),
    ],
)
def test_a_preflight_request_has_both_headers(request_: HttpRequest, *, expected: bool) -> None:
    assert is_preflight(request_) is expected


@pytest.mark.parametrize(
    "allowed, expected",
    [
        (("*",), "*"),
        (("https://a.example",), "https://a.example"),
        (("HTTPS://A.example",), "https://a.example"),
        (("https://*",), "https://a.example"),
        (("http://*",), None),
        (("https://b.example", "a.example"), None),
        ((), None),
    ],
)
def test_origins_are_allowed_as_configured(allowed: tuple[str, ...], expected: str | None) -> None:
    cors = CorsSpec(allowed, ("PUT",), ("x-a", "x-b"), max_age_s=0)
    response = preflight_response(asking(ORIGIN, ASKS), cors, status=204)
    headers = dict(response.headers)
    assert (response.status, headers.get("Access-Control-Allow-Origin")) == (204, expected)
    rest = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
    wanted = ["PUT", "x-a,x-b"] if expected else [None, None]
    assert [headers.get(name) for name in rest] == wanted
    assert ("Access-Control-Max-Age" in headers) is (expected is not None)
    assert (headers.get("Vary") == "Origin") is (expected not in {None, "*"})


def test_with_credentials_the_origin_is_named() -> None:
    cors = CorsSpec(("*",), allow_credentials=True)
    headers = dict(preflight_response(asking(ORIGIN, ASKS), cors, status=200).headers)
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert headers["Access-Control-Allow-Credentials"] == "true"


def test_the_configuration_replaces_the_headers_of_the_function() -> None:
    cors = CorsSpec(("*",), expose_headers=("x-a",))
    request = HttpRequest("GET", "/", headers=(ORIGIN,))
    assert with_cors(request, OWN, None) is OWN
    assert with_cors(request, OWN, cors).headers == (
        ("X-A", "1"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "x-a"),
    )
    assert with_cors(HttpRequest("GET", "/"), OWN, cors).headers == (("X-A", "1"),)
