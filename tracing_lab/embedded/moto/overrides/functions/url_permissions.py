"""Permissions to use a function's URL: conditions of its policy, which moto keeps as members.

https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

import json
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_INVALID = "InvalidParameterValueException"
_AUTH_TYPE, _VIA_URL = "FunctionUrlAuthType", "InvokedViaFunctionUrl"
_ACTIONS = {_AUTH_TYPE: "lambda:InvokeFunctionUrl", _VIA_URL: "lambda:InvokeFunction"}


def with_url_conditions(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to AddPermission; what is said about URLs becomes conditions of the statement."""
    given = {name: call.members[name] for name in _ACTIONS if call.members.get(name) is not None}
    for name in given:
        if call.members.get("Action") != _ACTIONS[name]:
            message = f"{name} is only supported for {_ACTIONS[name]} action"
            raise ApiError(_INVALID, message)
    response = call_next(call)
    if not succeeded(response) or not given:
        return response
    content = content_of(response)
    sid = json.loads(content["Statement"])["Sid"]
    statement = _statement(call, sid)
    for name in given:
        statement.pop(name, None)
    statement["Condition"] = {**statement.get("Condition", {}), **_conditions(given)}
    return with_content(response, {**content, "Statement": json.dumps(statement)})


def _statement(call: ApiCall, sid: str) -> dict[str, Any]:
    """Return the statement that moto has added last."""
    name = str(call.members["FunctionName"]).partition(":")[0]
    statements = backend("lambda", call.region).get_function(name).policy.statements
    found: dict[str, Any] = next(
        statement for statement in reversed(statements) if statement.get("Sid") == sid
    )
    return found


def _conditions(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    conditions: dict[str, dict[str, Any]] = {}
    if _AUTH_TYPE in given:
        conditions["StringEquals"] = {f"lambda:{_AUTH_TYPE}": given[_AUTH_TYPE]}
    if _VIA_URL in given:
        conditions["Bool"] = {f"lambda:{_VIA_URL}": str(given[_VIA_URL]).lower()}
    return conditions
