"""Event buses and rules with their targets."""

import json
from collections.abc import Mapping
from typing import Any

from tracing_lab.aws.events import Events
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import known, observed, sync_tags

# What a target may have but its id, and the members of structures that the stack sets.
_TARGET = (
    "AppSyncParameters",
    "Arn",
    "BatchParameters",
    "DeadLetterConfig",
    "EcsParameters",
    "HttpParameters",
    "Input",
    "InputPath",
    "InputTransformer",
    "KinesisParameters",
    "RedshiftDataParameters",
    "RetryPolicy",
    "RoleArn",
    "RunCommandParameters",
    "SageMakerPipelineParameters",
    "SqsParameters",
)
_STRUCTURES: Mapping[str, tuple[str, ...]] = {
    "DeadLetterConfig": ("Arn",),
    "RetryPolicy": ("MaximumEventAgeInSeconds", "MaximumRetryAttempts"),
}


class BusProvider:
    """Provider of ``AWS::Events::EventBus``."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def observe(self, resource: Resource) -> Observed | None:
        """Read a bus with its tags."""
        try:
            arn = self._events.describe_bus(resource.name)["Arn"]
            tags = self._events.tags(arn)
        except NotFoundError:
            return None
        return observed(resource, {"Name": resource.name}, tags, outputs={"Arn": arn})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a bus."""
        self._events.create_bus(resource.name, resource.properties["Tags"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update a bus's tags; nothing else can change."""
        sync_tags(self._events, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a bus."""
        self._events.delete_bus(found.resource.name)


class RuleProvider:
    """Provider of ``AWS::Events::Rule``; targets are a mapping by their id."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def observe(self, resource: Resource) -> Observed | None:
        """Read a rule with pattern, targets and tags."""
        bus = resource.properties["EventBusName"]
        try:
            rule = self._events.describe_rule(bus, resource.name)
            targets = self._events.targets(bus, resource.name)
            tags = self._events.tags(rule["Arn"])
        except NotFoundError:
            return None
        properties = {
            "EventBusName": bus,
            "EventPattern": json.loads(rule.get("EventPattern", "null")),
            "Name": resource.name,
            "State": rule["State"],
            "Targets": {target["Id"]: _described_target(target) for target in targets},
        }
        return observed(resource, properties, tags, outputs={"Arn": rule["Arn"]})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a rule with its targets."""
        self._put_rule(resource, tags=resource.properties["Tags"])
        self._put_targets(resource, resource.properties["Targets"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change pattern, state, targets or tags."""
        if changed & {"EventPattern", "State"}:
            self._put_rule(resource)
        if "Targets" in changed:
            self._sync_targets(resource, found.properties["Targets"])
        sync_tags(self._events, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a rule after its targets."""
        bus, name = found.properties["EventBusName"], found.resource.name
        if found.properties["Targets"]:
            self._events.remove_targets(bus, name, sorted(found.properties["Targets"]))
        self._events.delete_rule(bus, name)

    def _put_rule(self, resource: Resource, tags: Mapping[str, str] | None = None) -> None:
        wanted = resource.properties
        self._events.put_rule(
            wanted["EventBusName"],
            resource.name,
            pattern=wanted["EventPattern"],
            state=wanted["State"],
            tags=tags,
        )

    def _put_targets(self, resource: Resource, targets: Mapping[str, Any]) -> None:
        entries = [{"Id": id_, **target} for id_, target in targets.items()]
        self._events.put_targets(resource.properties["EventBusName"], resource.name, entries)

    def _sync_targets(self, resource: Resource, present: Mapping[str, Any]) -> None:
        wanted = resource.properties["Targets"]
        changed = {id_: target for id_, target in wanted.items() if present.get(id_) != target}
        surplus = sorted(set(present) - set(wanted))
        if surplus:
            bus = resource.properties["EventBusName"]
            self._events.remove_targets(bus, resource.name, surplus)
        if changed:
            self._put_targets(resource, changed)


def _described_target(target: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: known(value, *_STRUCTURES[name]) if name in _STRUCTURES else value
        for name, value in known(target, *_TARGET).items()
    }
