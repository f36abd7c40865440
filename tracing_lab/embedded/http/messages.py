"""HTTP requests and answers as the parts of the embedded AWS see them, whoever read them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from .peers import Peer

REQUEST_ID: Final = "x-amzn-RequestId"


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
        As they came, in order; names may repeat.
    body
        The whole body.
    source_ip
        The peer's address.
    peer
        The other end of the connection; None for a request that came through none.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    source_ip: str = "127.0.0.1"
    peer: Peer | None = field(default=None, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """Give the first header of that name, case ignored.

        Examples
        --------
        >>> HttpRequest("GET", "/", headers=(("Host", "a"),)).header("host")
        'a'
        """
        found = self.by_name.get(name.lower())
        return found[0] if found else None

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[str]]:
        """Values of the headers by name in lower case, both in their order.

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
        """The body read as JSON, not to be changed; ValueError or RecursionError if it is none."""
        return json.loads(self.body)

    def with_body(self, body: bytes) -> "HttpRequest":
        """Return a request whose head is this one's, and what is known of that.

        Examples
        --------
        >>> HttpRequest("POST", "/a").with_body(b"b") == HttpRequest("POST", "/a", body=b"b")
        True
        >>> one = HttpRequest("POST", "/a", body=b"1")
        >>> one.json, one.with_body(b"2").json
        (1, 2)
        """
        whole = object.__new__(HttpRequest)
        whole.__dict__.update(self.__dict__, body=body)  # half the time of `dataclasses.replace`
        whole.__dict__.pop("json", None)  # of the other body
        return whole


@dataclass(frozen=True)
class HttpResponse:
    """One answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)


def json_response(
    status: int, content: Any, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Answer with JSON.

    Examples
    --------
    >>> json_response(200, {"a": 1}).body
    b'{"a": 1}'
    """
    all_headers = {"Content-Type": "application/json", **(headers or {})}
    return HttpResponse(status, tuple(all_headers.items()), json.dumps(content).encode())


def error_response(status: int, code: str, message: str) -> HttpResponse:
    """Answer with an error in the form that every AWS JSON protocol's client reads."""
    content = {"__type": code, "message": message}
    return json_response(status, content, headers={"x-amzn-ErrorType": code})


def with_request_id(response: HttpResponse) -> HttpResponse:
    """Return a response that names its request, as those of every AWS service do.

    Examples
    --------
    >>> [name for name, _ in with_request_id(HttpResponse(200)).headers]
    ['x-amzn-RequestId']
    """
    if any(name.lower() == REQUEST_ID.lower() for name, _ in response.headers):
        return response
    return replace(response, headers=(*response.headers, (REQUEST_ID, str(uuid4()))))
