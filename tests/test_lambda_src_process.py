"""The deployment zips in processes of their own, with the unmodified SDK sending over UDP."""

import io
import json
import socket
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

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

# What a Lambda runtime does, in short: the task root first on the path, modules of the runtime
# (boto3) after it, the handler imported once, the trace header renewed for each invocation.
RUNTIME = """
import importlib, importlib.machinery, json, os, sys
task_root, site, module = sys.argv[1:]
sys.path.insert(0, task_root)
sys.path.append(site)

class OnlyBoto3:
    offered = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
    def find_spec(self, name, path=None, target=None):
        found = importlib.machinery.PathFinder.find_spec(name, [task_root, site])
        borrowed = found is not None and (found.origin or "").startswith(site)
        if path is None and borrowed and name not in self.offered:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, OnlyBoto3())
handler = importlib.import_module(module).lambda_handler

class Context:
    aws_request_id = "r-1"
    def get_remaining_time_in_millis(self):
        return 3000

for line in sys.stdin:
    job = json.loads(line)
    os.environ["_X_AMZN_TRACE_ID"] = job["header"]
    try:
        outcome = handler(job["event"], Context())
    except Exception as error:
        outcome = {"raised": type(error).__name__}
    print("OUTCOME " + json.dumps(outcome), flush=True)

files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
print("BORROWED " + json.dumps(sorted(
    {os.path.relpath(f, site).split(os.sep)[0] for f in files if f.startswith(site)}
)))
"""


class Bus(BaseHTTPRequestHandler):
    """Answers PutEvents and remembers what it was sent."""

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
        """Say nothing."""


@dataclass
class Run:
    """What a process did."""

    outcomes: list[dict[str, Any]]
    borrowed: list[str]
    lines: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    calls: list[tuple[dict[str, str], dict[str, Any]]]
    stderr: str

    def named(self, name: str) -> dict[str, Any]:
        (found,) = [document for document in self.documents if document["name"] == name]
        return found


