"""The data of planning: resources, what was observed, changes, steps and plans."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from . import rendering

_PATH_SEPARATOR = re.compile(r"[.\[]")


@dataclass(frozen=True)
class Resource:
    """A wanted resource.

    Parameters
    ----------
    type
        CloudFormation's name of its type.
    logical
        Its name within the stack, for example ``order-function``.
    name
        Its physical name.
    properties
        Its settings in CloudFormation's vocabulary, nested dicts and lists. A `Text` knows what in
        it refers to other resources, also to outputs that are known only after creation.
    depends_on
        Logical names of the resources that must exist before it.
    create_only
        Properties that cannot be updated: a difference means a replacement.
    part_of
        Logical name of the resource whose deletion deletes this one.
    create_before_destroy
        A replacement is created first; the provider of a dependent resource deletes the old one.
    bound_to
        Logical name of the resource whose new creation means a replacement of this one: AWS bound
        this one to the unique id of the old one, and the name does not show it.
    """

    type: str
    logical: str
    name: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    create_only: frozenset[str] = frozenset()
    part_of: str | None = None
    create_before_destroy: bool = False
    bound_to: str | None = None


@dataclass(frozen=True)
class Observed:
    """An existing resource.

    Parameters
    ----------
    resource
        The resource that was observed.
    properties
        Its settings, in the same form as the wanted ones.
    outputs
        Ids that AWS assigned at creation.
    owned
        Whether it carries the stack's ownership tag.
    """

    resource: Resource
    properties: Mapping[str, Any]
    outputs: Mapping[str, str] = field(default_factory=dict)
    owned: bool = True


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"

    @property
    def symbol(self) -> str:
        """The mark in a plan's table."""
        return {"create": "+", "update": "~", "replace": "-/+", "delete": "-"}[self.value]


@dataclass(frozen=True)
class Change:
    """One attribute that differs.

    Parameters
    ----------
    path
        The attribute's path, for example ``Environment.Variables.LOG_LEVEL``.
    old
        The observed value; None if there is none.
    new
        The wanted value; None if there is none.
    """

    path: str
    old: Any
    new: Any

    @property
    def property(self) -> str:
        """The property that contains it.

        Examples
        --------
        >>> Change("Policies.own.Statement[0].Action", "a", "b").property
        'Policies'
        """
        return _PATH_SEPARATOR.split(self.path, maxsplit=1)[0]


@dataclass(frozen=True)
class Step:
    """One action on one resource.

    Parameters
    ----------
    action
        What to do.
    resource
        The resource to act on.
    changes
        The attributes that differ.
    after
        Logical names of the resources whose steps must be completed first.
    observed
        What exists now; None for a creation.
    """

    action: Action
    resource: Resource
    changes: tuple[Change, ...] = ()
    after: tuple[str, ...] = ()
    observed: Observed | None = None

    @property
    def changed(self) -> frozenset[str]:
        """The properties that differ."""
        return frozenset(change.property for change in self.changes)

    @property
    def reason(self) -> str:
        """Why the resource has to be replaced; empty if it need not be."""
        if self.action is not Action.REPLACE:
            return ""
        if self.only_renews:
            return f"{self.resource.bound_to} is created anew, and AWS's grant was for the old one"
        fixed = sorted(self.changed & self.resource.create_only)
        return f"{', '.join(fixed)} cannot be changed in place"

    @property
    def only_renews(self) -> bool:
        """Whether it replaces a resource only because the one that it is bound to is new."""
        replaced = self.action is Action.REPLACE and self.resource.bound_to is not None
        return replaced and not self.changed & self.resource.create_only

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON-serializable data; a replacement has a reason."""
        reason = {"reason": self.reason} if self.reason else {}
        return {
            "action": self.action.value,
            "type": self.resource.type,
            "logical": self.resource.logical,
            "name": self.resource.name,
            "changes": [{"path": c.path, "old": c.old, "new": c.new} for c in self.changes],
            "after": list(self.after),
            **reason,
        }


@dataclass(frozen=True)
class Plan:
    """The steps that turn the existing resources into the wanted ones.

    Parameters
    ----------
    stack
        Name of the stack.
    steps
        The steps; `Step.after` has the dependencies of each. Empty if nothing differs.
    known
        Outputs of existing resources, by logical name.
    foreign
        Resources with the stack's names but without its tag, which are left alone.
    """

    stack: str
    steps: tuple[Step, ...] = ()
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    foreign: tuple[Resource, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def count(self, action: Action) -> int:
        """Return the number of steps of one kind."""
        return sum(step.action is action for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON-serializable data.

        Returns
        -------
        dict[str, Any]
            Stack, counts by action, steps and foreign resources.
        """
        return {
            "stack": self.stack,
            "summary": {action.value: self.count(action) for action in Action},
            "steps": [step.to_json() for step in self.steps],
            "foreign": [{"type": r.type, "name": r.name} for r in self.foreign],
        }

    def details(self) -> str:
        """Return the plan as text with every attribute of every resource.

        Returns
        -------
        str
            A paragraph per step, as Terraform writes it.
        """
        return rendering.plan_details(self.to_json())

    def __str__(self) -> str:
        return rendering.plan_text(self.to_json())

    def _repr_html_(self) -> str:
        return rendering.plan_html(self.to_json())
