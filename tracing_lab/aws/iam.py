"""AWS IAM: roles and their policies."""

import json
from collections.abc import Mapping
from typing import Any

from .calling.caller import Json, ServiceFacade
from .tags import tag_list


class Iam(ServiceFacade):
    """The calls to AWS IAM; roles with inline policies only."""

    def get_role(self, name: str) -> Json:
        """Read a role with its trust policy and tags."""
        role: Json = self._call("iam:GetRole", name, RoleName=name)["Role"]
        return role

    def role_policies(self, name: str) -> dict[str, Any]:
        """Read a role's inline policies: policy name to document."""
        names = self._pages("iam:ListRolePolicies", name, "PolicyNames", RoleName=name)
        return {policy: self._role_policy(name, policy) for policy in names}

    def _role_policy(self, name: str, policy: str) -> Any:
        answer = self._call("iam:GetRolePolicy", name, RoleName=name, PolicyName=policy)
        return answer["PolicyDocument"]

    def attached_policies(self, name: str) -> list[str]:
        """List the ARNs of a role's managed policies."""
        attached = self._pages(
            "iam:ListAttachedRolePolicies", name, "AttachedPolicies", RoleName=name
        )
        return [policy["PolicyArn"] for policy in attached]

    def create_role(self, name: str, *, trust: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Create a role without permissions."""
        self._call(
            "iam:CreateRole",
            name,
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust),
            Tags=tag_list(tags),
        )

    def put_role_policy(self, name: str, policy: str, document: Mapping[str, Any]) -> None:
        """Set one inline policy of a role."""
        self._call(
            "iam:PutRolePolicy",
            name,
            RoleName=name,
            PolicyName=policy,
            PolicyDocument=json.dumps(document),
        )

    def delete_role_policy(self, name: str, policy: str) -> None:
        """Remove one inline policy of a role."""
        self._call("iam:DeleteRolePolicy", name, RoleName=name, PolicyName=policy)

    def detach_role_policy(self, name: str, policy_arn: str) -> None:
        """Detach one managed policy from a role."""
        self._call("iam:DetachRolePolicy", name, RoleName=name, PolicyArn=policy_arn)

    def update_trust(self, name: str, trust: Mapping[str, Any]) -> None:
        """Set who may assume a role."""
        self._call(
            "iam:UpdateAssumeRolePolicy", name, RoleName=name, PolicyDocument=json.dumps(trust)
        )

    def tag(self, name: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a role."""
        self._call("iam:TagRole", name, RoleName=name, Tags=tag_list(tags))

    def untag(self, name: str, keys: list[str]) -> None:
        """Remove tags from a role."""
        self._call("iam:UntagRole", name, RoleName=name, TagKeys=keys)

    def delete_role(self, name: str) -> None:
        """Delete a role that has no policies left."""
        self._call("iam:DeleteRole", name, RoleName=name)
