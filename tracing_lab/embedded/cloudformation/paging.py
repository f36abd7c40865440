"""Pages of CloudFormation's lists."""

from collections.abc import Mapping
from typing import Any

_LISTS = {
    "DescribeChangeSet": ("Changes", 100),
    "DescribeStackEvents": ("StackEvents", 100),
    "DescribeStacks": ("Stacks", 100),
    "ListChangeSets": ("Summaries", 100),
    "ListExports": ("Exports", 100),
    "ListImports": ("Imports", 100),
    "ListStackResources": ("StackResourceSummaries", 100),
    "ListStacks": ("StackSummaries", 100),
}
"""The list of each operation, and how long its pages are."""


def page_of(
    operation: str, content: Mapping[str, Any], members: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a response with one page of its list.

    Parameters
    ----------
    operation
        For example ``ListStacks``.
    content
        The whole response.
    members
        The members of the call, of which NextToken counts.

    Examples
    --------
    >>> first = page_of("ListExports", {"Exports": list(range(101))}, {})
    >>> len(first["Exports"]), first["NextToken"]
    (100, '100')
    >>> page_of("ListExports", {"Exports": list(range(101))}, {"NextToken": "100"})
    {'Exports': [100]}
    """
    if operation not in _LISTS:
        return dict(content)
    name, size = _LISTS[operation]
    token = str(members.get("NextToken") or "0")
    start = int(token) if token.isdigit() else 0
    items = content[name]
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {**content, name: items[start : start + size], **more}
