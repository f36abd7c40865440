"""Reads IAM policies from moto, and caches them until a resource changes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from .granting.roles import (
    assumable,
    assumable_by,
    assumed_role,
    function_policies,
    role_id,
    role_policies,
)
from .resource_policies import may_have_policy, resource_policy

_MAX_POLICIES = 10_000
Policy = Mapping[str, Any]
ReadPolicies = Callable[[str], tuple[Policy, ...]]


class Policies:
    """Reads policies. May be used from any thread."""

    def __init__(self, locked: Callable[[Callable[[], Any]], Any]) -> None:
        self._locked = locked
        self._of_roles: dict[tuple[str, ReadPolicies], tuple[Policy, ...]] = {}
        self._of_resources: dict[str, Policy | None] = {}

    def forget(self) -> None:
        """Clear the cache."""
        self._of_roles, self._of_resources = {}, {}

    def role_policies(self, role_arn: str) -> tuple[Policy, ...]:
        """Return the policies of a function's role; KeyError if there is no such role."""
        return self._read(role_arn, function_policies)

    def session_policies(self, role_arn: str) -> tuple[Policy, ...]:
        """Return the policies of an assumed role; KeyError if there is no such role."""
        return self._read(role_arn, role_policies)

    def assumed_role(self, access_key: str) -> tuple[str, str, float] | None:
        """Return role, session name and end of a key's session; None if STS did not issue it."""
        session: tuple[str, str, float] | None = self._locked(partial(assumed_role, access_key))
        return session

    def trusts(self, role_arn: str, principals: Sequence[str]) -> bool:
        """Return whether a role lets one of some principals assume it."""
        return bool(self._locked(partial(assumable_by, role_arn, principals)))

    def role_id(self, role_arn: str) -> str:
        """Return the unique id of a role; empty if it was deleted."""
        try:
            return str(self._locked(partial(role_id, role_arn)))
        except KeyError:
            return ""

    def assumable(self, role_arn: str, service: str) -> bool:
        """Return whether there is such a role, and its trust policy lets a service assume it."""
        try:
            return bool(self._locked(partial(assumable, role_arn, service)))
        except KeyError:
            return False

    def resource_policy(self, arn: str) -> Policy | None:
        """Return the policy of a function, queue, topic, bus or bucket; None when it has none."""
        if not may_have_policy(arn):
            return None
        policies = self._of_resources
        if arn not in policies:
            if len(policies) >= _MAX_POLICIES:
                policies.clear()
            policies[arn] = self._locked(partial(resource_policy, arn))
        return policies[arn]

    def _read(self, role_arn: str, read: ReadPolicies) -> tuple[Policy, ...]:
        policies, key = self._of_roles, (role_arn, read)
        if key not in policies:
            policies[key] = self._locked(partial(read, role_arn))
        return policies[key]
