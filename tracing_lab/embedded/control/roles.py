"""The policies of IAM roles, read from moto's state."""

import json
from collections.abc import Mapping
from typing import Any

from .moto_app import backend

_GLOBAL = "aws"  # IAM has no regions; moto files it under the partition


def role_policies(role_arn: str) -> tuple[Mapping[str, Any], ...]:
    """Give a role's inline and attached policies.

    Raises
    ------
    KeyError
        There is no such role.
    """
    iam = backend("iam", _GLOBAL)
    role = next((one for one in iam.get_roles() if one.arn == role_arn), None)
    if role is None:
        raise KeyError(role_arn)
    attached = [_in_force(policy) for policy in role.managed_policies.values()]
    return tuple(_document(text) for text in [*role.policies.values(), *attached])


def _in_force(policy: Any) -> str:
    default = policy.default_version_id
    document: str = next(one.document for one in policy.versions if one.version_id == default)
    return document


def _document(text: Any) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(text) if isinstance(text, str) else text
    return document
