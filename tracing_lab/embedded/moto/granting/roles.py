"""Reads the policies of IAM roles, and who may assume them, from moto's state."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.embedded.iam.conditions import fits
from tracing_lab.embedded.iam.policy import as_list
from tracing_lab.embedded.moto.adapter import backend

_GLOBAL = "aws"  # IAM has no regions; moto files it under the partition


def role_policies(role_arn: str) -> tuple[Mapping[str, Any], ...]:
    """Return a role's inline and attached policies.

    Raises
    ------
    KeyError
        There is no such role.
    """
    role = _role(role_arn)
    attached = [_in_force(policy) for policy in role.managed_policies.values()]
    return tuple(_document(text) for text in [*role.policies.values(), *attached])


def function_policies(role_arn: str) -> tuple[Mapping[str, Any], ...]:
    """Return the policies of a role that functions run in; none if Lambda may not assume it.

    Raises
    ------
    KeyError
        There is no such role.
    """
    return role_policies(role_arn) if assumable(role_arn, "lambda.amazonaws.com") else ()


def role_id(role_arn: str) -> str:
    """Return the unique id of a role, for example ``AROA...``; KeyError without such a role."""
    return str(_role(role_arn).id)


def assumable(role_arn: str, service: str) -> bool:
    """Return whether a role's trust policy lets a service assume it.

    A trust policy without statements, which AWS rejects and moto accepts, allows everybody.

    Raises
    ------
    KeyError
        There is no such role.
    """
    statements = _trust(role_arn)
    return not statements or any(
        _trusts(statement, "Service", {service}) for statement in statements
    )


def assumable_by(role_arn: str, principals: Iterable[str]) -> bool:
    """Return whether a role's trust policy names one of some principals; False without the role.

    Parameters
    ----------
    role_arn
        The role.
    principals
        ARNs or account ids.
    """
    wanted = set(principals)
    try:
        return any(_trusts(statement, "AWS", wanted) for statement in _trust(role_arn))
    except KeyError:
        return False


def assumed_role(access_key: str) -> tuple[str, str, float] | None:
    """Return role, session name and end of the session of a key that STS issued, or None."""
    session = backend("sts", _GLOBAL).get_assumed_role_from_access_key(access_key)
    if session is None:
        return None
    return session.role_arn, session.session_name, session.expiration.timestamp()


def _trust(role_arn: str) -> list[Mapping[str, Any]]:
    trust = _document(_role(role_arn).assume_role_policy_document)
    return as_list(trust.get("Statement", []))


def _role(role_arn: str) -> Any:
    roles = backend("iam", _GLOBAL).get_roles()
    role = next((role for role in roles if role.arn == role_arn), None)
    if role is None:
        raise KeyError(role_arn)
    return role


def _trusts(statement: Mapping[str, Any], kind: str, names: set[str]) -> bool:
    principal = statement.get("Principal", {})
    named = as_list(principal.get(kind, [])) if isinstance(principal, Mapping) else []
    allows = statement.get("Effect") == "Allow" and principal != {}
    action = any(
        fits("sts:AssumeRole", str(pattern)) for pattern in as_list(statement.get("Action", []))
    )
    everybody = principal == "*" or (kind == "AWS" and "*" in named)
    return allows and action and (everybody or not names.isdisjoint(named))


def _in_force(policy: Any) -> str:
    default = policy.default_version_id
    document: str = next(
        version.document for version in policy.versions if version.version_id == default
    )
    return document


def _document(text: Any) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(text) if isinstance(text, str) else text
    return document
