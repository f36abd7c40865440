"""API keys, usage plans, and which key belongs to which plan.

Names of keys and plans are not unique, so an answer that got lost may have made another one. Of
several with our name and tag the oldest counts, and the others are a difference: an update deletes
them.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from tracing_lab.aws.usage import Usage
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags

Patch = dict[str, str]


class ApiKey:
    """Provider of ``AWS::ApiGateway::ApiKey``; its value is among the outputs."""

    def __init__(self, usage: Usage, gateway_arn: str) -> None:
        self._usage, self._gateway_arn = usage, gateway_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read a key with its value."""
        keys = self._usage.keys_named(resource.name)
        return _oldest(_described_key(resource, one) for one in keys)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make a key."""
        made = self._usage.create_key(resource.name, resource.properties["Tags"])
        return {"Id": made["id"], "Value": made["value"]}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Switch a key on or off, or change its tags."""
        key_id = found.outputs["Id"]
        self._delete_duplicates(found)
        if "Enabled" in changed:
            self._usage.set_enabled(key_id, enabled=resource.properties["Enabled"])
        if "Tags" in changed:
            _sync(self._usage, f"{self._gateway_arn}/apikeys/{key_id}", resource, found)

    def delete(self, found: Observed) -> None:
        """Delete a key, and others that were made by mistake."""
        self._delete_duplicates(found)
        self._usage.delete_key(found.outputs["Id"])

    def _delete_duplicates(self, found: Observed) -> None:
        for key_id in found.properties.get("Duplicates", ()):
            with suppress(NotFoundError):
                self._usage.delete_key(key_id)


class UsagePlan:
    """Provider of ``AWS::ApiGateway::UsagePlan``."""

    def __init__(self, usage: Usage, gateway_arn: str) -> None:
        self._usage, self._gateway_arn = usage, gateway_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read a plan with stages, limits and tags."""
        return _oldest(self._described(resource))

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make a plan."""
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
        if "Tags" in changed:
            _sync(self._usage, f"{self._gateway_arn}/usageplans/{plan_id}", resource, found)

    def delete(self, found: Observed) -> None:
        """Delete a plan, and others that were made by mistake."""
        self._delete_duplicates(found)
        self._delete(found)

    def _delete(self, found: Observed) -> None:
        """Delete a plan, first its stages: API Gateway wants it so."""
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
        return [_described_plan(resource, one) for one in plans]

    def _stages(self, resource: Resource) -> list[dict[str, str]]:
        """Read a plan's stages anew: one that was deleted meanwhile cannot be taken out again."""
        found = self.observe(resource)
        return [] if found is None else list(found.properties["ApiStages"])


class UsagePlanKey:
    """Provider of ``AWS::ApiGateway::UsagePlanKey``; it belongs to its plan."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage

    def observe(self, resource: Resource) -> Observed | None:
        """Tell whether the key belongs to the plan."""
        wanted = resource.properties
        try:
            keys = self._usage.plan_keys(wanted["UsagePlanId"])
        except NotFoundError:
            return None
        if wanted["KeyId"] not in {key["id"] for key in keys}:
            return None
        return Observed(resource=resource, properties=wanted)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make the key belong to the plan."""
        self._usage.add_key(resource.properties["UsagePlanId"], resource.properties["KeyId"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: there is nothing to change."""

    def delete(self, found: Observed) -> None:
        """Take the key out of the plan."""
        self._usage.remove_key(found.properties["UsagePlanId"], found.properties["KeyId"])


def _oldest(found: Iterable[Observed]) -> Observed | None:
    """Give the first that is ours, with the ids of the others; or else the first of someone."""
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
    op = "replace" if present else "add"  # what is not there cannot be replaced
    for name, value in _small(wanted).items():
        yield {"op": op, "path": f"/{kind}/{name}", "value": f"{value}"}


def _small(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Write CloudFormation's names as API Gateway has them: ``RateLimit`` -> ``rateLimit``."""
    return {name[0].lower() + name[1:]: value for name, value in properties.items()}


def _sync(usage: Usage, arn: str, resource: Resource, found: Observed) -> None:
    tag, untag = partial(usage.tag, arn), partial(usage.untag, arn)
    sync_tags(resource, found, tag=tag, untag=untag)
