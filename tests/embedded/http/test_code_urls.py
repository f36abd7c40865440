"""Addresses of zips."""

import base64

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.http.code_urls import CodeAddress, code_address, code_path
from tracing_lab.embedded.http.messages import HttpRequest

NAMES = st.text(st.characters(codec="utf-8"), min_size=1)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda raw: base64.b64encode(raw).decode())


@given(name=NAMES, version=NAMES, sha256=DIGESTS, kind=st.sampled_from(["functions", "layers"]))
def test_a_path_is_read_back(name: str, version: str, sha256: str, kind: str) -> None:
    address = CodeAddress("eu-west-1", kind, name, version, sha256)  # type: ignore[arg-type]
    assert code_address(HttpRequest("GET", code_path(address))) == address


@pytest.mark.parametrize(
    "method, path",
    [
        ("PUT", f"/_aws/lambda-code/r/functions/f/1/{'0' * 64}"),
        ("GET", f"/_aws/lambda-code/r/images/f/1/{'0' * 64}"),
        ("GET", f"/_aws/lambda-code/r/functions/f/1/{'0' * 63}"),
        ("GET", f"/_aws/lambda-code/r/functions/f/1/{'0' * 64}/more"),
    ],
)
def test_other_requests_are_for_something_else(method: str, path: str) -> None:
    assert code_address(HttpRequest(method, path)) is None
