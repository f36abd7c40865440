"""Reads what authorizers' functions return.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.apigateway.velocity.values import text_of
from tracing_lab.embedded.iam.policy import as_list

_PRINCIPAL = "principalId"


class InvalidResultError(ValueError):
    """An authorizer's function did not return what it has to; the message says what."""


@dataclass(frozen=True)
class AuthorizerResult:
    """What an authorizer's function returned.

    Parameters
    ----------
    principal_id
        The caller.
    policy
        What the caller may call.
    context
        Values for the integration, as texts.
    usage_key
        The caller's API key.
    """

    principal_id: str
    policy: Mapping[str, Any]
    context: Mapping[str, str] = field(default_factory=dict)
    usage_key: str | None = None


def read_result(payload: bytes) -> AuthorizerResult:
    """Return the result of an authorizer's function.

    Raises
    ------
    InvalidResultError
        It has no principal or policy, or its context has other values than texts, numbers and
        booleans.

    Examples
    --------
    >>> result = read_result(b'{"principalId": "ann", "policyDocument": {"Statement": []},'
    ...     b' "context": {"plan": 2}}')
    >>> result.principal_id, result.context
    ('ann', {'plan': '2'})
    """
    content = _object(payload)
    principal, policy = content.get(_PRINCIPAL), content.get("policyDocument")
    if not isinstance(principal, (str, int)) or isinstance(principal, bool) or principal == "":
        msg = "principalId is missing"
        raise InvalidResultError(msg)
    if not isinstance(policy, dict) or not _is_policy(policy):
        msg = "policyDocument is no policy: each statement needs Effect, Action and Resource"
        raise InvalidResultError(msg)
    key = content.get("usageIdentifierKey")
    return AuthorizerResult(
        str(principal),
        {"Statement": _statements(policy)},
        _context(content.get("context")),
        None if key is None else str(key),
    )


def _statements(policy: Mapping[str, Any]) -> list[Any]:
    return as_list(policy.get("Statement") or [])


def _object(payload: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        msg = f"the result is not JSON: {error}"
        raise InvalidResultError(msg) from error
    if not isinstance(content, dict):
        msg = "the result is not an object"
        raise InvalidResultError(msg)
    return content


def _is_policy(policy: Mapping[str, Any]) -> bool:
    return all(map(_is_statement, _statements(policy)))


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return False
    if not all(
        any(name in statement for name in names)
        for names in (("Action", "NotAction"), ("Resource", "NotResource"))
    ):
        return False
    conditions = statement.get("Condition") or {}
    return isinstance(conditions, dict) and all(
        isinstance(condition, dict) for condition in conditions.values()
    )


def _context(context: Any) -> dict[str, str]:
    if context is None:
        return {}
    if not isinstance(context, dict):
        msg = "context is not an object"
        raise InvalidResultError(msg)
    for name, value in context.items():
        if isinstance(value, (dict, list)):
            msg = f"context {name!r} is an object or array; only texts, numbers and booleans can be"
            raise InvalidResultError(msg)
    return {name: text_of(value) for name, value in context.items() if value is not None}
