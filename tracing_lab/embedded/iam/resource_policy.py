"""Resource policies: does the policy of a queue, topic, bus or function let somebody in? Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .policy import Decision, Document, Question, as_list, decide

_EVERYBODY = "*"


def service_may(
    policy: Document,
    action: str,
    resource: str,
    *,
    principal: str,
    source_arn: str,
    more: Mapping[str, str] | None = None,
) -> bool:
    """Tell whether a policy lets a service in, acting for a resource.

    Parameters
    ----------
    policy
        The policy document.
    action, resource
        What the service wants to do, and on what.
    principal
        The service, for example ``events.amazonaws.com``.
    source_arn
        What it acts for: ``aws:SourceArn``, and ``aws:SourceAccount`` by the account in it.
    more
        Further condition keys.

    Examples
    --------
    >>> statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
    ...              "Action": "SQS:*", "Resource": "*"}
    >>> policy = {"Statement": [statement]}
    >>> service_may(policy, "sqs:SendMessage", "q", principal="events.amazonaws.com", source_arn="")
    True
    >>> service_may(policy, "sqs:SendMessage", "q", principal="sns.amazonaws.com", source_arn="")
    False
    """
    context = {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": principal}
    if source_arn:
        context |= {"aws:SourceArn": source_arn, "aws:SourceAccount": _account_in(source_arn)}
    about = statements_about(policy, services=[principal])
    question = Question(action, resource, {**context, **(more or {})})
    return decide([{"Statement": about}], question) is Decision.ALLOWED


def statements_about(
    policy: Document, *, services: Iterable[str] = (), identities: Iterable[str] = ()
) -> list[Document]:
    """Give the statements of a policy whose principal is one of those named, or everybody.

    Parameters
    ----------
    policy
        The policy document.
    services
        Names of AWS services.
    identities
        ARNs of roles and sessions, ids of accounts.

    Examples
    --------
    >>> policy = {"Statement": [{"Sid": "a", "Principal": {"AWS": "arn:r"}}, {"Principal": "*"}]}
    >>> len(statements_about(policy, identities=["arn:r"])), len(statements_about(policy))
    (2, 1)
    """
    wanted = {*(("Service", one) for one in services), *(("AWS", one) for one in identities)}
    statements = [one for one in as_list(policy.get("Statement", [])) if isinstance(one, Mapping)]
    return [one for one in statements if _is_about(one, wanted)]


def _is_about(statement: Document, wanted: set[tuple[str, str]]) -> bool:
    if "NotPrincipal" in statement:
        return not wanted & _principals(statement["NotPrincipal"])
    named = _principals(statement.get("Principal"))
    return ("AWS", _EVERYBODY) in named or bool(wanted & named)


def _principals(who: Any) -> set[tuple[str, str]]:
    """Give ``(kind, name)`` pairs; ``*`` alone is everybody, as ``{"AWS": "*"}`` is."""
    if not isinstance(who, Mapping):
        return {("AWS", str(one)) for one in as_list(who) if one is not None}
    return {(kind, str(name)) for kind, names in who.items() for name in as_list(names)}


def _account_in(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 - where ARNs have it
