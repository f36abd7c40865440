"""Pages of lists whose token is the number of the next item."""

from collections.abc import Sequence
from typing import Any

from .calls import Members, invalid_parameter


def page_of(
    name: str, items: Sequence[Any], members: Members, *, most: int, size: str = "maxResults"
) -> dict[str, Any]:
    """Return a page of a list, with the token of the next one if there are more.

    Parameters
    ----------
    name
        The member of the response that has the page.
    items
        The whole list.
    members
        The request.
    most
        Items of a page, at most.
    size
        The member of the request with their number.

    Raises
    ------
    ApiError
        If the request's token or number is invalid.

    Examples
    --------
    >>> page_of("queries", "abc", {"maxResults": 2}, most=1000)
    {'queries': 'ab', 'nextToken': '2'}
    >>> page_of("queries", "abc", {"maxResults": 2, "nextToken": "2"}, most=1000)
    {'queries': 'c'}
    """
    token, wanted = str(members.get("nextToken") or "0"), int(members.get(size) or most)
    if not token.isdecimal():
        message = "The specified nextToken is invalid."
        raise invalid_parameter(message)
    if not 1 <= wanted <= most:
        message = f"{size} must be between 1 and {most}, not {wanted}."
        raise invalid_parameter(message)
    end = int(token) + wanted
    more = {"nextToken": str(end)} if end < len(items) else {}
    return {name: items[int(token) : end], **more}
