"""A proxy between boto3 and an AWS, where calls can be delayed, refused, lost or counted.

Clients say in a header which operation a request is; `named_clients` makes them do so.
"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tracing_lab.aws import connect
from tracing_lab.config import Config

OPERATION, PROTOCOL = "X-Lab-Operation", "X-Lab-Protocol"
READING = ("Get", "List", "Describe", "Filter")


@dataclass(frozen=True)
class Request:
    """What a client asks for.

    Parameters
    ----------
    operation
        Service and operation.
    protocol
        How the service writes its answers.
    content
        What tells it from others, and is the same when it is repeated.
    """

    operation: str
    protocol: str = ""
    content: bytes = b""

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return not self.operation.partition(":")[2].startswith(READING)


@dataclass(frozen=True)
class Answer:
    """What a server says."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


Forward = Callable[[], Answer]
Reply = Callable[[Answer], None]
Policy = Callable[[Request, Forward, Reply], None]
"""What happens to a request: `forward` has the server do it, `reply` answers the client. Without
a reply the connection is dropped."""


def transparent(_request: Request, forward: Forward, reply: Reply) -> None:
    """Pass everything on."""
    reply(forward())


class Proxy:
    """Stands before an AWS.

    Parameters
    ----------
    endpoint_url
        Where the AWS is.
    policy
        What happens to requests; may be set anew at any time.
    """

    def __init__(self, endpoint_url: str, policy: Policy = transparent) -> None:
        self.policy = policy
        self.upstream = str(urlsplit(endpoint_url).netloc)
        self._busy: list[str] = []
        self._idle = threading.Condition()

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve on a port of its own and give the URL."""
        server = _Server(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def wait_until_idle(self, timeout_s: float = 30.0) -> None:
        """Wait until the server has done everything that it was asked to."""
        with self._idle:
            if not self._idle.wait_for(lambda: not self._busy, timeout_s):
                msg = f"still under way: {self._busy}"
                raise TimeoutError(msg)

    def under_way(self) -> list[str]:
        """Name the operations that are not done yet."""
        with self._idle:
            return list(self._busy)

    def handle(self, request: Request, forward: Forward, reply: Reply) -> None:
        """Apply the policy to one request."""
        with self._idle:
            self._busy.append(request.operation)
        try:
            self.policy(request, forward, reply)
        finally:
            with self._idle:
                self._busy.remove(request.operation)
                self._idle.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Clients connect with dozens of threads at once; what overflows the usual queue of 5 hangs.
    request_queue_size = 256


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.upstream = http.client.HTTPConnection(proxy.upstream)

        def finish(self) -> None:
            self.upstream.close()
            super().finish()

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client is gone, perhaps killed
                super().handle()

        def do_GET(self) -> None:
            self.close_connection = True
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            operation = self.headers.get(OPERATION, self.path)
            content = f"{operation} {self.path} ".encode() + body
            request = Request(operation, self.headers.get(PROTOCOL, ""), content)
            if len(body) == length:  # or else the client died while it sent
                proxy.handle(request, lambda: self._forward(body), self._reply)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815

        def _forward(self, body: bytes) -> Answer:
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            self.upstream.request(self.command, self.path, body, headers)
            response = self.upstream.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())

        def _reply(self, answer: Answer) -> None:
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = False

    return Handler


class NamedClients:
    """Clients that say which operation a request is, and note every one that they send.

    Parameters
    ----------
    config
        Says which AWS.
    """

    def __init__(self, config: Config) -> None:
        self._clients, self._known = connect(config), set[str]()
        self._lock = threading.Lock()
        self.operations: list[str] = []
        self.delay_s = 0.0  # added to every call

    def __call__(self, service: str) -> Any:
        client = self._clients(service)
        with self._lock:
            if service not in self._known:
                self._known.add(service)
                client.meta.events.register(
                    "before-call", lambda model, params, **_: self._note(service, model, params)
                )
                client.meta.events.register("before-send", lambda **_: time.sleep(self.delay_s))
        return client

    def _note(self, service: str, model: Any, params: dict[str, Any]) -> None:
        self.operations.append(f"{service}:{model.name}")
        params["headers"][OPERATION] = f"{service}:{model.name}"
        params["headers"][PROTOCOL] = model.service_model.resolved_protocol

    @property
    def changes(self) -> list[str]:
        """The operations that may have changed something."""
        return [one for one in self.operations if Request(one).changes]
