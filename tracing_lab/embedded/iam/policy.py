"""Policies: may somebody do this? Pure.

The order of IAM's decision: an explicit deny wins, then an allow, and what nobody allows is denied.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from .conditions import Context, conditions_hold, fits, fits_expanded

Document = Mapping[str, Any]


class Decision(StrEnum):
    """What the policies say."""

    ALLOWED = "allowed"
    DENIED = "explicit deny"
    NOT_ALLOWED = "implicit deny"


class Question(NamedTuple):
    """What somebody wants to do.

    Parameters
    ----------
    action
        For example ``events:PutEvents``.
    resource
        An ARN, or ``*`` for actions that know no resources.
    context
        Condition keys and their values, for example ``{"aws:SourceArn": "arn:..."}``.
    """

    action: str
    resource: str = "*"
    context: Context = MappingProxyType({})


def decide(documents: Iterable[Document], question: Question) -> Decision:
    """Give the decision of all policies together.

    Examples
    --------
    >>> allow = {"Statement": {"Effect": "Allow", "Action": "events:Put*", "Resource": "*"}}
    >>> decide([allow], Question("events:PutEvents", "arn:bus"))
    <Decision.ALLOWED: 'allowed'>
    >>> decide([allow], Question("sqs:SendMessage"))
    <Decision.NOT_ALLOWED: 'implicit deny'>
    """
    effects = {
        statement.get("Effect")
        for document in documents
        for statement in as_list(document.get("Statement", []))
        if _applies(statement, question)
    }
    if "Deny" in effects:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in effects else Decision.NOT_ALLOWED


def allowed_actions(documents: Iterable[Document]) -> set[str]:
    """List the actions that policies allow somewhere, as they are written.

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
    """Give what IAM lets one write as a single value or a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _applies(statement: Document, question: Question) -> bool:
    return (
        _action_fits(statement, question.action.lower())
        and _resource_fits(statement, question)
        and conditions_hold(statement.get("Condition") or {}, question.context)
    )


def _action_fits(statement: Document, action: str) -> bool:
    if "NotAction" in statement:
        return not any(fits(action, str(one).lower()) for one in as_list(statement["NotAction"]))
    return any(fits(action, str(one).lower()) for one in as_list(statement.get("Action", [])))


def _resource_fits(statement: Document, question: Question) -> bool:
    negated = "NotResource" in statement
    patterns = as_list(statement.get("NotResource" if negated else "Resource", []))
    found = any(fits_expanded(question.resource, str(one), question.context) for one in patterns)
    return found != negated
