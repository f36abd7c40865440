"""Which request goes where."""

import pytest

from tracing_lab.embedded.http.hosts import api_of_host, is_local
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.router import api_address


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
    assert api_address(request) == ("a1", "prod", "/orders/7")


def test_the_stage_root_is_a_slash() -> None:
    assert api_address(HttpRequest("GET", "/_aws/execute-api/a1/prod")) == ("a1", "prod", "/")


def test_a_control_plane_path_is_no_stage() -> None:
    assert api_address(HttpRequest("GET", "/restapis/a1/stages/prod")) is None
