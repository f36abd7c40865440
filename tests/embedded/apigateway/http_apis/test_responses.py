"""Functions' results as responses, in both payload formats."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.http_apis.responses import response_1_0, response_2_0
from tracing_lab.embedded.protocol.function_results import MalformedResponseError

TYPE = "text/x-default"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
MEMBERS = st.fixed_dictionaries(
    {"statusCode": JSON},
    optional={
        "body": JSON,
        "headers": JSON,
        "cookies": JSON,
        "multiValueHeaders": JSON,
        "isBase64Encoded": JSON,
    },
)


def sent(result: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    response = response_2_0(json.dumps(result).encode(), default_type=TYPE)
    return response.status, list(response.headers), response.body


@pytest.mark.parametrize(
    "result, body",
    [
        ("Hello from Lambda!", b"Hello from Lambda!"),
        ({"message": "Hello"}, b'{"message": "Hello"}'),
        ({"body": "no status"}, b'{"body": "no status"}'),
        ([1, 2], b"[1, 2]"),
        (None, b"null"),
        (7, b"7"),
    ],
)
def test_what_has_no_status_is_a_body(result: Any, body: bytes) -> None:
    assert sent(result) == (200, [("Content-Type", "application/json")], body)


def test_a_whole_response() -> None:
    result = {
        "statusCode": "202",
        "headers": {"content-type": "a/b", "X-N": 3, "Connection": "close", "X-None": None},
        "cookies": ["a=1", "b=2"],
        "body": "aGk=",
        "isBase64Encoded": True,
        "unknown": {},
    }
    headers = [("content-type", "a/b"), ("X-N", "3"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    assert sent(result) == (202, headers, b"hi")
    assert sent({"statusCode": 204}) == (204, [("Content-Type", TYPE)], b"")


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": 99},
        {"statusCode": None, "body": {}},
        {"statusCode": 200, "body": ["a"]},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"X": "a\nb"}},
        {"statusCode": 200, "headers": {"X": ["a"]}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": ["a\r\nX: 1"]},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
    ],
)
def test_what_cannot_be_sent_is_malformed(result: Any) -> None:
    with pytest.raises(MalformedResponseError):
        sent(result)


def test_what_is_not_json_is_malformed() -> None:
    for read in (response_1_0, lambda payload: response_2_0(payload, default_type=TYPE)):
        with pytest.raises(MalformedResponseError, match="not JSON"):
            read(b"{")


@pytest.mark.parametrize("result", ["a", {}, {"body": "a"}, [], None])
def test_format_1_0_needs_a_status(result: Any) -> None:
    with pytest.raises(MalformedResponseError, match="no statusCode"):
        response_1_0(json.dumps(result).encode())


def test_several_values_of_format_1_0_win_over_one() -> None:
    result = {
        "statusCode": 200,
        "headers": {"x-a": "0", "X-B": "2"},
        "multiValueHeaders": {"X-A": ["1", "3"]},
    }
    headers = response_1_0(json.dumps(result).encode()).headers
    assert headers[1:] == (("X-A", "1"), ("X-A", "3"), ("X-B", "2"))


@given(MEMBERS)
def test_any_result_is_sent_or_malformed(result: dict[str, Any]) -> None:
    payload = json.dumps(result).encode()
    for read in (response_1_0, lambda text: response_2_0(text, default_type=TYPE)):
        try:
            response = read(payload)
        except MalformedResponseError:
            continue
        assert 200 <= response.status < 600
        assert all(value.isprintable() for _name, value in response.headers)
