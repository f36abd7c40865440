"""Pages of sorted lists."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from . import requests
from .requests import Members

Item = TypeVar("Item")


def page_of(
    items: Sequence[Item], members: Members, *, size: int, key: Callable[[Item], str]
) -> tuple[list[Item], dict[str, Any]]:
    """Return the requested page, and the ``NextToken`` member if more follow.

    Pages do not shift if items are added or deleted between two requests.

    Parameters
    ----------
    items
        All items, ascending by `key`.
    members
        The request.
    size
        Items per page.
    key
        Returns the unique sort key of an item.

    Examples
    --------
    >>> first, more = page_of(["a", "b", "c"], {}, size=2, key=str)
    >>> first, page_of(["a", "b", "c"], more, size=2, key=str)
    (['a', 'b'], (['c'], {}))
    """
    after = requests.decode_token(members, check=lambda value: isinstance(value, str))
    left = [item for item in items if after is None or key(item) > after]
    page = left[:size]
    return page, {"NextToken": requests.encode_token(key(page[-1]))} if len(left) > size else {}
