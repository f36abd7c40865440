"""What all providers have in common: the protocol, ownership and tags."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from tracing_lab.config import OWNERSHIP_TAG
from tracing_lab.stack import Observed, Resource

WEB_ACL_TAG = "tracing-lab:web-acl"
"""Marks a stage that got a web ACL from us; whoever made the association takes care of it."""
SUBSCRIBER_TAG = "tracing-lab:subscriber"
"""Marks a topic that got a subscriber from us, in the same way."""
_OF_OTHERS = ("aws:", WEB_ACL_TAG, SUBSCRIBER_TAG)


class Provider(Protocol):
    """Reads, makes, changes and deletes resources of one type.

    References in a resource's properties are resolved before it gets here.
    """

    def observe(self, resource: Resource) -> Observed | None:
        """Read a resource; None if it does not exist."""

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make a resource and give its outputs."""

    def update(self, resource: Resource, observed: Observed, changed: frozenset[str]) -> None:
        """Change the properties of these names."""

    def delete(self, observed: Observed) -> None:
        """Delete a resource; raises NotFoundError if it is gone already."""


@runtime_checkable
class ManyProvider(Protocol):
    """Reads several resources of its type with one call."""

    def observe_many(self, resources: Sequence[Resource]) -> list[Observed | None]:
        """Read resources; None for each that does not exist."""


def observed(
    resource: Resource,
    properties: Mapping[str, Any],
    tags: Mapping[str, str],
    *,
    outputs: Mapping[str, str] | None = None,
) -> Observed:
    """Describe what was found of a resource that carries tags.

    Parameters
    ----------
    resource
        What was looked for.
    properties
        What was found, without tags.
    tags
        The tags found. AWS's own, which nobody can change, are left out.
    outputs
        Ids made at creation.

    Returns
    -------
    Observed
        Properties with tags, and whether the resource is ours.
    """
    own = {key: value for key, value in tags.items() if not key.startswith(_OF_OTHERS)}
    wanted = resource.properties["Tags"][OWNERSHIP_TAG]
    return Observed(
        resource=resource,
        properties={**properties, "Tags": own},
        outputs=outputs or {},
        owned=tags.get(OWNERSHIP_TAG) == wanted,
    )


def sync_tags(
    resource: Resource,
    found: Observed,
    *,
    tag: Callable[[dict[str, str]], None],
    untag: Callable[[list[str]], None],
) -> None:
    """Make the tags as wanted with at most two calls.

    Parameters
    ----------
    resource
        Has the wanted tags.
    found
        Has the present tags.
    tag
        Adds or changes tags.
    untag
        Removes tags by name.
    """
    wanted, present = resource.properties["Tags"], found.properties["Tags"]
    added = {key: value for key, value in wanted.items() if present.get(key) != value}
    removed = sorted(set(present) - set(wanted))
    if added:
        tag(added)
    if removed:
        untag(removed)
