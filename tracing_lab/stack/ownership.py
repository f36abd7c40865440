"""Distinguish the stack's own resources from others of the same name."""

from collections.abc import Collection

from .differing import differences
from .model import Observed, Resource
from .references import Outputs, resolve


def is_ours(
    resource: Resource, found: Observed, *, ours: Collection[str], known: Collection[str]
) -> bool:
    """Return whether an observed resource belongs to the stack.

    Parameters
    ----------
    resource
        What was looked for.
    found
        What was found.
    ours
        Logical names of the resources already known to belong to the stack.
    known
        Logical names of all existing resources.

    Returns
    -------
    bool
        Whether it carries the stack's tag; a part belongs to the owner of its whole.
    """
    return resource.part_of in ours if resource.part_of in known else found.owned


def lacks_only_tags(resource: Resource, found: Observed, outputs: Outputs) -> bool:
    """Return whether a resource differs from the wanted one only by missing tags.

    Someone else's resource of the same name would have tags or settings of its own.

    Parameters
    ----------
    resource
        What is wanted.
    found
        What was found without the stack's tag.
    outputs
        Outputs by logical name, for references.

    Returns
    -------
    bool
        Whether only tags are missing, and none are there that are not wanted.
    """
    changes = differences(found.properties, resolve(resource.properties, outputs))
    return all(change.property == "Tags" and change.old is None for change in changes)
