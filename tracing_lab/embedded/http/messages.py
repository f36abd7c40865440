"""HTTP requests and responses of all parts of the embedded AWS."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from .peers import Peer

REQUEST_ID: Final = "x-amzn-RequestId"

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class HttpRequest:
    """One request, its body read.

    Parameters
    ----------
    method
        In capitals.
    path
        Still percent-encoded, without the query.
    query
        The raw query string, without ``?``.
    headers
        In the order received; names may repeat.
    body
        The whole body.
    source_ip
        The peer's address.
    peer
        The other end of the connection; None for a request without one.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    source_ip: str = "127.0.0.1"
    peer: Peer | None = field(default=None, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """Return the last value of a header, case ignored, as the events of API Gateway do.

        Examples
        --------
        >>> HttpRequest("GET", "/", headers=(("Via", "a"), ("VIA", "b"))).header("via")
        'b'
        """
        values = self.by_name.get(name.lower())
        return values[-1] if values else None

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[str]]:
        """The values of the headers by name in lower case, both in their order.

        Examples
        --------
        >>> HttpRequest("GET", "/", headers=(("Via", "a"), ("VIA", "b"))).by_name
        {'via': ['a', 'b']}
        """
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name.lower(), []).append(value)
        return found

    @cached_property
    def json(self) -> Any:
        """The body parsed as JSON, not to be changed; ValueError or RecursionError if invalid."""
        return json.loads(self.body)

    def with_body(self, body: bytes) -> "HttpRequest":
        """Return a request with this head, including cached properties of it, and another body.

        Examples
        --------
        >>> HttpRequest("POST", "/a").with_body(b"b") == HttpRequest("POST", "/a", body=b"b")
        True
        >>> first = HttpRequest("POST", "/a", body=b"1")
        >>> first.json, first.with_body(b"2").json
        (1, 2)
        """
        whole = object.__new__(HttpRequest)
        whole.__dict__.update(self.__dict__, body=body)  # half the time of `dataclasses.replace`
        whole.__dict__.pop("json", None)  # of the other body
        return whole


@dataclass(frozen=True)
class HttpResponse:
    """One response."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)


def json_response(
    status: int, content: Any, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return a response with a JSON body.

    Examples
    --------
    >>> json_response(200, {"a": 1}).body
    b'{"a": 1}'
    """
    all_headers = {"Content-Type": "application/json", **(headers or {})}
    return HttpResponse(status, tuple(all_headers.items()), json.dumps(content).encode())


def error_response(status: int, code: str, message: str, **members: Any) -> HttpResponse:
    """Return an error in the form that all of AWS's JSON protocols share."""
    content = {"__type": code, "message": message, **members}
    return json_response(status, content, headers={"x-amzn-ErrorType": code})


def with_request_id(response: HttpResponse) -> HttpResponse:
    """Return a response with a request id, as those of every AWS service have.

    Examples
    --------
    >>> [name for name, _ in with_request_id(HttpResponse(200)).headers]
    ['x-amzn-RequestId']
    """
    if any(name.lower() == REQUEST_ID.lower() for name, _ in response.headers):
        return response
    return replace(response, headers=(*response.headers, (REQUEST_ID, str(uuid4()))))


def is_header_name(name: str) -> bool:
    """Return whether a text can be the name of a header.

    Examples
    --------
    >>> is_header_name("X-Kind"), is_header_name("X Kind")
    (True, False)
    """
    return _HEADER_NAME.fullmatch(name) is not None


def sendable(value: str) -> str:
    r"""Return a header's value with spaces in place of control characters.

    Examples
    --------
    >>> sendable("a\r\nb")
    'a  b'
    """
    return _CONTROL_CHARACTERS.sub(" ", value)
