"""Answers that API Gateway gives by itself, and headers that it adds to all."""

import json

from .model import Failure, GatewayResponse, Outcome, Refusal


def failed(failure: Failure) -> Outcome:
    """Answer without the help of a function, with the failure's own message.

    Examples
    --------
    >>> failed(Failure.NO_ROUTE).response.body
    b'{"message":"Missing Authentication Token"}'
    """
    return refused(Refusal(failure))


def refused(refusal: Refusal) -> Outcome:
    """Answer without the help of a function."""
    failure = refusal.failure
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", failure.exception))
    member = "Message" if failure is Failure.NOT_AUTHORIZED else "message"  # IAM writes the former
    body = json.dumps({member: refusal.text}, separators=(",", ":")).encode()
    return Outcome(GatewayResponse(failure.status, headers, body), refusal)


def with_headers(response: GatewayResponse, *pairs: tuple[str, str]) -> GatewayResponse:
    """Put headers in front; they win over those of the function."""
    ours = {name.lower() for name, _value in pairs}
    kept = (pair for pair in response.headers if pair[0].lower() not in ours)
    return GatewayResponse(response.status, (*pairs, *kept), response.body)
