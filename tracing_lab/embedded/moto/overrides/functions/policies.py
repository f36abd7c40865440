"""Resource policies of functions, of which each version and alias has its own.

moto has one for all. https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import json
from collections.abc import Mapping
from typing import Any

from tracing_lab.arns import parse_function_arn
from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_NOT_FOUND = "ResourceNotFoundException"
_EXISTS = (
    "The statement id ({}) provided already exists. Please provide a new statement id, or remove "
    "the existing statement."
)


def statements_of(function: Any, qualifier: str | None) -> list[dict[str, Any]]:
    """Return the policy of a function, or of one of its versions or aliases.

    Parameters
    ----------
    function
        moto's function.
    qualifier
        Version or alias; None for the function itself.
    """
    statements: list[dict[str, Any]] = function.policy.statements
    return [statement for statement in statements if _qualifier(statement) == qualifier]


def add_permission(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject a statement id that the policy has already."""
    function, qualifier = _target(call)
    sid = call.members.get("StatementId")
    if any(statement.get("Sid") == sid for statement in statements_of(function, qualifier)):
        code = "ResourceConflictException"
        raise ApiError(code, _EXISTS.format(sid), status=409)
    return call_next(call)


def get_policy(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetPolicy with the statements about the version or alias alone."""
    function, qualifier = _target(call)
    statements = statements_of(function, qualifier)
    if not statements:
        raise ApiError(_NOT_FOUND, "The resource you requested does not exist.", status=404)
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    content = {"Policy": json.dumps(policy), "RevisionId": function.policy.revision}
    return json_response(200, content)


def remove_permission(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Remove the statement about the version or alias, whatever others have its id."""
    function, qualifier = _target(call)
    sid = call.members["StatementId"]
    own = [
        statement for statement in statements_of(function, qualifier) if statement.get("Sid") == sid
    ]
    if not own:
        message = f"Statement {sid} is not found in resource policy."
        raise ApiError(_NOT_FOUND, message, status=404)
    policy = function.policy
    before, policy.statements = policy.statements, list(own)
    response = call_next(call)  # which also checks the revision
    left = policy.statements
    policy.statements = [
        statement for statement in before if statement not in own or statement in left
    ]
    return response


def _target(call: ApiCall) -> tuple[Any, str | None]:
    """Return moto's function that a call names, and the version or alias.

    Raises
    ------
    ApiError
        There is no such function, version or alias.
    """
    name, _, in_name = str(call.members["FunctionName"]).partition(":")
    qualifier = in_name or call.query.get("Qualifier")
    lambdas = backend("lambda", call.region)
    try:
        lambdas.get_function(name, qualifier)
        function = lambdas.get_function(name)
    except MOTO_ERRORS as error:
        raise ApiError(_NOT_FOUND, str(error.message), status=404) from error
    return function, None if qualifier == "$LATEST" else qualifier


def _qualifier(statement: Mapping[str, Any]) -> str | None:
    return parse_function_arn(statement["Resource"]).qualifier
