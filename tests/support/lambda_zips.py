"""The handlers from their deployment zips, in processes with a bus of the test."""

import io
import json
import os
import socket
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tracing_lab.package import build_all

TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
FIRST, SECOND = "6a21bb3cd4e5f601", "7f27e935214d0d01"
CREATED = {
    "orderId": "o-1",
    "customerId": "c-1",
    "productId": "12345",
    "quantity": 2,
    "amount": 149.99,
}
ACCEPTED = {"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}


def post(body: str | None = None, *, customer: str = "c-1") -> dict[str, Any]:
    text = json.dumps(CREATED) if body is None else body
    return {"pathParameters": {"customerId": customer}, "body": text}


def event(detail_type: str, **changes: Any) -> dict[str, Any]:
    return {"source": "lab", "detail-type": detail_type, "detail": {**CREATED, **changes}}


EVENTS = {
    "order": post(),
    "payment": event("Order Created"),
    "inventory": event("Order Created"),
    "notification": event("Payment Processed"),
}

# What a Lambda runtime does, in short: the task root first on the path, modules of the runtime
# (boto3) after it, the handler imported once, the trace header renewed for each invocation. No
# time is left in any invocation, so that a simulated timeout, which outlasts it by a second, sleeps
# for no time at all; how often the time was asked for is how often faults were injected.
RUNTIME = """
import importlib, importlib.machinery, json, os, sys
task_root, site, module = sys.argv[1:]
sys.path.insert(0, task_root)
sys.path.append(site)

layer = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]

class OnlyBoto3:
    offered = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, [task_root, *layer, site])
        borrowed = spec is not None and (spec.origin or "").startswith(site)
        if path is None and borrowed and name not in self.offered:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, OnlyBoto3())
handler = importlib.import_module(module).lambda_handler

class Context:
    aws_request_id = "r-1"
    function_name = "lab"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:lab"
    timed = 0
    def get_remaining_time_in_millis(self):
        self.timed += 1
        return -1000

def borrowed():
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    return sorted({os.path.relpath(f, site).split(os.sep)[0] for f in files if f.startswith(site)})

for line in sys.stdin:
    job = json.loads(line)
    os.environ.pop("_X_AMZN_TRACE_ID", None)
    if job["header"]:
        os.environ["_X_AMZN_TRACE_ID"] = job["header"]
    context = Context()
    try:
        outcome = {"returned": handler(job["event"], context)}
    except Exception as error:
        outcome = {"raised": type(error).__name__, "reason": str(error)}
    outcome |= {"timed": context.timed, "borrowed": borrowed()}
    print("OUTCOME " + json.dumps(outcome), flush=True)
"""


class Bus(BaseHTTPRequestHandler):
    """Handles PutEvents and records the requests."""

    server: "BusServer"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        sent = json.loads(self.rfile.read(length))
        self.server.calls.append((dict(self.headers), sent))
        body = json.dumps(self.server.answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("x-amzn-RequestId", "put-1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


class BusServer(ThreadingHTTPServer):
    """Holds the received calls and the response to the next."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.calls: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.answer: dict[str, Any] = ACCEPTED


@dataclass
class Run:
    """What one invocation did."""

    outcome: dict[str, Any]
    lines: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    calls: list[tuple[dict[str, str], dict[str, Any]]]

    @property
    def returned(self) -> dict[str, Any]:
        assert "returned" in self.outcome, self.outcome
        returned: dict[str, Any] = self.outcome["returned"]
        return returned

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.returned["body"])
        return body

    @property
    def published(self) -> dict[str, Any]:
        ((_, sent),) = self.calls
        (entry,) = sent["Entries"]
        return {**entry, "Detail": json.loads(entry["Detail"])}

    def named(self, name: str) -> dict[str, Any]:
        (document,) = [document for document in self.documents if document["name"] == name]
        return document


@dataclass
class Function:
    """A warm environment of one function."""

    process: subprocess.Popen[str]
    aws: "Aws"

    def invoke(
        self, event: dict[str, Any], *, header: str = f"Root={TRACE};Parent={FIRST};Sampled=1"
    ) -> Run:
        self.aws.bus.calls.clear()
        process = self.process
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps({"event": event, "header": header}) + "\n")
        process.stdin.flush()
        lines, outcome = [], {}
        for line in process.stdout:
            if line.startswith("OUTCOME "):
                outcome = json.loads(line.removeprefix("OUTCOME "))
                break
            lines.append(json.loads(line))
        assert outcome, process.stderr.read()
        return Run(outcome, lines, list(self.aws.documents()), list(self.aws.bus.calls))


@dataclass
class Aws:
    """Runs zips, with an EventBridge and an X-Ray daemon of its own."""

    roots: dict[str, Path]
    bus: "BusServer"
    daemon: socket.socket
    stack: ExitStack
    warm: dict[str, Function] = field(default_factory=dict)

    def environ(self, service: str) -> dict[str, str]:
        ip, port = self.daemon.getsockname()
        home = str(self.roots[service])
        return {
            "LAMBDA_TASK_ROOT": home,
            "AWS_LAMBDA_FUNCTION_NAME": f"lab-{service}",
            "AWS_XRAY_DAEMON_ADDRESS": f"{ip}:{port}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.bus.server_port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.path.join(home, "none"),  # noqa: PTH118 - a variable's text
            "EVENT_BUS_NAME": "lab-bus",
            "HOME": home,
        }

    def start(self, service: str, **extra: str) -> subprocess.Popen[str]:
        site = sysconfig.get_path("purelib")
        command = [sys.executable, "-S", "-c", RUNTIME]
        command += [str(self.roots[service]), site, f"{service}_service"]
        pipe = subprocess.PIPE
        return self.stack.enter_context(
            subprocess.Popen(
                command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env={**self.environ(service), **extra},
                text=True,
            )
        )

    def function(self, service: str, **extra: str) -> Function:
        """Return an environment: one of its own for extra variables, else the warm one."""
        self.bus.answer = ACCEPTED
        if extra:
            return Function(self.start(service, **extra), self)
        if service not in self.warm:
            self.warm[service] = Function(self.start(service), self)
        return self.warm[service]

    def documents(self) -> Iterator[dict[str, Any]]:
        yield from map(json.loads, self.payloads())

    def payloads(self) -> Iterator[bytes]:
        # the invocation has ended, so all of its datagrams wait in the socket's buffer
        while True:
            try:
                header, _, payload = self.daemon.recv(65536).partition(b"\n")
            except BlockingIOError:
                return
            assert json.loads(header) == {"format": "json", "version": 1}
            yield payload


@contextmanager
def event_bus() -> Iterator["BusServer"]:
    server = BusServer(("127.0.0.1", 0), Bus)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_zips(folder: Callable[[str], Path]) -> Iterator[Aws]:
    """Run the zips of all services, each unpacked into a folder.

    Parameters
    ----------
    folder
        Makes an empty folder for a service.
    """
    roots = {}
    for service, package in build_all().items():
        roots[service] = folder(service)
        zipfile.ZipFile(io.BytesIO(package.data)).extractall(roots[service])
    with (
        event_bus() as bus,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon,
        ExitStack() as stack,
    ):
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(0)
        yield Aws(roots, bus, daemon, stack)  # leaving the stack closes each process's input
