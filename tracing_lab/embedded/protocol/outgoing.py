"""Calls that a part of the embedded AWS makes of other services, as a client would.

Requests are serialized and responses parsed with botocore's models, so that such a call passes the
same checks as one from outside.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.validate import ParamValidator

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse

from .api_call import ApiCall
from .requests import Requester, request_of
from .service_models import operation_model, sent_protocol

Send = Callable[[HttpRequest], Awaitable[HttpResponse]]

_FIRST_ERROR = 300


class CallError(Exception):
    """A service rejected a call.

    Parameters
    ----------
    service, operation
        What was called.
    code
        The error's name.
    message
        The service's sentence.
    status
        HTTP status; 400 if the call was not sent.
    """

    def __init__(
        self, service: str, operation: str, code: str, message: str, *, status: int = 400
    ) -> None:
        super().__init__(message)
        self.service = service
        self.operation = operation
        self.code = code
        self.status = status


@dataclass(frozen=True)
class ServiceCaller:
    """Calls services on behalf of somebody's call.

    Parameters
    ----------
    send
        Sends a request to the embedded AWS.
    parent
        The call on whose behalf, and with whose credentials, others are made.
    """

    send: Send
    parent: ApiCall

    async def __call__(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Return the response's members; CallError if the service rejects the call."""
        model = operation_model(service, operation)
        request = _checked_request(model, params, self.parent)
        response = await self.send(request)
        return _parsed(model, response)


def _checked_request(
    model: OperationModel, params: Mapping[str, Any], parent: ApiCall
) -> HttpRequest:
    """Return the request of a call, with the credentials and the address of another call.

    Raises
    ------
    CallError
        A member is missing, unknown or of another type.
    """
    problems = ParamValidator().validate(params, model.input_shape) if model.input_shape else None
    if problems is not None and problems.has_errors():
        error = ParamValidationError(report=problems.generate_report())
        raise _error(model, "ValidationException", str(error))
    request = parent.request
    caller = Requester(
        parent.scope.access_key,
        parent.region,
        request.header("X-Amz-Security-Token"),
        request.header("Host") or "127.0.0.1",
        request.peer,
    )
    return request_of(model, params, caller)


def error_in(service: str, operation: str, response: HttpResponse) -> CallError | None:
    """Return the error in a service's response to a call, None if it has none.

    Examples
    --------
    >>> body = b'{"__type": "a#ResourceNotFoundException", "message": "no such table"}'
    >>> error = error_in("dynamodb", "PutItem", HttpResponse(400, body=body))
    >>> error.code, str(error)
    ('ResourceNotFoundException', 'no such table')
    """
    if response.status < _FIRST_ERROR:
        return None
    return _error_of(operation_model(service, operation), response)


def _parsed(model: OperationModel, response: HttpResponse) -> dict[str, Any]:
    if response.status < _FIRST_ERROR:
        return _members(model, response)
    raise _error_of(model, response)


def _error_of(model: OperationModel, response: HttpResponse) -> CallError:
    error = _members(model, response).get("Error", {})
    message = error.get("Message") or _message_in(response.body)
    return _error(model, error.get("Code", "Unknown"), message, status=response.status)


def _members(model: OperationModel, response: HttpResponse) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in response.headers}
    parts = {"status_code": response.status, "headers": headers, "body": response.body}
    parser = _parser(sent_protocol(model.service_model))
    members: dict[str, Any] = parser.parse(parts, model.output_shape)
    return members


def _message_in(body: bytes) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    return str(content.get("message", content) if isinstance(content, dict) else content)


def _error(model: OperationModel, code: str, message: str, *, status: int = 400) -> CallError:
    service = model.service_model.service_name
    return CallError(service, model.name, code, message, status=status)


@lru_cache(maxsize=16)
def _parser(protocol: str) -> Any:
    return create_parser(protocol)
