"""Reads functions' results as HTTP responses: what REST APIs, HTTP APIs and function URLs share."""

import json
from typing import Any

from tracing_lab.embedded.http.messages import is_header_name

HOP_BY_HOP = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers about a connection, which are not passed on."""

# A 1xx response is not final: a client would continue to wait. AWS does not document how it handles
# one, so it is malformed here, like other numbers that are not final statuses.
FINAL_STATUSES = range(200, 600)


class MalformedResponseError(ValueError):
    """The function's result is not that of a Lambda proxy integration."""


def status_in(value: Any) -> int:
    """Return the HTTP status that a result's ``statusCode`` stands for; 200 for None.

    Raises
    ------
    MalformedResponseError
        It is not a final HTTP status.

    Examples
    --------
    >>> status_in("201"), status_in(None)
    (201, 200)
    """
    if value is None:
        return 200
    text = str(value)
    # int() accepts more than JSON: True, "٣" and 1_0 are not statuses
    status = int(text) if text.isascii() and text.isdigit() and len(text) == len("200") else 0
    if isinstance(value, bool) or status not in FINAL_STATUSES:
        msg = f"statusCode {value!r} is not a final HTTP status, 200 to 599"
        raise MalformedResponseError(msg)
    return status


def header_in(name: str, value: Any) -> tuple[str, str]:
    """Return a header of a result as it is sent.

    Raises
    ------
    MalformedResponseError
        It cannot be sent: its value is no text, or has a line break, for example.

    Examples
    --------
    >>> header_in("X-Count", 3)
    ('X-Count', '3')
    """
    text = text_of(value)
    unfit = isinstance(value, (dict, list)) or not text.isprintable()  # a line break, say
    if unfit or not is_header_name(name):
        msg = f"header {name!r} cannot be sent: {value!r}"
        raise MalformedResponseError(msg)
    return name, text


def text_of(value: Any) -> str:
    """Return a value of a result as text; empty for None.

    Examples
    --------
    >>> text_of("a"), text_of(True), text_of(None)
    ('a', 'true', '')
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()  # JSON allows lone surrogates
