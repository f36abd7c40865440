"""Responses of API Gateway itself, and headers that it adds to all responses."""

import json

from tracing_lab.embedded.http.messages import HttpResponse

from .model import Failure, GatewayRejection, StageResponse


def failed(failure: Failure) -> StageResponse:
    """Return API Gateway's own response to a failure, with the failure's message.

    Examples
    --------
    >>> failed(Failure.NO_ROUTE).response.body
    b'{"message":"Missing Authentication Token"}'
    """
    return rejected(GatewayRejection(failure))


def rejected(rejection: GatewayRejection) -> StageResponse:
    """Return API Gateway's own response to a rejected request."""
    failure = rejection.failure
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", failure.exception))
    member = "Message" if failure is Failure.NOT_AUTHORIZED else "message"  # IAM writes the former
    body = json.dumps({member: rejection.text or None}, separators=(",", ":")).encode()
    return StageResponse(HttpResponse(failure.status, headers, body), rejection)


def with_headers(response: HttpResponse, *pairs: tuple[str, str]) -> HttpResponse:
    """Return a response with other headers, which take precedence over the function's."""
    ours = {name.lower() for name, _value in pairs}
    kept = (pair for pair in response.headers if pair[0].lower() not in ours)
    return HttpResponse(response.status, (*pairs, *kept), response.body)
