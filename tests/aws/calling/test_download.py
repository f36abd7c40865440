"""Content at a URL, served by this test."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tracing_lab.aws.calling.download import download
from tracing_lab.errors import AwsError


class Handler(BaseHTTPRequestHandler):
    """Serves one signed URL."""

    def do_GET(self) -> None:
        found = self.path == "/zip?X-Amz-Signature=a%2Fb"
        self.send_response(200 if found else 403)
        self.end_headers()
        self.wfile.write(b"PK" if found else b"<Error/>")

    def log_message(self, *_: object) -> None:
        """Write nothing to stderr."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_url_is_asked_for_as_it_is_signed(url: str) -> None:
    assert download(f"{url}/zip?X-Amz-Signature=a%2Fb", "f") == b"PK"


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert download(f"{url}/zip?X-Amz-Signature=a%2Fb", "f") == b"PK"


def test_who_is_refused_is_told_for_what(url: str) -> None:
    with pytest.raises(AwsError, match="What f has cannot be downloaded: status 403"):
        download(f"{url}/zip", "f")


def test_who_cannot_connect_is_told_for_what() -> None:
    with pytest.raises(AwsError, match=r"What f has cannot be downloaded: .*127\.0\.0\.1:9"):
        download("http://127.0.0.1:9/zip", "f")
