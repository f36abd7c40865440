"""The TCP side of the X-Ray daemon: unsigned HTTP requests, answered by the X-Ray API."""

import logging
import socket
import socketserver
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

logger = logging.getLogger(__name__)

_MAX_BODY_BYTES = 8 * 1024 * 1024
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_IDLE_S = 30


class Response(Protocol):
    """What an API answers."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Any:
        """Headers by name."""

    @property
    def body(self) -> bytes:
        """The body."""


Handle = Callable[[str, bytes], Response]
"""Answer a POST request, given its path and body."""


def make_proxy(handle: Handle, host: str, port: int) -> ThreadingHTTPServer:
    """Bind an HTTP server that forwards to `handle`; the caller runs and closes it.

    Parameters
    ----------
    handle
        Answers the requests.
    host
        A loopback address.
    port
        The port to listen on.

    Raises
    ------
    OSError
        If the port is taken.
    """

    class Handler(_Handler):
        api = staticmethod(handle)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def server_bind(self) -> None:
            """Bind without the name lookup of HTTPServer, which can be slow."""
            socketserver.TCPServer.server_bind(self)
            self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # host is a str

        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
            """Log what failed; a client that does not wait for its answer is no failure."""
            level = logging.DEBUG if isinstance(sys.exception(), OSError) else logging.ERROR
            logger.log(level, "the daemon could not answer %s", client_address, exc_info=True)

    return Server((host, port), Handler)


class _Handler(BaseHTTPRequestHandler):
    api: Handle
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S

    def do_POST(self) -> None:
        """Forward a request."""
        length = self.headers.get("Content-Length", "")
        if not _is_local(self.headers.get("Host", "")):
            self.close_connection = True
            self.send_error(403, "Host must be a loopback name")
        elif not length.isdigit() or int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            self.send_error(413 if length.isdigit() else 411)
        else:
            self._answer(self.api(self.path.partition("?")[0], self.rfile.read(int(length))))

    def _answer(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Log a request instead of printing it."""
        logger.debug(format, *args)


def _is_local(host: str) -> bool:
    """Tell whether a Host header names loopback, so that no web page can reach the proxy."""
    return host.rpartition(":")[0] in _LOOPBACK_NAMES or host in _LOOPBACK_NAMES
