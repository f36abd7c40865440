"""Evaluates IAM policies. Pure.

In IAM's order: an explicit deny wins, then an allow, and what no statement allows is denied.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from .conditions import Context, conditions_hold, fits, fits_expanded

Document = Mapping[str, Any]


class Decision(StrEnum):
    """The result of evaluating policies."""

    ALLOWED = "allowed"
    DENIED = "explicit deny"
    NOT_ALLOWED = "implicit deny"


class AuthorizationRequest(NamedTuple):
    """An action on a resource that a policy allows or not.

    Parameters
    ----------
    action
        For example ``events:PutEvents``.
    resource
        An ARN, or ``*`` for actions without resources.
    context
        Condition keys and their values, for example ``{"aws:SourceArn": "arn:..."}``.
    """

    action: str
    resource: str = "*"
    context: Context = MappingProxyType({})


def decide(documents: Iterable[Document], authorization: AuthorizationRequest) -> Decision:
    """Return the decision of all policies together.

    Examples
    --------
    >>> allow = {"Statement": {"Effect": "Allow", "Action": "events:Put*", "Resource": "*"}}
    >>> decide([allow], AuthorizationRequest("events:PutEvents", "arn:bus"))
    <Decision.ALLOWED: 'allowed'>
    >>> decide([allow], AuthorizationRequest("sqs:SendMessage"))
    <Decision.NOT_ALLOWED: 'implicit deny'>
    """
    effects = {
        statement.get("Effect")
        for document in documents
        for statement in as_list(document.get("Statement", []))
        if _applies(statement, authorization)
    }
    if "Deny" in effects:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in effects else Decision.NOT_ALLOWED


def allowed_actions(documents: Iterable[Document]) -> set[str]:
    """Return the actions of all ``Allow`` statements, as written.

    Examples
    --------
    >>> sorted(allowed_actions([{"Statement": [{"Effect": "Allow", "Action": ["a:B", "c:*"]}]}]))
    ['a:B', 'c:*']
    """
    return {
        str(action)
        for document in documents
        for statement in as_list(document.get("Statement", []))
        if statement.get("Effect") == "Allow"
        for action in as_list(statement.get("Action", []))
    }


def as_list(value: Any) -> list[Any]:
    """Return a value that may be a single one or a list as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _applies(statement: Document, authorization: AuthorizationRequest) -> bool:
    return (
        _action_fits(statement, authorization.action.lower())
        and _resource_fits(statement, authorization)
        and conditions_hold(statement.get("Condition") or {}, authorization.context)
    )


def _action_fits(statement: Document, action: str) -> bool:
    if "NotAction" in statement:
        return not any(
            fits(action, str(pattern).lower()) for pattern in as_list(statement["NotAction"])
        )
    return any(
        fits(action, str(pattern).lower()) for pattern in as_list(statement.get("Action", []))
    )


def _resource_fits(statement: Document, authorization: AuthorizationRequest) -> bool:
    negated = "NotResource" in statement
    patterns = as_list(statement.get("NotResource" if negated else "Resource", []))
    found = any(
        fits_expanded(authorization.resource, str(pattern), authorization.context)
        for pattern in patterns
    )
    return found != negated
