"""Reads functions' results as responses, in both payload formats.

- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
- https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.embedded.apigateway.media_types import decoded
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.function_results import (
    HOP_BY_HOP,
    MalformedResponseError,
    header_in,
    status_in,
    text_of,
)

JSON_TYPE, TEXT_TYPE = "application/json", "text/plain; charset=utf-8"
_STATUS = "statusCode"


def response_2_0(payload: bytes, *, default_type: str) -> HttpResponse:
    """Return the response of a result in format 2.0: whatever has no status is a body of JSON.

    Parameters
    ----------
    payload
        The function's result.
    default_type
        Content type of a result that has a status and names no type.

    Raises
    ------
    MalformedResponseError
        The result cannot be sent.

    Examples
    --------
    >>> response_2_0(b'{"id": 7}', default_type="text/plain").body
    b'{"id": 7}'
    >>> response_2_0(b'{"statusCode": 201, "body": "made"}', default_type="text/plain").body
    b'made'
    >>> response_2_0(b'"hello"', default_type="text/plain").body
    b'hello'
    """
    result = _parsed(payload)
    if isinstance(result, dict) and _STATUS in result:
        return _response(result, [*_single(result), *_cookies(result)], default_type)
    body = text_of(result).encode() if isinstance(result, str) else payload
    return HttpResponse(200, (("Content-Type", JSON_TYPE),), body)


def response_1_0(payload: bytes) -> HttpResponse:
    """Return the response of a result in format 1.0, which has to have a status.

    Raises
    ------
    MalformedResponseError
        The result has no status, or cannot be sent.

    Examples
    --------
    >>> many = b'{"statusCode": 200, "multiValueHeaders": {"X-A": ["1", "2"]}}'
    >>> response_1_0(many).headers[1:]
    (('X-A', '1'), ('X-A', '2'))
    """
    result = _parsed(payload)
    if not isinstance(result, dict) or _STATUS not in result:
        msg = "the function's response has no statusCode"
        raise MalformedResponseError(msg)
    several = list(_several(result))
    names = {name.lower() for name, _value in several}
    single = [pair for pair in _single(result) if pair[0].lower() not in names]
    return _response(result, [*several, *single], TEXT_TYPE)


def _parsed(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError) as error:
        msg = f"the function's response is not JSON: {error}"
        raise MalformedResponseError(msg) from error


def _response(
    result: Mapping[str, Any], headers: list[tuple[str, str]], default_type: str
) -> HttpResponse:
    kept = [pair for pair in headers if pair[0].lower() not in HOP_BY_HOP]
    if not any(name.lower() == "content-type" for name, _value in kept):
        kept.insert(0, ("Content-Type", default_type))
    return HttpResponse(status_in(result[_STATUS]), tuple(kept), _body(result))


def _body(result: Mapping[str, Any]) -> bytes:
    body = result.get("body")
    if isinstance(body, (dict, list)):
        msg = "body is not text; serialise it, for example with json.dumps"
        raise MalformedResponseError(msg)
    if result.get("isBase64Encoded") is not True:
        return text_of(body).encode()
    try:
        return decoded(text_of(body))
    except ValueError as error:
        raise MalformedResponseError(str(error)) from error


def _single(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in _members(result, "headers").items():
        if value is not None:
            yield header_in(name, value)


def _several(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, values in _members(result, "multiValueHeaders").items():
        for value in _listed(values, "multiValueHeaders"):
            yield header_in(name, value)


def _cookies(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for cookie in _listed(result.get("cookies") or [], "cookies"):
        yield header_in("Set-Cookie", cookie)


def _members(result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    members = result.get(name) or {}
    if not isinstance(members, dict):
        msg = f"{name} of the function's response is not an object"
        raise MalformedResponseError(msg)
    return members


def _listed(values: Any, name: str) -> list[Any]:
    if not isinstance(values, list):
        msg = f"{name} of the function's response has a value that is not a list"
        raise MalformedResponseError(msg)
    return values
