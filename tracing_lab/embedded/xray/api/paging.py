"""Pages of lists that are in an order of their own."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from . import requests
from .requests import Members

Item = TypeVar("Item")


def page_of(
    items: Sequence[Item], members: Members, *, size: int, key: Callable[[Item], str]
) -> tuple[list[Item], dict[str, Any]]:
    """Give the page that a request asks for and the ``NextToken`` member, if more follow.

    What is added or deleted between two requests does not shift the pages.

    Parameters
    ----------
    items
        Everything, in rising order of `key`.
    members
        The request.
    size
        Items per page.
    key
        Gives what an item is sorted by; no two items have the same.

    Examples
    --------
    >>> first, more = page_of(["a", "b", "c"], {}, size=2, key=str)
    >>> first, page_of(["a", "b", "c"], more, size=2, key=str)
    (['a', 'b'], (['c'], {}))
    """
    after = requests.decode_token(members, check=lambda value: isinstance(value, str))
    left = [one for one in items if after is None or key(one) > after]
    page = left[:size]
    return page, {"NextToken": requests.encode_token(key(page[-1]))} if len(left) > size else {}
