"""Patch operations of API Gateway's updates, from what changed in a template.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from collections.abc import Collection, Sequence
from typing import Any

from .model import Context, Members, Properties, changed
from .shaping import text


def patches_of(
    old: Properties, new: Properties, *, prefix: str = "", but: Collection[str] = ()
) -> list[Members]:
    """Return the operations that change each property to its new value.

    Parameters
    ----------
    old, new
        Properties before and after.
    prefix
        The path that the properties are below.
    but
        Properties that are changed otherwise.

    Examples
    --------
    >>> patches_of({"Name": "a", "Description": "d"}, {"Name": "b"})
    [{'op': 'replace', 'path': '/description', 'value': ''}, {'op': 'replace', 'path': '/name', 'value': 'b'}]
    """  # noqa: E501 - both operations
    return [
        {"op": "replace", "path": f"{prefix}/{lowered(name)}", "value": text(new.get(name, ""))}
        for name in sorted(changed(old, new) - set(but))
    ]


def lowered(name: str) -> str:
    """Return a property's name as API Gateway's calls write it.

    Examples
    --------
    >>> lowered("DataTraceEnabled")
    'dataTraceEnabled'
    """
    return name[:1].lower() + name[1:]


async def patch(
    context: Context, operation: str, operations: Sequence[Members], **where: Any
) -> None:
    """Call an update of API Gateway's, if there is anything to change."""
    if operations:
        await context.call("apigateway", operation, patchOperations=list(operations), **where)
