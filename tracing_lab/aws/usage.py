"""Amazon API Gateway: API keys and usage plans."""

from collections.abc import Mapping, Sequence
from typing import Any

from .calling.caller import Json, ServiceFacade

PatchOperations = Sequence[Mapping[str, str]]


class Usage(ServiceFacade):
    """The calls to Amazon API Gateway about keys and usage plans."""

    def keys_named(self, name: str) -> list[Json]:
        """List the API keys of a name with their values, oldest first: names are not unique."""
        operation = "apigateway:GetApiKeys"
        keys = self._pages(operation, name, "items", nameQuery=name, includeValues=True)
        named = [key for key in keys if key["name"] == name]
        return sorted(named, key=lambda key: (key["createdDate"], key["id"]))

    def create_key(self, name: str, tags: Mapping[str, str]) -> Json:
        """Create an API key with a value that API Gateway generates."""
        return self._call("apigateway:CreateApiKey", name, name=name, enabled=True, tags=dict(tags))

    def set_enabled(self, key_id: str, *, enabled: bool) -> None:
        """Enable or disable an API key."""
        value = "true" if enabled else "false"
        operations = [{"op": "replace", "path": "/enabled", "value": value}]
        self._call("apigateway:UpdateApiKey", key_id, apiKey=key_id, patchOperations=operations)

    def delete_key(self, key_id: str) -> None:
        """Delete an API key."""
        self._call("apigateway:DeleteApiKey", key_id, apiKey=key_id)

    def plans_named(self, name: str) -> list[Json]:
        """List the usage plans of a name: names are not unique."""
        plans = self._pages("apigateway:GetUsagePlans", name, "items", limit=500)
        return sorted((plan for plan in plans if plan["name"] == name), key=lambda plan: plan["id"])

    def create_plan(self, name: str, settings: Mapping[str, Any]) -> str:
        """Create a usage plan and return its id."""
        return str(self._call("apigateway:CreateUsagePlan", name, name=name, **settings)["id"])

    def update_plan(self, plan_id: str, operations: PatchOperations) -> None:
        """Change a usage plan by patch operations."""
        self._call(
            "apigateway:UpdateUsagePlan",
            plan_id,
            usagePlanId=plan_id,
            patchOperations=list(operations),
        )

    def delete_plan(self, plan_id: str) -> None:
        """Delete a usage plan that has no stages left."""
        self._call("apigateway:DeleteUsagePlan", plan_id, usagePlanId=plan_id)

    def plan_keys(self, plan_id: str) -> list[Json]:
        """List the keys that belong to a usage plan."""
        operation = "apigateway:GetUsagePlanKeys"
        return self._pages(operation, plan_id, "items", usagePlanId=plan_id, limit=500)

    def add_key(self, plan_id: str, key_id: str) -> None:
        """Add a key to a usage plan."""
        self._call(
            "apigateway:CreateUsagePlanKey",
            plan_id,
            usagePlanId=plan_id,
            keyId=key_id,
            keyType="API_KEY",
        )

    def remove_key(self, plan_id: str, key_id: str) -> None:
        """Remove a key from a usage plan."""
        self._call("apigateway:DeleteUsagePlanKey", plan_id, usagePlanId=plan_id, keyId=key_id)

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a key or plan."""
        self._call("apigateway:TagResource", arn, resourceArn=arn, tags=dict(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a key or plan."""
        self._call("apigateway:UntagResource", arn, resourceArn=arn, tagKeys=keys)
