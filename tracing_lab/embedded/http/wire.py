"""Encodes HTTP/1.1 responses and decodes parts of request heads. Pure."""

import functools
import time
from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import urlsplit

from .messages import HttpResponse

_NO_BODY = {204, 304}
_OWN_HEADERS = {"connection", "content-length", "date", "transfer-encoding"}
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_LINE_BREAKS = str.maketrans("\r\n", "  ")


def response_bytes(response: HttpResponse, *, keep_alive: bool, head: bool = False) -> bytes:
    r"""Return a response as HTTP/1.1.

    Line breaks in header values become spaces, so that no function can inject a second response.

    Parameters
    ----------
    response
        The response; its own Connection, Content-Length, Date and Transfer-Encoding are ignored.
    keep_alive
        Whether more requests may follow.
    head
        Whether the request is HEAD, whose response has no body.

    Examples
    --------
    >>> response_bytes(HttpResponse(200, (("X-A", "1"),), b"hi"), keep_alive=True)[:24]
    b'HTTP/1.1 200 OK\r\nX-A: 1\r'
    """
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in _fields(response)]
    bodiless = response.status in _NO_BODY
    if not bodiless:
        lines.append(f"Content-Length: {len(response.body)}")
    lines.append(f"Date: {_date(int(time.time()))}")
    if not keep_alive:
        lines.append("Connection: close")
    start = "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n"
    return start if bodiless or head else start + response.body


def _fields(response: HttpResponse) -> Sequence[tuple[str, str]]:
    """Return the headers to send, each on one line."""
    found = [field for field in response.headers if field[0].lower() not in _OWN_HEADERS]
    if "".join(map("".join, found)).isprintable():  # nearly always, and checked at once
        return found
    return [(name.translate(_LINE_BREAKS), value.translate(_LINE_BREAKS)) for name, value in found]


@functools.lru_cache(maxsize=2)
def _date(now_s: int) -> str:
    return formatdate(now_s, usegmt=True)


def decoded(data: bytes) -> str:
    """Return a part of a head as text: UTF-8, as Lambda's clients send it, else Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decoded_headers(headers: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    r"""Return names and values as text, each decoded as by `decoded`.

    Examples
    --------
    >>> decoded_headers([(b"a", "é".encode()), (b"b", b"\xe9")])
    (('a', 'é'), ('b', 'é'))
    """
    try:
        return tuple([(name.decode(), value.decode()) for name, value in headers])
    except UnicodeDecodeError:
        return tuple((decoded(name), decoded(value)) for name, value in headers)


def origin_form(target: str) -> str:
    """Return path and query of a target that is a whole URL, as clients of a proxy send it.

    >>> origin_form("http://127.0.0.1:4566/a?b=1")
    '/a?b=1'
    """
    try:
        parts = urlsplit(target)
    except ValueError:
        return target
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
