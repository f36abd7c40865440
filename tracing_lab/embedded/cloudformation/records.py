"""What is stored of a stack."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from .types.model import Made

STACK_TYPE = "AWS::CloudFormation::Stack"
_MAX_EVENTS = 2000


@dataclass
class ResourceRecord:
    """A resource of a stack.

    Parameters
    ----------
    type
        For example ``AWS::SQS::Queue``.
    status, reason, updated_s
        What happened to it last, why and when.
    ref
        Its physical id; empty as long as it does not exist.
    attributes
        What ``Fn::GetAtt`` gives.
    properties
        Its properties, computed, as they are now.
    depends_on
        The resources that it refers to.
    deletion_policy, replace_policy
        Whether it stays when it leaves the template, or is replaced.
    metadata
        The template's ``Metadata`` of it.
    """

    type: str
    status: str
    updated_s: float
    reason: str | None = None
    ref: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    depends_on: list[str] = field(default_factory=list)
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    metadata: Any = None

    @property
    def exists(self) -> bool:
        """Whether there is such a resource, and it is the stack's."""
        return bool(self.ref) and self.status not in {"DELETE_COMPLETE", "DELETE_SKIPPED"}

    @property
    def made(self) -> Made:
        """The resource as its type knows it."""
        return Made(self.ref, self.attributes)


@dataclass
class Stack:
    """A stack.

    Parameters
    ----------
    id, name, region
        Its ARN, name and region.
    status, reason
        Its status, and why it has it.
    created_s, updated_s, deleted_s
        When that happened; None if it has not.
    template, original
        The template that is deployed, after macros, and as it was given.
    parameters, tags, capabilities, notifications
        Of its last deployment.
    on_failure
        What happens when it cannot be made: ROLLBACK, DELETE or DO_NOTHING.
    protected
        Whether it may not be deleted.
    policy
        Its stack policy, which has no effect.
    resources, outputs, events
        What it has and what happened, oldest first.
    change_sets
        Its change sets by name.
    change_set_id
        The change set that was executed last.
    """

    id: str
    name: str
    region: str
    status: str
    created_s: float
    reason: str | None = None
    updated_s: float | None = None
    deleted_s: float | None = None
    template: str = "{}"
    original: str = ""
    description: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)
    notifications: list[str] = field(default_factory=list)
    on_failure: str = "ROLLBACK"
    protected: bool = False
    policy: str | None = None
    resources: dict[str, ResourceRecord] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    change_set_id: str | None = None

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return self.status != "DELETE_COMPLETE"

    @property
    def is_busy(self) -> bool:
        """Whether it is being deployed or deleted."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def note(self, now_s: float, logical_id: str, status: str, reason: str | None = None) -> None:
        """Add an event about a resource, whose record has the rest, or about the stack itself."""
        record = self.resources.get(logical_id)
        is_stack = logical_id == self.name and record is None
        event = {
            "StackId": self.id,
            "EventId": f"{logical_id}-{status}-{uuid4()}" if not is_stack else str(uuid4()),
            "StackName": self.name,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": self.id if record is None else record.ref,
            "ResourceType": STACK_TYPE if record is None else record.type,
            "Timestamp": now_s,
            "ResourceStatus": status,
            **({"ResourceStatusReason": reason} if reason else {}),
        }
        self.events = [*self.events[-_MAX_EVENTS:], event]
