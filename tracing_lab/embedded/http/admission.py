"""Which requests are accepted, decided by their head alone, before a body is read.

The server is for programs of one user on this machine. Three kinds of callers are not: a page in a
browser that reaches loopback under a name of its own (DNS rebinding: a foreign Host), a page that
calls loopback's own names (an Origin, or Sec-Fetch headers), and another user of the machine.

A browser sends Origin with each request that could change something, and Sec-Fetch-Site with each
request at all; no program that is not a browser sends either. So a page of our own origin is
rejected, too: the only ones there are come from deployed APIs and stored objects, whose content is
not ours. What remains is a person who opens one of the pages that only inform.

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
"""Of a page that a person may open in a browser: it runs nothing and cannot be framed."""

_ROOT = 0


def _own_uid() -> int | None:
    return os.getuid() if hasattr(os, "getuid") else None


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Rejects requests of web pages and of other users.

    Parameters
    ----------
    is_public
        Whether a request goes where web pages may: to the stage of a deployed API, whose CORS
        settings belong to its user.
    pages
        Paths that a person may open in a browser.
    other_users
        Whether other users of this machine may call.
    own_uid
        The user that this process belongs to; None where users have no number.
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
        if peer.is_gone:  # whoever it was does not wait for the response
            return False
        return self.other_users or peer.uid in {None, self.own_uid, _ROOT}

    def _is_opened(self, head: HttpRequest) -> bool:
        """Return whether a person opens a page by itself, in no frame of another."""
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
    message = f"The embedded AWS answers to loopback names only, not to {name!r}"
    return error_response(403, "ForbiddenHost", message)


def _foreign_user(peer: Peer) -> HttpResponse:
    who = "a closed connection" if peer.is_gone else f"user {peer.uid}"
    message = (
        f"This embedded AWS belongs to another user of the machine and does not answer {who}. "
        "Its owner can open it with: tracing-lab embedded start --allow-other-users"
    )
    return error_response(403, "ForbiddenUser", message)
