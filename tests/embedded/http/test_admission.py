"""Who may call, by the head of a request alone."""

from dataclasses import replace

import pytest

from tracing_lab.embedded.http.admission import Admission
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.http.peers import Peer

PAGE, STAGE = "/_embedded/health", "/prod/orders"
HOST = ("Host", "127.0.0.1:4566")
CLIENT = ("127.0.0.1", 50000)
NAVIGATION = (("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))
ADMISSION = Admission(
    is_public=lambda head: head.path == STAGE, pages=frozenset({PAGE}), own_uid=1000
)


def status(*headers: tuple[str, str], method: str = "POST", path: str = "/") -> int:
    response = ADMISSION(HttpRequest(method, path, headers=headers))
    return 200 if response is None else response.status


@pytest.mark.parametrize("path", ["/", PAGE, STAGE])
@pytest.mark.parametrize(
    "hosts",
    [
        (),
        (("Host", "evil.example"),),
        (("Host", "127.0.0.1.evil.example:4566"),),
        (("host", "evil.example"), HOST),
        (HOST, HOST),
    ],
)
def test_a_foreign_host_is_rejected_on_every_path(
    hosts: tuple[tuple[str, str], ...], path: str
) -> None:
    assert status(*hosts, path=path) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT"])
@pytest.mark.parametrize(
    "header",
    [
        ("Origin", "http://evil.example"),
        ("origin", "null"),
        ("Origin", "http://localhost:8888"),
        ("Origin", "http://127.0.0.1:4566"),  # a page of a deployed API has it
        ("Origin", ""),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("sec-fetch-site", "Same-Origin"),
        ("Sec-Fetch-Site", "anything-new"),
    ],
)
def test_web_pages_reach_deployed_apis_only(method: str, header: tuple[str, str]) -> None:
    assert status(HOST, header, method=method) == 403
    assert status(HOST, header, method=method, path=PAGE) == 403
    assert status(HOST, header, method=method, path=STAGE) == 200


def test_programs_and_typed_addresses_are_accepted() -> None:
    assert status(HOST) == 200
    assert status(HOST, ("Sec-Fetch-Site", "none"), *NAVIGATION, method="GET") == 200


def test_a_person_may_open_a_page_that_only_informs() -> None:
    linked = (HOST, ("Sec-Fetch-Site", "cross-site"), *NAVIGATION)
    assert status(*linked, method="GET", path=PAGE) == 200
    assert status(*linked, method="POST", path=PAGE) == 403
    assert status(*linked, method="GET", path="/_embedded/stop") == 403
    framed = (HOST, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"))
    assert status(*framed, ("Sec-Fetch-Dest", "iframe"), method="GET", path=PAGE) == 403
    assert status(*linked, ("Origin", "null"), method="GET", path=PAGE) == 403


@pytest.mark.parametrize(
    "peer, accepted",
    [
        (Peer(CLIENT, uid=1000, inode=7), True),
        (Peer(CLIENT, uid=0, inode=7), True),
        (Peer(CLIENT, uid=1001, inode=7), False),
        (Peer(CLIENT, uid=65534, inode=7), False),
        (Peer(CLIENT, uid=None, inode=0), False),  # nobody is there any more
        (Peer(CLIENT), True),  # the system does not tell
    ],
)
@pytest.mark.parametrize("path", ["/", PAGE, STAGE])
def test_other_users_of_the_machine_are_rejected(peer: Peer, path: str, *, accepted: bool) -> None:
    head = HttpRequest("POST", path, headers=(HOST,), peer=peer)
    response = ADMISSION(head)
    assert (response is None) == accepted
    if response is not None:
        assert response.status == 403
        assert b"--allow-other-users" in response.body
    opened = replace(ADMISSION, other_users=True)(head)
    assert (opened is None) == (not peer.is_gone)
