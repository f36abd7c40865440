"""Which request goes where."""

import pytest

from tracing_lab.embedded.http.hosts import api_of_host, is_local
from tracing_lab.embedded.http.invoke_urls import api_address, function_url_address, is_public
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.router import stage_address


def stage_of(request: HttpRequest) -> tuple[str, str, str] | None:
    address = api_address(request)
    assert address is not None
    return stage_address(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:4566", "localhost", "LOCALHOST:1", "[::1]:80", "a.localhost"]
)
def test_loopback_names_are_answered(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example"],
)
def test_other_names_are_refused(host: str | None) -> None:
    assert not is_local(host)


def test_the_host_form_may_name_a_region() -> None:
    assert api_of_host("a1.execute-api.eu-west-1.localhost") == "a1"
    assert api_of_host("localhost") is None


@pytest.mark.parametrize(
    "path, host",
    [
        ("/_aws/execute-api/a1/prod/orders/7", "localhost"),
        ("/restapis/a1/prod/_user_request_/orders/7", "localhost"),
        ("/prod/orders/7", "a1.execute-api.localhost:4566"),
    ],
)
def test_three_forms_reach_the_same_stage(path: str, host: str) -> None:
    request = HttpRequest("POST", path, headers=(("Host", host),))
    assert stage_of(request) == ("a1", "prod", "/orders/7")


def test_the_stage_root_is_a_slash() -> None:
    assert stage_of(HttpRequest("GET", "/_aws/execute-api/a1/prod")) == ("a1", "prod", "/")


def test_a_control_plane_path_is_no_stage() -> None:
    assert api_address(HttpRequest("GET", "/restapis/a1/stages/prod")) is None


@pytest.mark.parametrize(
    "path, expected", [("//prod/x", "/x"), ("/prod//x", "//x"), ("/prod/x//y", "/x//y")]
)
def test_two_slashes_are_served_as_on_aws(path: str, expected: str) -> None:
    host = (("Host", "a1.execute-api.localhost:4566"),)
    found = stage_of(HttpRequest("GET", path, headers=host))
    assert found == ("a1", "prod", expected)


@pytest.mark.parametrize(
    "path, host, expected",
    [
        ("/_aws/execute-api/a1", "localhost", "/"),
        ("/_aws/execute-api/a1/", "localhost", "/"),
        ("/", "a1.execute-api.localhost:4566", "/"),
    ],
)
def test_an_address_without_a_stage_is_one_of_http_apis_only(
    path: str, host: str, expected: str
) -> None:
    address = api_address(HttpRequest("GET", path, headers=(("Host", host),)))
    assert address == ("a1", expected)
    assert address is not None
    assert stage_address(address) is None


@pytest.mark.parametrize(
    "path, host, expected",
    [
        ("/_aws/lambda-url/u1/a%20b", "localhost", "/a%20b"),
        ("/_aws/lambda-url/u1", "localhost", "/"),
        ("/a%20b", "u1.lambda-url.us-east-1.localhost:4566", "/a%20b"),
    ],
)
def test_function_urls_have_a_path_and_a_host(path: str, host: str, expected: str) -> None:
    found = function_url_address(HttpRequest("GET", path, headers=(("Host", host),)))
    assert found == ("u1", expected)


@pytest.mark.parametrize(
    "path, host",
    [
        ("/", "127.0.0.1"),
        ("/_aws/lambda-url", "127.0.0.1"),
        ("/_aws/lambda-url/", "127.0.0.1"),
        ("/_aws/execute-api/", "127.0.0.1"),
        ("/_embedded/reset", "127.0.0.1"),
        ("/2021-10-31/functions/f/url", "127.0.0.1"),
        ("/v2/apis", "127.0.0.1"),
        ("/x", "u1.lambda-url.localhost"),
        ("/x", "evil.u1.lambda-url.us-east-1.localhost"),
    ],
)
def test_nothing_else_is_open_to_web_pages(path: str, host: str) -> None:
    assert not is_public(HttpRequest("GET", path, headers=(("Host", host),)))
