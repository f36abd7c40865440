"""A small HTTP server that responds to orders as a test says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

from tracing_lab.traffic.answer import Answer

Reply = Callable[[int], tuple[int, bytes]]


class OrdersServer(ThreadingHTTPServer):
    """Notes every request and answers the n-th as told; request_queue_size as for bursts."""

    request_queue_size = 64
    daemon_threads = True

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.requests: list[tuple[str, str, Any]] = []
        self.api_keys: set[str | None] = set()
        self.decision: bool | None = None
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Responds to POST requests."""

    protocol_version = "HTTP/1.1"
    server: OrdersServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            number = len(self.server.requests)
            self.server.api_keys.add(self.headers["X-Api-Key"])
            self.server.requests.append((self.path, self.headers["X-Amzn-Trace-Id"], body))
        status, answer = self.server.reply(number)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        if self.server.decision is not None:
            trace = self.headers["X-Amzn-Trace-Id"].partition(";")[0]
            self.send_header("x-amzn-trace-id", f"{trace};Sampled={int(self.server.decision)}")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(reply: Reply) -> Iterator[OrdersServer]:
    with OrdersServer(reply) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def outputs_at(port: int, api_key: str | None = None) -> Any:
    endpoint = f"http://127.0.0.1:{port}"
    stage = f"{endpoint}/prod"
    return SimpleNamespace(api_endpoint=stage, endpoint_url=endpoint, api_key=api_key)


def created(number: int) -> tuple[int, bytes]:
    return 201, json.dumps({"orderId": f"order-{number}"}).encode()


def failure(at_s: float, *, connected: bool = False, status: int | None = None) -> Answer:
    return Answer(0, "c", "t", at_s, at_s, at_s, status, error="E: refused", connected=connected)
