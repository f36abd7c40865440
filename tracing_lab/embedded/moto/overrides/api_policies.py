"""Checks resource policies of REST APIs when they are set, which moto does not.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
"""

import json
from collections.abc import Iterator
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.iam.policy import as_list
from tracing_lab.embedded.moto.calling import CallNext, patch_operations
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_CODE = "BadRequestException"
INVALID_POLICY = (
    "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
)
_ONE_OF = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))


def with_valid_policy(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject a CreateRestApi or UpdateRestApi whose policy is malformed."""
    if all(is_policy(text) for text in _policies(call)):
        return call_next(call)
    raise ApiError(_CODE, INVALID_POLICY)


def is_policy(text: Any) -> bool:
    """Return whether a text is a resource policy; an empty one removes the policy.

    Examples
    --------
    >>> is_policy('{"Statement": {"Effect": "Allow"}}'), is_policy("")
    (False, True)
    """
    if not isinstance(text, str):
        return False
    if not text.strip():
        return True
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    statements = as_list(document.get("Statement", [])) if isinstance(document, dict) else []
    return bool(statements) and all(map(_is_statement, statements))


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return False
    if not all(any(name in statement for name in names) for names in _ONE_OF):
        return False
    conditions = statement.get("Condition") or {}
    return isinstance(conditions, dict) and all(
        isinstance(condition, dict) for condition in conditions.values()
    )


def _policies(call: ApiCall) -> Iterator[Any]:
    if call.members.get("policy") is not None:
        yield call.members["policy"]
    for operation in patch_operations(call):
        if operation.get("path") == "/policy" and operation.get("op") != "remove":
            yield operation.get("value")
