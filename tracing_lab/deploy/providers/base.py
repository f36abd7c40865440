"""The protocol of all providers, and how they handle ownership and tags."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from tracing_lab.config import OWNERSHIP_TAG
from tracing_lab.stack import Observed, Resource

WEB_ACL_TAG = "tracing-lab:web-acl"
"""Marks a stage whose web ACL the stack has associated; its provider maintains the tag."""
SUBSCRIBER_TAG = "tracing-lab:subscriber"
"""Marks a topic that got a subscriber from us, in the same way."""
_OF_OTHERS = ("aws:", WEB_ACL_TAG, SUBSCRIBER_TAG)


class Provider(Protocol):
    """Observes, creates, updates and deletes resources of one type.

    References in a resource's properties are already resolved.
    """

    def observe(self, resource: Resource) -> Observed | None:
        """Return a resource as it exists; None if it does not."""

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a resource and return its outputs."""

    def update(self, resource: Resource, observed: Observed, changed: frozenset[str]) -> None:
        """Update the properties that have changed."""

    def delete(self, observed: Observed) -> None:
        """Delete a resource; raise NotFoundError if it no longer exists."""


@runtime_checkable
class ManyProvider(Protocol):
    """Reads several resources of its type with one call."""

    def observe_many(self, resources: Sequence[Resource]) -> list[Observed | None]:
        """Return resources as they exist; None for each that does not."""


class Tagger(Protocol):
    """A facade of a service whose resources carry tags."""

    def tag(self, arn: str, tags: Mapping[str, str], /) -> None:
        """Add or change tags of a resource."""

    def untag(self, arn: str, keys: list[str], /) -> None:
        """Remove tags from a resource."""


def observed(
    resource: Resource,
    properties: Mapping[str, Any],
    tags: Mapping[str, str],
    *,
    outputs: Mapping[str, str] | None = None,
) -> Observed:
    """Return the observation of a resource that carries tags.

    Parameters
    ----------
    resource
        The resource that was observed.
    properties
        Its actual properties, without tags.
    tags
        Its actual tags. AWS's own, which cannot be changed, are left out.
    outputs
        Ids assigned at creation.

    Returns
    -------
    Observed
        Properties with tags, and whether the stack owns the resource.
    """
    own = {key: value for key, value in tags.items() if not key.startswith(_OF_OTHERS)}
    wanted = resource.properties["Tags"][OWNERSHIP_TAG]
    return Observed(
        resource=resource,
        properties={**properties, "Tags": own},
        outputs=outputs or {},
        owned=tags.get(OWNERSHIP_TAG) == wanted,
    )


def known(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the members of a structure that are compared; one that AWS adds is no difference.

    Examples
    --------
    >>> known({"Size": 512, "NewMember": "DEFAULT"}, "Size")
    {'Size': 512}
    """
    return {name: found[name] for name in names if name in found}


def sync_tags(
    facade: Tagger, of: str, resource: Resource, found: Observed, changed: frozenset[str]
) -> None:
    """Update the tags with at most two calls, if they are among what has changed.

    Parameters
    ----------
    facade
        The AWS clients.
    of
        What identifies the resource to the facade: mostly its ARN.
    resource
        Has the wanted tags.
    found
        Has the present tags.
    changed
        The properties that differ.
    """
    if "Tags" not in changed:
        return
    wanted, present = resource.properties["Tags"], found.properties["Tags"]
    added = {key: value for key, value in wanted.items() if present.get(key) != value}
    removed = sorted(set(present) - set(wanted))
    if added:
        facade.tag(of, added)
    if removed:
        facade.untag(of, removed)
