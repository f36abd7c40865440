"""The policies of IAM roles and who may assume them, read from moto's state."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.embedded.iam.conditions import fits
from tracing_lab.embedded.iam.policy import as_list

from .adapter import backend

_GLOBAL = "aws"  # IAM has no regions; moto files it under the partition


def role_policies(role_arn: str) -> tuple[Mapping[str, Any], ...]:
    """Give a role's inline and attached policies.

    Raises
    ------
    KeyError
        There is no such role.
    """
    role = _role(role_arn)
    attached = [_in_force(policy) for policy in role.managed_policies.values()]
    return tuple(_document(text) for text in [*role.policies.values(), *attached])


def function_policies(role_arn: str) -> tuple[Mapping[str, Any], ...]:
    """Give the policies of a role that functions run in; none if Lambda may not assume it.

    Raises
    ------
    KeyError
        There is no such role.
    """
    return role_policies(role_arn) if assumable(role_arn, "lambda.amazonaws.com") else ()


def assumable(role_arn: str, service: str) -> bool:
    """Tell whether a role's trust policy lets a service assume it.

    A trust policy without statements, which AWS refuses and moto takes, lets everybody.

    Raises
    ------
    KeyError
        There is no such role.
    """
    statements = _trust(role_arn)
    return not statements or any(_trusts(one, "Service", {service}) for one in statements)


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
    """Return role, session name and end of the session that STS gave a key for; None for others.

    Parameters
    ----------
    access_key
        The key.
    """
    session = backend("sts", _GLOBAL).get_assumed_role_from_access_key(access_key)
    if session is None:
        return None
    return session.role_arn, session.session_name, session.expiration.timestamp()


def _trust(role_arn: str) -> list[Mapping[str, Any]]:
    trust = _document(_role(role_arn).assume_role_policy_document)
    return as_list(trust.get("Statement", []))


def _role(role_arn: str) -> Any:
    roles = backend("iam", _GLOBAL).get_roles()
    role = next((one for one in roles if one.arn == role_arn), None)
    if role is None:
        raise KeyError(role_arn)
    return role


def _trusts(statement: Mapping[str, Any], kind: str, names: set[str]) -> bool:
    principal = statement.get("Principal", {})
    named = as_list(principal.get(kind, [])) if isinstance(principal, Mapping) else []
    allows = statement.get("Effect") == "Allow" and principal != {}
    action = any(fits("sts:AssumeRole", str(one)) for one in as_list(statement.get("Action", [])))
    everybody = principal == "*" or (kind == "AWS" and "*" in named)
    return allows and action and (everybody or not names.isdisjoint(named))


def _in_force(policy: Any) -> str:
    default = policy.default_version_id
    document: str = next(one.document for one in policy.versions if one.version_id == default)
    return document


def _document(text: Any) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(text) if isinstance(text, str) else text
    return document
