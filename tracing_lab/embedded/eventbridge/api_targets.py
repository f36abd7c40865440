"""Requests for targets that are methods of API Gateway's REST APIs.

The method in the ARN may be ``*``, which becomes POST; that is unconfirmed, as are the error codes
in dead letters of responses that are not retried.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-gateway-target.html
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tracing_lab.arns import as_arn
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.xray_model.trace_header import HEADER_NAME

from .delivery import INVALID_PARAMETER, NO_PERMISSIONS, Delivery, UndeliverableError
from .input_transformer import extract

TIMEOUT_S = 5.0
"""How long EventBridge waits for a response. Source: as above."""

CLIENT_ERROR = "SDK_CLIENT_ERROR"

_TARGET = re.compile(r"(?P<api>[^/]+)/(?P<stage>[^/]+)/(?P<method>[^/]+)(?P<path>/.*)?")
_FORBIDDEN = re.compile(
    "x-amz.*|authorization|connection|content-encoding|content-length|host|max-forwards|te|"
    "transfer-encoding|trailer|upgrade|via|www-authenticate|x-forwarded-for",
    re.IGNORECASE,
)
_FIRST_OTHER, _TOO_MANY, _FIRST_SERVER_ERROR = 300, 429, 500


@dataclass(frozen=True)
class ApiTargetCall:
    """A request to a stage of an API.

    Parameters
    ----------
    arn
        The method's ARN, with the path of the request.
    api_id, stage
        The stage.
    request
        The request, whose path is the one after the stage.
    role_arn
        The role that it is signed with; None for an unsigned request.
    """

    arn: str
    api_id: str
    stage: str
    request: HttpRequest
    role_arn: str | None


CallApi = Callable[[ApiTargetCall], Awaitable[HttpResponse]]
"""Calls an API; raises PermissionError if the role may not."""


async def send_to_api(delivery: Delivery, *, call: CallApi, timeout_s: float = TIMEOUT_S) -> None:
    """Send an event to an API.

    Parameters
    ----------
    delivery
        The event and the target.
    call
        Calls APIs.
    timeout_s
        How long to wait for a response.

    Raises
    ------
    UndeliverableError
        The API rejected the request. Any other exception is retried.
    """
    request = api_call(delivery)
    try:
        async with asyncio.timeout(timeout_s):
            response = await call(request)
    except PermissionError as error:
        raise UndeliverableError(NO_PERMISSIONS, str(error)) from error
    if response.status < _FIRST_OTHER:
        return
    message = f"it responded with {response.status}: {response.body[:200].decode(errors='replace')}"
    if response.status == _TOO_MANY or response.status >= _FIRST_SERVER_ERROR:
        raise OSError(message)
    raise UndeliverableError(CLIENT_ERROR, message)


def api_call(delivery: Delivery) -> ApiTargetCall:
    """Return the request of a delivery.

    Raises
    ------
    UndeliverableError
        The ARN names no method, or its wildcards have no values.
    """
    target, event = delivery.target, delivery.event
    arn = as_arn(target.arn)
    match = None if arn is None else _TARGET.fullmatch(arn.resource)
    if arn is None or match is None:
        message = (
            "its ARN names no method; write arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/POST/PATH"
        )
        raise UndeliverableError(INVALID_PARAMETER, message)
    parameters, content = target.http_parameters or {}, event.event.content
    values = _values(parameters.get("PathParameterValues"), content)
    path = filled_path(match["path"] or "/", values)
    query = _pairs(parameters.get("QueryStringParameters"), content)
    headers = [("Content-Type", "application/json"), ("Host", f"{match['api']}.execute-api")]
    headers += _pairs(parameters.get("HeaderParameters"), content)
    if event.trace_header is not None:
        headers.append((HEADER_NAME, event.trace_header.format()))
    method = "POST" if match["method"] == "*" else match["method"]
    request = HttpRequest(method, path, urlencode(query), tuple(headers), delivery.payload)
    resource = f"{match['api']}/{match['stage']}/{method}{path}"
    return ApiTargetCall(
        str(arn._replace(resource=resource)),
        match["api"],
        match["stage"],
        request,
        target.role_arn,
    )


def filled_path(path: str, values: list[str]) -> str:
    """Return a path with values in the place of its wildcards.

    Raises
    ------
    UndeliverableError
        There are fewer values than wildcards.

    Examples
    --------
    >>> filled_path("/pets/*/toys/*", ["7", "red ball"])
    '/pets/7/toys/red%20ball'
    """
    if path.count("*") > len(values):
        message = f"{path} has more wildcards than PathParameterValues"
        raise UndeliverableError(INVALID_PARAMETER, message)
    given = iter(values)
    return re.sub(r"\*", lambda _: quote(next(given), safe=""), path)


def header_problem(name: str, headers: Mapping[str, Any]) -> str | None:
    """Return why EventBridge rejects the headers of a target, by the target's name; None if not.

    Examples
    --------
    >>> header_problem("t", {"X-Amz-Date": "now"})
    'HTTP header X-Amz-Date is not allowed for target t.'
    >>> header_problem("t", {"X-Shop": "1"}) is None
    True
    """
    wrong = [header for header in headers if _FORBIDDEN.fullmatch(header)]
    return f"HTTP header {wrong[0]} is not allowed for target {name}." if wrong else None


def _values(values: Any, event: Mapping[str, Any]) -> list[str]:
    return [_value(value, event) for value in values or ()]


def _pairs(pairs: Any, event: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _value(value, event)) for name, value in (pairs or {}).items()]


def _value(value: str, event: Mapping[str, Any]) -> str:
    """Return a parameter's value, which may be a path into the event."""
    if not value.startswith("$."):
        return value
    try:
        found = extract(event, value, missing="")
    except ValueError as error:
        raise UndeliverableError(INVALID_PARAMETER, str(error)) from error
    return found if isinstance(found, str) else json.dumps(found)
