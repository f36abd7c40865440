"""Evaluates resource policies of queues, topics, buses and functions. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.arns import as_arn

from .policy import AuthorizationRequest, Decision, Document, as_list, decide

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
    """Return whether a policy allows a service that acts for a resource.

    Parameters
    ----------
    policy
        The policy document.
    action, resource
        The action of the service, and the resource it calls.
    principal
        The service, for example ``events.amazonaws.com``.
    source_arn
        The resource it acts for: ``aws:SourceArn``, and ``aws:SourceAccount`` by the account in it.
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
        source = as_arn(source_arn)
        account_id = "" if source is None else source.account_id
        context |= {"aws:SourceArn": source_arn, "aws:SourceAccount": account_id}
    about = statements_about(policy, services=[principal])
    authorization = AuthorizationRequest(action, resource, {**context, **(more or {})})
    return decide([{"Statement": about}], authorization) is Decision.ALLOWED


def statements_about(
    policy: Document, *, services: Iterable[str] = (), identities: Iterable[str] = ()
) -> list[Document]:
    """Return the statements of a policy whose principal is one of those given, or everybody.

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
    wanted = {
        *(("Service", service) for service in services),
        *(("AWS", identity) for identity in identities),
    }
    statements = [
        statement
        for statement in as_list(policy.get("Statement", []))
        if isinstance(statement, Mapping)
    ]
    return [statement for statement in statements if _is_about(statement, wanted)]


def _is_about(statement: Document, wanted: set[tuple[str, str]]) -> bool:
    if "NotPrincipal" in statement:
        return not wanted & _principals(statement["NotPrincipal"])
    named = _principals(statement.get("Principal"))
    return ("AWS", _EVERYBODY) in named or bool(wanted & named)


def _principals(who: Any) -> set[tuple[str, str]]:
    """Return ``(kind, name)`` pairs; ``*`` alone is everybody, as ``{"AWS": "*"}`` is."""
    if not isinstance(who, Mapping):
        return {("AWS", str(identity)) for identity in as_list(who) if identity is not None}
    return {(kind, str(name)) for kind, names in who.items() for name in as_list(names)}
