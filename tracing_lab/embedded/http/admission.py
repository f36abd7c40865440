"""Accepts or rejects requests by their head, before the body is read.

The server is for programs of one user on this machine. Three kinds of callers are rejected: web
pages that reach loopback under a name of their own (DNS rebinding: a foreign Host), web pages that
call loopback's own names (an Origin, or Sec-Fetch headers), and other users of the machine.

A browser sends Origin with each request that could change something, and Sec-Fetch-Site with every
request; other programs send neither. Pages of the server's own origin are rejected, too: they come
from deployed APIs and stored objects, whose content is not trusted. A person may open the pages
that only inform.

Source: https://fetch.spec.whatwg.org/#origin-header and https://www.w3.org/TR/fetch-metadata/
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .hosts import host_name, is_local
from .messages import HttpRequest, HttpResponse, error_response
from .peers import Peer

PAGE_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
"""Headers of pages for browsers: no scripts, no framing."""

_ROOT = 0


def _own_uid() -> int | None:
    return os.getuid() if hasattr(os, "getuid") else None


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Rejects requests of web pages and of other users.

    Parameters
    ----------
    is_public
        Returns whether web pages may send a request: to the stage of a deployed API, whose CORS
        settings are its user's.
    pages
        Paths that a person may open in a browser.
    other_users
        Whether other users of this machine may call.
    own_uid
        The user of this process; None where users have no number.
    """

    is_public: Callable[[HttpRequest], bool] = lambda _request: False
    pages: frozenset[str] = frozenset()
    other_users: bool = False
    own_uid: int | None = field(default_factory=_own_uid)

    def __call__(self, head: HttpRequest) -> HttpResponse | None:
        """Return why a request is rejected; None when it is accepted."""
        hosts = head.by_name.get("host", ())
        if len(hosts) != 1 or not is_local(hosts[0]):
            return _foreign_host(hosts)
        if head.peer is not None and not self._is_own(head.peer):
            return _foreign_user(head.peer)
        if not _is_from_web_page(head) or self.is_public(head) or self._is_opened(head):
            return None
        message = "The embedded AWS accepts no requests of web pages, except to deployed APIs"
        return error_response(403, "ForbiddenOrigin", message)

    def _is_own(self, peer: Peer) -> bool:
        if peer.is_gone:  # nobody reads the response
            return False
        return self.other_users or peer.uid in {None, self.own_uid, _ROOT}

    def _is_opened(self, head: HttpRequest) -> bool:
        """Return whether a person opens a page, not in a frame of another page."""
        if head.method != "GET" or head.path not in self.pages or head.header("Origin") is not None:
            return False
        mode, destination = head.header("Sec-Fetch-Mode"), head.header("Sec-Fetch-Dest")
        return (mode, destination) == ("navigate", "document")


def _is_from_web_page(head: HttpRequest) -> bool:
    if head.header("Origin") is not None:
        return True
    site = head.header("Sec-Fetch-Site")
    return site is not None and site.strip().lower() != "none"  # none: typed, or a bookmark


def _foreign_host(hosts: Sequence[str]) -> HttpResponse:
    name = host_name(hosts[0]) if len(hosts) == 1 else f"{len(hosts)} Host headers"
    message = f"The embedded AWS responds to loopback names only, not to {name!r}"
    return error_response(403, "ForbiddenHost", message)


def _foreign_user(peer: Peer) -> HttpResponse:
    who = "a closed connection" if peer.is_gone else f"user {peer.uid}"
    message = (
        f"This embedded AWS belongs to another user of the machine and does not answer {who}. "
        "Its owner can open it with: tracing-lab embedded start --allow-other-users"
    )
    return error_response(403, "ForbiddenUser", message)
