"""Requests and responses of an API Gateway REST API with Lambda proxy integration.

Formats: docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

HEADERS = {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type,X-Amzn-Trace-Id",
    "Access-Control-Allow-Methods": "OPTIONS,POST",
}
"""A proxy integration sets the headers of cross-origin responses itself."""


class InvalidRequestError(ValueError):
    """The caller has to change something; the message names the field and never its value."""


def json_object_from_body(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Parameters
    ----------
    event
        The proxy event.

    Returns
    -------
    dict
        The parsed body.

    Raises
    ------
    InvalidRequestError
        If the body is missing, not UTF-8, not JSON or not an object.

    Examples
    --------
    >>> json_object_from_body({"body": '{"productId": "12345"}', "isBase64Encoded": False})
    {'productId': '12345'}
    """
    body = event.get("body")
    if not isinstance(body, str) or not body.strip():
        msg = "body is missing; send a JSON object"
        raise InvalidRequestError(msg)
    document = _parse(_decoded(body) if event.get("isBase64Encoded") else body)
    if not isinstance(document, dict):
        msg = "body must be a JSON object"
        raise InvalidRequestError(msg)
    return document


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        msg = "body is not base64 of UTF-8 text"
        raise InvalidRequestError(msg) from error


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        msg = "body is not valid JSON"
        raise InvalidRequestError(msg) from error


def _reject_constant(name: str) -> None:
    # json accepts NaN and Infinity, which JSON does not have
    raise ValueError(name)


def path_parameter(event: Mapping[str, Any], name: str) -> str:
    """Return a parameter of the request's path.

    Parameters
    ----------
    event
        The proxy event.
    name
        The parameter's name, as the resource declares it.

    Returns
    -------
    str
        The value, empty when the path has no such parameter.

    Examples
    --------
    >>> path_parameter({"pathParameters": {"customerId": "c-1"}}, "customerId")
    'c-1'
    """
    value = (event.get("pathParameters") or {}).get(name)
    return value if isinstance(value, str) else ""


def response(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what API Gateway turns into an HTTP response.

    Parameters
    ----------
    status
        The HTTP status.
    body
        The JSON object to send.

    Returns
    -------
    dict
        The response in the format of a proxy integration.

    Examples
    --------
    >>> response(201, {"orderId": "o-1"})["body"]
    '{"orderId":"o-1"}'
    """
    return {
        "statusCode": status,
        "headers": dict(HEADERS),
        "body": json.dumps(body, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def bad_request(error: InvalidRequestError) -> dict[str, Any]:
    """Return the response to a request that its caller has to change.

    Parameters
    ----------
    error
        What to change.

    Returns
    -------
    dict
        The response in the format of a proxy integration.

    Examples
    --------
    >>> bad_request(InvalidRequestError("body is missing"))["body"]
    '{"error":{"code":"InvalidRequest","message":"body is missing"}}'
    """
    return response(400, {"error": {"code": "InvalidRequest", "message": str(error)}})
