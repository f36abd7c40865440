"""Changes the tags of resources, by the calls that their service has for it."""

from collections.abc import Mapping
from typing import Any

from .model import Context, Members, Properties
from .shaping import tag_map


async def change_tags(
    context: Context,
    service: str,
    old: Properties,
    new: Properties,
    *,
    to_set: str = "TagResource",
    to_remove: str = "UntagResource",
    **where: Any,
) -> None:
    """Set and remove tags where the property ``Tags`` has changed.

    Parameters
    ----------
    context
        The resource.
    service
        Its service.
    old, new
        Its properties before and after.
    to_set, to_remove
        The service's operations.
    where
        The members with which they name a resource.
    """
    changed, removed = tag_changes(old, new)
    if changed:
        await context.apply(service, to_set, {"Tags": tag_list(changed)}, **where)
    if removed:
        await context.apply(service, to_remove, {"TagKeys": removed}, **where)


def gateway_arn(context: Context, path: str) -> str:
    """Return the ARN of an API or of a part of it.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
    """
    return f"arn:aws:apigateway:{context.region}::{path}"


def tag_changes(old: Properties, new: Properties) -> tuple[dict[str, str], list[str]]:
    """Return the tags to set and the keys of those to remove.

    Examples
    --------
    >>> old = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}
    >>> tag_changes(old, {"Tags": [{"Key": "a", "Value": "3"}]})
    ({'a': '3'}, ['b'])
    """
    before, after = tag_map(old), tag_map(new)
    to_set = {key: value for key, value in after.items() if before.get(key) != value}
    return to_set, sorted(before.keys() - after.keys())


def tag_list(tags: Mapping[str, str]) -> list[Members]:
    """Return tags as a list of objects.

    Examples
    --------
    >>> tag_list({"a": "1"})
    [{'Key': 'a', 'Value': '1'}]
    """
    return [{"Key": key, "Value": value} for key, value in tags.items()]
