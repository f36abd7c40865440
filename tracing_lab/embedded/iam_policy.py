"""Identity-based policies: may a role do this? Pure.

The order of IAM's decision: an explicit deny wins, then an allow, and what nobody allows is denied.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import fnmatch
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Document = Mapping[str, Any]


class Decision(StrEnum):
    """What the policies say."""

    ALLOWED = "allowed"
    DENIED = "explicit deny"
    NOT_ALLOWED = "implicit deny"


@dataclass(frozen=True)
class Question:
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
    context: Mapping[str, str] = field(default_factory=dict)


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


def fits(text: str, pattern: str) -> bool:
    """Compare with IAM's wildcards ``*`` and ``?``; nothing else is special.

    Examples
    --------
    >>> fits("arn:aws:logs:us-east-1:1:log-group:a[1]", "arn:aws:logs:*:log-group:a[1]")
    True
    """
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def _applies(statement: Document, question: Question) -> bool:
    return (
        _action_fits(statement, question.action.lower())
        and _resource_fits(statement, question.resource)
        and all(
            _condition_holds(operator, wanted, question.context)
            for operator, wanted in (statement.get("Condition") or {}).items()
        )
    )


def _action_fits(statement: Document, action: str) -> bool:
    if "NotAction" in statement:
        return not any(fits(action, str(one).lower()) for one in as_list(statement["NotAction"]))
    return any(fits(action, str(one).lower()) for one in as_list(statement.get("Action", [])))


def _resource_fits(statement: Document, resource: str) -> bool:
    if "NotResource" in statement:
        return not any(fits(resource, str(one)) for one in as_list(statement["NotResource"]))
    return any(fits(resource, str(one)) for one in as_list(statement.get("Resource", [])))


def _in_range(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": fits,
    "ArnEquals": fits,
    "ArnLike": fits,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _in_range,
}


def _condition_holds(operator: str, wanted: Document, context: Mapping[str, str]) -> bool:
    """Tell whether one operator's block holds; an operator that we do not know never does."""
    only_if_exists = operator.endswith("IfExists")
    bare = operator.removesuffix("IfExists")
    negated = "Not" in bare
    comparison = _COMPARISONS.get(bare.replace("Not", ""))
    if comparison is None:
        return False
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _key_holds(
            known.get(key.lower()),
            [str(one) for one in as_list(values)],
            comparison,
            negated=negated,
            only_if_exists=only_if_exists,
        )
        for key, values in wanted.items()
    )


def _key_holds(
    value: str | None,
    wanted: list[str],
    comparison: Callable[[str, str], bool],
    *,
    negated: bool,
    only_if_exists: bool,
) -> bool:
    if value is None:
        return only_if_exists or negated
    found = any(comparison(value, one) for one in wanted)
    return found != negated
