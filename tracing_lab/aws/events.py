"""Amazon EventBridge: buses, rules and their targets."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tracing_lab.errors import AwsError

from .calling.caller import Json, ServiceFacade
from .tags import tag_dict, tag_list


class Events(ServiceFacade):
    """The calls to Amazon EventBridge."""

    def describe_bus(self, name: str) -> Json:
        """Read an event bus."""
        return self._call("events:DescribeEventBus", name, Name=name)

    def create_bus(self, name: str, tags: Mapping[str, str]) -> None:
        """Create an event bus."""
        self._call("events:CreateEventBus", name, Name=name, Tags=tag_list(tags))

    def delete_bus(self, name: str) -> None:
        """Delete an event bus that has no rules left."""
        self._call("events:DeleteEventBus", name, Name=name)

    def list_rules(self, bus: str) -> list[Json]:
        """List the rules of a bus."""
        return self._pages("events:ListRules", bus, "Rules", EventBusName=bus)

    def describe_rule(self, bus: str, name: str) -> Json:
        """Read a rule."""
        return self._call("events:DescribeRule", name, Name=name, EventBusName=bus)

    def put_rule(
        self,
        bus: str,
        name: str,
        *,
        pattern: Mapping[str, Any],
        state: str,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Create or update a rule; tags are used only when it is created."""
        extra = {} if tags is None else {"Tags": tag_list(tags)}
        self._call(
            "events:PutRule",
            name,
            Name=name,
            EventBusName=bus,
            EventPattern=json.dumps(pattern),
            State=state,
            **extra,
        )

    def disable_rule(self, bus: str, name: str) -> None:
        """Disable a rule, so that it matches no events."""
        self._call("events:DisableRule", name, Name=name, EventBusName=bus)

    def enable_rule(self, bus: str, name: str) -> None:
        """Make a disabled rule match events again."""
        self._call("events:EnableRule", name, Name=name, EventBusName=bus)

    def delete_rule(self, bus: str, name: str) -> None:
        """Delete a rule that has no targets left."""
        self._call("events:DeleteRule", name, Name=name, EventBusName=bus)

    def targets(self, bus: str, rule: str) -> list[Json]:
        """List a rule's targets."""
        return self._pages("events:ListTargetsByRule", rule, "Targets", Rule=rule, EventBusName=bus)

    def put_targets(self, bus: str, rule: str, targets: Sequence[Json]) -> None:
        """Add or change targets of a rule."""
        operation = "events:PutTargets"
        answer = self._call(operation, rule, Rule=rule, EventBusName=bus, Targets=list(targets))
        _raise_failed_entries(operation, rule, answer)

    def remove_targets(self, bus: str, rule: str, ids: Sequence[str]) -> None:
        """Remove targets from a rule."""
        operation = "events:RemoveTargets"
        answer = self._call(operation, rule, Rule=rule, EventBusName=bus, Ids=list(ids))
        _raise_failed_entries(operation, rule, answer)

    def tags(self, arn: str) -> dict[str, str]:
        """Read the tags of a bus or rule."""
        return tag_dict(self._call("events:ListTagsForResource", arn, ResourceARN=arn)["Tags"])

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a bus or rule."""
        self._call("events:TagResource", arn, ResourceARN=arn, Tags=tag_list(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a bus or rule."""
        self._call("events:UntagResource", arn, ResourceARN=arn, TagKeys=keys)

    def put_event(
        self,
        bus: str,
        *,
        source: str,
        detail_type: str,
        detail: Json,
        trace_header: str | None = None,
    ) -> str:
        """Put an event on a bus, in a new or a continued trace, and return the event's id."""
        entry: Json = {} if trace_header is None else {"TraceHeader": trace_header}
        entry |= {
            "EventBusName": bus,
            "Source": source,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self._call("events:PutEvents", bus, Entries=[entry])
        if answer.get("FailedEntryCount"):
            _raise_entry("events:PutEvents", bus, answer["Entries"][0])
        return str(answer["Entries"][0]["EventId"])


def _raise_failed_entries(operation: str, resource: str, answer: Json) -> None:
    """Raise the error of the first failed entry: these calls return 200 even then."""
    if answer.get("FailedEntryCount"):
        # Some entries may have succeeded, so the caller must observe what exists.
        _raise_entry(operation, resource, answer["FailedEntries"][0], outcome_unknown=True)


def _raise_entry(
    operation: str, resource: str, entry: Json, *, outcome_unknown: bool = False
) -> None:
    code, text = entry.get("ErrorCode", ""), entry.get("ErrorMessage", "")
    msg = f"{operation} on {resource}: {code}: {text}. Run plan to see what is left."
    raise AwsError(msg, operation=operation, code=code, outcome_unknown=outcome_unknown)