@dataclass
class Lambda:
    """Runs zips, with an EventBridge and an X-Ray daemon of its own."""

    roots: dict[str, Path]
    server: ThreadingHTTPServer
    daemon: socket.socket
    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    def environ(self, service: str) -> dict[str, str]:
        ip, port = self.daemon.getsockname()
        return {
            "LAMBDA_TASK_ROOT": str(self.roots[service]),
            "AWS_LAMBDA_FUNCTION_NAME": f"lab-{service}",
            "AWS_XRAY_DAEMON_ADDRESS": f"{ip}:{port}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": str(self.home / "none"),
            "EVENT_BUS_NAME": "lab-bus",
            "HOME": str(self.home),
            **self.extra,
        }

    def run(self, service: str, *jobs: dict[str, Any]) -> Run:
        site = sysconfig.get_path("purelib")
        command = [sys.executable, "-S", "-E", "-c", RUNTIME]
        command += [str(self.roots[service]), site, f"{service}_service"]
        done = subprocess.run(
            command,
            input="".join(json.dumps(job) + "\n" for job in jobs),
            env=self.environ(service),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        lines = done.stdout.splitlines()
        marks = [line.partition(" ")[::2] for line in lines if not line.startswith("{")]
        return Run(
            outcomes=[json.loads(rest) for mark, rest in marks if mark == "OUTCOME"],
            borrowed=[
                name for mark, rest in marks if mark == "BORROWED" for name in json.loads(rest)
            ],
            lines=[json.loads(line) for line in lines if line.startswith("{")],
            documents=list(self.received()),
            calls=self.server.calls,
            stderr=done.stderr,
        )

    def received(self) -> Iterator[dict[str, Any]]:
        # the process has ended, so all of its datagrams wait in the socket's buffer
        while True:
            try:
                header, _, document = self.daemon.recv(65536).partition(b"\n")
            except BlockingIOError:
                return
            assert json.loads(header) == {"format": "json", "version": 1}
            yield json.loads(document)


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {}
    for service, package in build_all().items():
        found[service] = tmp_path_factory.mktemp(service)
        zipfile.ZipFile(io.BytesIO(package.data)).extractall(found[service])
    return found


@pytest.fixture
def aws_lambda(roots: dict[str, Path], tmp_path: Path) -> Iterator[Lambda]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bus)
    server.calls, server.answer = [], {"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(0)
        yield Lambda(roots, server, daemon, tmp_path)
    server.shutdown()
    thread.join()
    server.server_close()


def job(event: dict[str, Any], *, parent: str = FIRST, sampled: int = 1) -> dict[str, Any]:
    return {"event": event, "header": f"Root={TRACE};Parent={parent};Sampled={sampled}"}


def post() -> dict[str, Any]:
    return {"pathParameters": {"customerId": "c-1"}, "body": json.dumps(CREATED)}


def event(detail_type: str) -> dict[str, Any]:
    return {"source": "lab", "detail-type": detail_type, "detail": CREATED}


def test_an_order_is_answered_and_published(aws_lambda: Lambda) -> None:
    run = aws_lambda.run("order", job(post()))
    assert [outcome["statusCode"] for outcome in run.outcomes] == [201]
    ((headers, sent),) = run.calls
    assert headers["X-Amz-Target"] == "AWSEvents.PutEvents"
    assert json.loads(sent["Entries"][0]["Detail"]) == CREATED


def test_the_call_to_eventbridge_hangs_below_the_service_below_the_invocation(
    aws_lambda: Lambda,
) -> None:
    run = aws_lambda.run("order", job(post()))
    assert [document["name"] for document in run.documents] == ["events", "process_order"]
    call, step = run.documents
    assert (step["parent_id"], call["parent_id"]) == (FIRST, step["id"])
    assert (call["namespace"], call["aws"]["operation"]) == ("aws", "PutEvents")
    assert call["http"]["response"]["status"] == 200
    assert step["annotations"]["order_id"] == "o-1"
    for document in run.documents:
        assert (document["trace_id"], document["type"]) == (TRACE, "subsegment")
        assert document["start_time"] <= document["end_time"]


def test_the_trace_header_goes_to_eventbridge(aws_lambda: Lambda) -> None:
    run = aws_lambda.run("order", job(post()))
    ((headers, _),) = run.calls
    parent = run.named("events")["id"]
    assert headers["X-Amzn-Trace-Id"] == f"Root={TRACE};Parent={parent};Sampled=1"


@pytest.mark.parametrize(
    "service, steps",
    [
        ("payment", ["payment_processor", "events", "charge_payment"]),
        ("inventory", ["reserve_stock", "events", "reserve_inventory"]),
    ],
)
def test_services_answer_an_event_with_an_event(
    service: str, steps: list[str], aws_lambda: Lambda
) -> None:
    run = aws_lambda.run(service, job(event("Order Created")))
    assert [document["name"] for document in run.documents] == steps
    *inner, main = run.documents
    assert {document["parent_id"] for document in inner} == {main["id"]}
    ((_, sent),) = run.calls
    assert json.loads(sent["Entries"][0]["Detail"]) == run.outcomes[0]


def test_a_warm_environment_keeps_two_invocations_of_one_trace_apart(aws_lambda: Lambda) -> None:
    first = job(event("Payment Processed"), parent=FIRST)
    second = job(event("Inventory Updated"), parent=SECOND)
    run = aws_lambda.run("notification", first, second)
    mains = [one for one in run.documents if one["name"] == "send_notifications"]
    assert [main["parent_id"] for main in mains] == [FIRST, SECOND]
    for main in mains:
        inner = [one["name"] for one in run.documents if one["parent_id"] == main["id"]]
        assert inner == ["send_email", "send_sms", "send_push"]


def test_what_is_not_sampled_is_not_sent_but_told_to_eventbridge(aws_lambda: Lambda) -> None:
    run = aws_lambda.run("order", job(post(), sampled=0))
    assert run.documents == []
    assert run.calls[0][0]["X-Amzn-Trace-Id"].endswith(";Sampled=0")


def test_the_services_work_with_the_sdk_switched_off(aws_lambda: Lambda) -> None:
    aws_lambda.extra = {"AWS_XRAY_SDK_ENABLED": "false"}
    run = aws_lambda.run("order", job(post()))
    assert run.documents == []
    assert json.loads(run.outcomes[0]["body"])["traceId"] == TRACE


def test_a_refused_event_fails_the_function_and_leaves_its_cause(aws_lambda: Lambda) -> None:
    aws_lambda.server.answer = {
        "FailedEntryCount": 1,
        "Entries": [{"ErrorCode": "InternalFailure"}],
    }
    run = aws_lambda.run("order", job(post()))
    assert run.outcomes == [{"raised": "PublishError"}]
    step = run.named("process_order")
    assert (step["fault"], step["annotations"]["error"]) == (True, "PublishError")


def test_bad_faults_stop_the_initialisation(aws_lambda: Lambda) -> None:
    aws_lambda.extra = {"FAULTS": '{"error_rate": 2}'}
    run = aws_lambda.run("payment", job(event("Order Created")))
    assert run.outcomes == []
    assert "FAULTS: error_rate must be a number from 0 to 1" in run.stderr


def test_a_zip_needs_nothing_but_boto3_from_its_runtime(aws_lambda: Lambda) -> None:
    run = aws_lambda.run("order", job(post()))
    assert [outcome["statusCode"] for outcome in run.outcomes] == [201]
    assert "botocore" in run.borrowed
    assert not {"aws_xray_sdk", "wrapt"} & set(run.borrowed)


def test_a_function_that_publishes_nothing_starts_without_boto3(aws_lambda: Lambda) -> None:
    run = aws_lambda.run("notification", job(event("Payment Processed")))
    assert run.outcomes[0]["status"] == "SENT"
    assert run.borrowed == []


def test_every_line_on_standard_output_is_json_with_the_trace(aws_lambda: Lambda) -> None:
    run = aws_lambda.run("order", job(post()))
    assert {line["trace_id"] for line in run.lines} == {TRACE}
    assert [line["message"] for line in run.lines if "message" in line] == ["order created"]
    assert run.stderr == ""
