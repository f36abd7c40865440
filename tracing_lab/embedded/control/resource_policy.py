"""Resource policies as far as services need them: may this service call for that resource? Pure."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.iam_policy import as_list, fits


def allows(statement: Mapping[str, Any], *, principal: str, source_arn: str) -> bool:
    """Tell whether a statement lets a service in, acting for a resource.

    Parameters
    ----------
    statement
        Of a resource's policy.
    principal
        The service, for example ``events.amazonaws.com``.
    source_arn
        What it acts for: compared with conditions on ``aws:SourceArn``.

    Examples
    --------
    >>> statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    >>> allows(statement, principal="events.amazonaws.com", source_arn="arn:a")
    True
    >>> allows(statement, principal="sns.amazonaws.com", source_arn="arn:a")
    False
    """
    if statement.get("Effect") != "Allow":
        return False
    if not {principal, "*"}.intersection(_principals(statement.get("Principal"))):
        return False
    wanted = [
        value
        for operator in (statement.get("Condition") or {}).values()
        for key, values in operator.items()
        if key.lower() == "aws:sourcearn"
        for value in [as_list(values)]
    ]
    return all(any(fits(source_arn, one) for one in values) for values in wanted)


def allows_action(statement: Mapping[str, Any], action: str) -> bool:
    """Tell whether a statement is about an action; case does not matter.

    Examples
    --------
    >>> allows_action({"Action": "SQS:*"}, "sqs:SendMessage")
    True
    """
    wanted = (str(one).lower() for one in as_list(statement.get("Action") or []))
    return any(fits(action.lower(), one) for one in wanted)


def _principals(who: Any) -> list[Any]:
    """Give the services that a statement names; ``*`` stands for all."""
    if not isinstance(who, Mapping):
        return as_list(who)
    everyone = ["*"] if "*" in as_list(who.get("AWS")) else []
    return as_list(who.get("Service")) + everyone
