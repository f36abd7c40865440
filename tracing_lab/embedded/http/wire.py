"""HTTP/1.1 as bytes: responses are written, pieces of heads are decoded. Pure."""

import functools
import time
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import urlsplit

from .messages import HttpResponse

_NO_BODY = {204, 304}
_OWN_HEADERS = {"connection", "content-length", "date", "transfer-encoding"}
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_LINE_BREAKS = str.maketrans("\r\n", "  ")


def response_bytes(response: HttpResponse, *, keep_alive: bool, head: bool = False) -> bytes:
    r"""Write an answer as HTTP/1.1.

    Line breaks in header values become spaces, so that no function can forge a second answer.

    Parameters
    ----------
    response
        The answer; its own Connection, Content-Length, Date and Transfer-Encoding do not count.
    keep_alive
        Whether more requests may follow.
    head
        Whether it answers HEAD, which gets no body.

    Examples
    --------
    >>> response_bytes(HttpResponse(200, (("X-A", "1"),), b"hi"), keep_alive=True)[:24]
    b'HTTP/1.1 200 OK\r\nX-A: 1\r'
    """
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    for name, value in response.headers:
        if name.lower() not in _OWN_HEADERS:
            lines.append(f"{_one_line(name)}: {_one_line(value)}")
    bodiless = response.status in _NO_BODY
    if not bodiless:
        lines.append(f"Content-Length: {len(response.body)}")
    lines.append(f"Date: {_date(int(time.time()))}")
    if not keep_alive:
        lines.append("Connection: close")
    start = "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n"
    return start if bodiless or head else start + response.body


def _one_line(text: str) -> str:
    return text if text.isprintable() else text.translate(_LINE_BREAKS)


@functools.lru_cache(maxsize=2)
def _date(now_s: int) -> str:
    return formatdate(now_s, usegmt=True)


def decoded(data: bytes) -> str:
    """Return a piece of a head as text: UTF-8, as Lambda's clients send it, else Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


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
