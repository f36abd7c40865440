"""IAM roles with their inline policies."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.aws.iam import Iam
from tracing_lab.aws.tags import tag_dict
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags


class RoleProvider:
    """Provider of ``AWS::IAM::Role``.

    The stack's roles have no managed policies; one that was attached by hand is a difference and is
    detached.
    """

    def __init__(self, iam: Iam) -> None:
        self._iam = iam

    def observe(self, resource: Resource) -> Observed | None:
        """Read a role with trust, policies and tags."""
        try:
            role = self._iam.get_role(resource.name)
            policies = self._iam.role_policies(resource.name)
            attached = self._iam.attached_policies(resource.name)
        except NotFoundError:
            return None
        properties = {
            "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
            "ManagedPolicyArns": attached,
            "Policies": policies,
            "RoleName": resource.name,
        }
        return observed(resource, properties, tag_dict(role.get("Tags", [])))

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a role and put its policies."""
        properties = resource.properties
        trust = properties["AssumeRolePolicyDocument"]
        self._iam.create_role(resource.name, trust=trust, tags=properties["Tags"])
        self._sync_policies(resource.name, {}, properties["Policies"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change trust, policies or tags."""
        name, wanted = resource.name, resource.properties
        if "AssumeRolePolicyDocument" in changed:
            self._iam.update_trust(name, wanted["AssumeRolePolicyDocument"])
        if "Policies" in changed:
            self._sync_policies(name, found.properties["Policies"], wanted["Policies"])
        if "ManagedPolicyArns" in changed:
            self._detach(found)
        sync_tags(self._iam, name, resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a role after its policies."""
        self._sync_policies(found.resource.name, found.properties["Policies"], {})
        self._detach(found)
        self._iam.delete_role(found.resource.name)

    def _sync_policies(
        self, name: str, present: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> None:
        for policy, document in wanted.items():
            if present.get(policy) != document:
                self._iam.put_role_policy(name, policy, document)
        for policy in set(present) - set(wanted):
            self._iam.delete_role_policy(name, policy)

    def _detach(self, found: Observed) -> None:
        for arn in found.properties["ManagedPolicyArns"]:
            self._iam.detach_role_policy(found.resource.name, arn)
