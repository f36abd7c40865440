"""Authorizers of REST APIs: checks them, and keeps a token's expression, which moto loses.

https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
"""

import re
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.apigateway.authorizers.identity import TOKEN, source_problem
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import (
    CallNext,
    content_of,
    patch_operations,
    succeeded,
    with_content,
)
from tracing_lab.embedded.moto.specs.integration_specs import DEFAULT_TTL_S, FUNCTION_IN_URI
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_BAD_REQUEST = "BadRequestException"
_LONGEST_TTL_S = 3600
_NEEDS_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
    "COGNITO_USER_POOLS requires a valid authorizer."
)
_COGNITO = "Authorizers of type COGNITO_USER_POOLS are not simulated; use TOKEN or REQUEST."


def create_authorizer(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateAuthorizer; the response has the expression that a token must match."""
    check_authorizer(call.members)
    response = call_next(call)
    expression = call.members.get("identityValidationExpression")
    if not succeeded(response) or not expression:
        return response
    content = content_of(response)
    api = backend("apigateway", call.region).apis[call.path_members["restApiId"]]
    api.authorizers[content["id"]].identity_validation_expression = expression
    return with_content(response, {**content, "identityValidationExpression": expression})


def update_authorizer(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject an UpdateAuthorizer after which the authorizer would not be valid."""
    names = call.path_members
    api = backend("apigateway", call.region).apis.get(names["restApiId"])
    authorizer = None if api is None else api.authorizers.get(names["authorizerId"])
    if authorizer is not None:
        changed = {
            str(operation.get("path", "")).lstrip("/"): operation.get("value")
            for operation in patch_operations(call)
        }
        check_authorizer({**authorizer.to_json(), **changed})
    return call_next(call)


def with_known_authorizer(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject a PutMethod whose authorizer does not exist."""
    if call.members.get("authorizationType") == "CUSTOM":
        api = backend("apigateway", call.region).apis.get(call.path_members["restApiId"])
        if api is not None and call.members.get("authorizerId") not in api.authorizers:
            raise ApiError(_BAD_REQUEST, _NEEDS_AUTHORIZER)
    return call_next(call)


def check_authorizer(members: Mapping[str, Any]) -> None:
    """Return if an authorizer is valid and simulated.

    Raises
    ------
    ApiError
        It is not.
    """
    problem = next(filter(None, _problems(members)), None)
    if problem is not None:
        raise ApiError(_BAD_REQUEST, problem)


def _problems(members: Mapping[str, Any]) -> list[str | None]:
    kind, sources = str(members.get("type")), str(members.get("identitySource") or "")
    ttl_s = members.get("authorizerResultTtlInSeconds")
    needs_sources = kind == TOKEN or _seconds(ttl_s) != 0
    return [
        _COGNITO if kind == "COGNITO_USER_POOLS" else None,
        None
        if FUNCTION_IN_URI.search(str(members.get("authorizerUri") or ""))
        else "Invalid Authorizer URI: it has to name a Lambda function's invocations",
        None
        if 0 <= _seconds(ttl_s) <= _LONGEST_TTL_S
        else f"Authorizer result TTL must be between 0 and {_LONGEST_TTL_S} seconds",
        "Identity source is required if results are cached, and for a token"
        if needs_sources and not sources
        else source_problem(kind, sources),
        _expression_problem(members.get("identityValidationExpression")),
    ]


def _seconds(value: Any) -> int:
    text = str(DEFAULT_TTL_S if value is None else value)
    return int(text) if text.isascii() and text.isdigit() else -1


def _expression_problem(expression: Any) -> str | None:
    try:
        re.compile(str(expression or ""))
    except re.error as error:
        return f"Invalid identity validation expression: {error}"
    return None
