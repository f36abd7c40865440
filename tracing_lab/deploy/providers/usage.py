"""API keys, usage plans, and the assignment of keys to plans.

Names of keys and plans are not unique, so a call whose response was lost may have created a
duplicate. Of several with the stack's name and tag the oldest counts, and the others are a
difference: an update deletes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from tracing_lab.aws.usage import Usage
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags

Patch = dict[str, str]


class ApiKeyProvider:
    """Provider of ``AWS::ApiGateway::ApiKey``; its value is among the outputs."""

    def __init__(self, usage: Usage, gateway_arn: str) -> None:
        self._usage, self._gateway_arn = usage, gateway_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read a key with its value."""
        keys = self._usage.keys_named(resource.name)
        return _oldest(_described_key(resource, key) for key in keys)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a key."""
        made = self._usage.create_key(resource.name, resource.properties["Tags"])
        return {"Id": made["id"], "Value": made["value"]}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Enable or disable a key, or update its tags."""
        key_id = found.outputs["Id"]
        self._delete_duplicates(found)
        if "Enabled" in changed:
            self._usage.set_enabled(key_id, enabled=resource.properties["Enabled"])
        arn = f"{self._gateway_arn}/apikeys/{key_id}"
        sync_tags(self._usage, arn, resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a key and its duplicates."""
        self._delete_duplicates(found)
        self._usage.delete_key(found.outputs["Id"])

    def _delete_duplicates(self, found: Observed) -> None:
        for key_id in found.properties.get("Duplicates", ()):
            with suppress(NotFoundError):
                self._usage.delete_key(key_id)


class UsagePlanProvider:
    """Provider of ``AWS::ApiGateway::UsagePlan``."""

    def __init__(self, usage: Usage, gateway_arn: str) -> None:
        self._usage, self._gateway_arn = usage, gateway_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read a plan with stages, limits and tags."""
        return _oldest(self._described(resource))

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a plan."""
        wanted = resource.properties
        settings: dict[str, Any] = {"apiStages": list(map(_small, wanted["ApiStages"]))}
        for name in ("Quota", "Throttle"):
            if wanted[name]:
                settings[name.lower()] = _small(wanted[name])
        return {
            "Id": self._usage.create_plan(resource.name, {**settings, "tags": dict(wanted["Tags"])})
        }

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change stages, limits or tags."""
        plan_id, wanted = found.outputs["Id"], resource.properties
        self._delete_duplicates(found)
        operations: list[Patch] = []
        if "ApiStages" in changed:
            operations += _stage_patches(self._stages(resource), wanted["ApiStages"])
        for name in ("Quota", "Throttle"):
            if name in changed:
                operations += _limit_patches(name.lower(), found.properties[name], wanted[name])
        if operations:
            self._usage.update_plan(plan_id, operations)
        arn = f"{self._gateway_arn}/usageplans/{plan_id}"
        sync_tags(self._usage, arn, resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a plan and its duplicates."""
        self._delete_duplicates(found)
        self._delete(found)

    def _delete(self, found: Observed) -> None:
        """Delete a plan after its stages, as API Gateway requires."""
        stages = list(_stage_patches(found.properties["ApiStages"], []))
        if stages:
            self._usage.update_plan(found.outputs["Id"], stages)
        self._usage.delete_plan(found.outputs["Id"])

    def _delete_duplicates(self, found: Observed) -> None:
        surplus = found.properties.get("Duplicates", ())
        for plan in self._described(found.resource) if surplus else ():
            if plan.outputs["Id"] in surplus:
                self._delete(plan)

    def _described(self, resource: Resource) -> list[Observed]:
        plans = self._usage.plans_named(resource.name)
        return [_described_plan(resource, plan) for plan in plans]

    def _stages(self, resource: Resource) -> list[dict[str, str]]:
        """Read a plan's current stages: one deleted in the meantime cannot be removed again."""
        found = self.observe(resource)
        return [] if found is None else list(found.properties["ApiStages"])


class UsagePlanKeyProvider:
    """Provider of ``AWS::ApiGateway::UsagePlanKey``; it belongs to its plan."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage

    def observe(self, resource: Resource) -> Observed | None:
        """Read whether the key belongs to the plan."""
        wanted = resource.properties
        try:
            keys = self._usage.plan_keys(wanted["UsagePlanId"])
        except NotFoundError:
            return None
        if wanted["KeyId"] not in {key["id"] for key in keys}:
            return None
        return Observed(resource=resource, properties=wanted)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Add the key to the plan."""
        self._usage.add_key(resource.properties["UsagePlanId"], resource.properties["KeyId"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: it has no properties that can change."""

    def delete(self, found: Observed) -> None:
        """Remove the key from the plan."""
        self._usage.remove_key(found.properties["UsagePlanId"], found.properties["KeyId"])


def _oldest(found: Iterable[Observed]) -> Observed | None:
    """Return the oldest owned one, with the ids of its duplicates; or else someone else's."""
    everything = sorted(found, key=lambda item: not item.owned)
    surplus = [item.outputs["Id"] for item in everything[1:] if item.owned]
    if not surplus:
        return next(iter(everything), None)
    return replace(everything[0], properties={**everything[0].properties, "Duplicates": surplus})


def _described_key(resource: Resource, key: Mapping[str, Any]) -> Observed:
    properties = {"Enabled": bool(key.get("enabled")), "Name": key["name"]}
    outputs = {"Id": key["id"], "Value": key.get("value", "")}
    return observed(resource, properties, key.get("tags") or {}, outputs=outputs)


def _described_plan(resource: Resource, plan: Mapping[str, Any]) -> Observed:
    quota, throttle = plan.get("quota") or {}, plan.get("throttle") or {}
    properties = {
        "ApiStages": [
            {"ApiId": stage["apiId"], "Stage": stage["stage"]}
            for stage in plan.get("apiStages", [])
        ],
        "Quota": {"Limit": int(quota["limit"]), "Period": quota["period"]} if quota else {},
        "Throttle": {
            "BurstLimit": int(throttle.get("burstLimit", 0)),
            "RateLimit": float(throttle.get("rateLimit", 0)),
        }
        if throttle
        else {},
        "UsagePlanName": plan["name"],
    }
    return observed(resource, properties, plan.get("tags") or {}, outputs={"Id": plan["id"]})


def _stage_patches(
    present: Iterable[Mapping[str, str]], wanted: Iterable[Mapping[str, str]]
) -> Iterator[Patch]:
    old = {f"{stage['ApiId']}:{stage['Stage']}" for stage in present}
    new = {f"{stage['ApiId']}:{stage['Stage']}" for stage in wanted}
    for op, stages in (("remove", old - new), ("add", new - old)):
        for stage in sorted(stages):
            yield {"op": op, "path": "/apiStages", "value": stage}


def _limit_patches(
    kind: str, present: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Iterator[Patch]:
    if not wanted:
        yield {"op": "remove", "path": f"/{kind}"}
    op = "replace" if present else "add"  # a missing member cannot be replaced
    for name, value in _small(wanted).items():
        yield {"op": op, "path": f"/{kind}/{name}", "value": f"{value}"}


def _small(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties under API Gateway's names: ``RateLimit`` -> ``rateLimit``."""
    return {name[0].lower() + name[1:]: value for name, value in properties.items()}
