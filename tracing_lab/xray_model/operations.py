"""What a request asked for, as far as its document says: an AWS operation, an HTTP path, a query.

AWS X-Ray Developer Guide, "Segment documents": ``aws.operation``, ``http.request``, ``sql``.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from .documents import Document

ID: Final = "{id}"
"""What stands for an id in a path."""

_VERSION: Final = re.compile(r"v\d+")


def operation_of(document: Document) -> str:
    """Return what a segment or subsegment was asked to do.

    Parameters
    ----------
    document
        A segment or subsegment.

    Returns
    -------
    operation
        The first that there is: the operation of a call to AWS (``PutItem``); method and path of an
        HTTP request, in which what has a digit is an id (``POST /orders/{id}``), but for versions
        such as ``v2``; the first word of an SQL query (``SELECT``). Otherwise nothing.

    Examples
    --------
    >>> request = {"method": "GET", "url": "https://shop.example.com/v2/orders/17?full=1"}
    >>> operation_of({"http": {"request": request}}), operation_of({"aws": {"operation": "Invoke"}})
    ('GET /v2/orders/{id}', 'Invoke')
    """
    request = _block(_block(document, "http"), "request")
    return (
        _text(_block(document, "aws"), "operation")
        or operation_of_request(_text(request, "method"), _text(request, "url"))
        or operation_of_query(_text(_block(document, "sql"), "sanitized_query"))
    )


def operation_of_request(method: str, url: str) -> str:
    """Return method and path of an HTTP request.

    Parameters
    ----------
    method, url
        What the document says; "" for nothing.

    Examples
    --------
    >>> operation_of_request("GET", "https://shop.example.com/v2/orders/17?full=1")
    'GET /v2/orders/{id}'
    """
    return " ".join(filter(None, (method, _path(url))))


def operation_of_query(query: str) -> str:
    """Return the first word of an SQL query.

    Parameters
    ----------
    query
        What the document says; "" for nothing.

    Examples
    --------
    >>> operation_of_query("select * from orders")
    'SELECT'
    """
    words = query.split(maxsplit=1)
    return words[0].upper() if words else ""


def _path(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:  # such as an IPv6 address that does not end
        return ""
    parts = path.split("/")
    return "/".join(ID if _is_id(part) else part for part in parts)


def _is_id(part: str) -> bool:
    return any(map(str.isdigit, part)) and not _VERSION.fullmatch(part)


def _block(document: Document, member: str) -> Document:
    value: Any = document.get(member)
    return value if isinstance(value, Mapping) else {}


def _text(block: Document, member: str) -> str:
    value = block.get(member)
    return value if isinstance(value, str) else ""
