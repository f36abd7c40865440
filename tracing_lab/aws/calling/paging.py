"""How a page's response says what to ask for to get the next one."""

from typing import Any

TOKENS = {
    "Marker": "Marker",
    "NextMarker": "Marker",
    "NextToken": "NextToken",
    "PaginationToken": "PaginationToken",
    "nextToken": "nextToken",
    "position": "position",
}
"""Members of responses, and the parameters of the next request that they are for."""


def next_page(page: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that ask for the page after one; none if it is the last.

    Examples
    --------
    >>> next_page({"Functions": ["f"], "NextMarker": "g"})
    {'Marker': 'g'}
    >>> next_page({"Functions": ["g"], "NextMarker": None})
    {}
    """
    return next(({TOKENS[name]: page[name]} for name in TOKENS if page.get(name)), {})
