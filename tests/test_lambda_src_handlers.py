"""The four handlers, from their deployment zips, in processes of their own.

The unmodified SDK sends over UDP, and boto3 talks to an EventBridge of the test.
"""

import io
import json
import os
import socket
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.package import SERVICES, build_all

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

# What a Lambda runtime does, in short: the task root first on the path, modules of the runtime
# (boto3) after it, the handler imported once, the trace header renewed for each invocation. No
# time is left in any invocation, so that a simulated timeout, which outlasts it by a second, sleeps
# for no time at all; how often the time was asked for is how often faults were injected.
RUNTIME = """
import importlib, importlib.machinery, json, os, sys
task_root, site, module = sys.argv[1:]
sys.path.insert(0, task_root)
sys.path.append(site)

class OnlyBoto3:
    offered = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, [task_root, site])
        borrowed = spec is not None and (spec.origin or "").startswith(site)
        if path is None and borrowed and name not in self.offered:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, OnlyBoto3())
handler = importlib.import_module(module).lambda_handler

class Context:
    aws_request_id = "r-1"
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
    """What one invocation did."""

    outcome: dict[str, Any]
    lines: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    calls: list[tuple[dict[str, str], dict[str, Any]]]

    @property
    def returned(self) -> dict[str, Any]:
        assert "returned" in self.outcome, self.outcome
        return self.outcome["returned"]

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.returned["body"])

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
        self.process.stdin.write(json.dumps({"event": event, "header": header}) + "\n")
        self.process.stdin.flush()
        lines, outcome = [], {}
        for line in self.process.stdout:
            if line.startswith("OUTCOME "):
                outcome = json.loads(line.removeprefix("OUTCOME "))
                break
            lines.append(json.loads(line))
        assert outcome, self.process.stderr.read()
        return Run(outcome, lines, list(self.aws.documents()), list(self.aws.bus.calls))


@dataclass
class Aws:
    """Runs zips, with an EventBridge and an X-Ray daemon of its own."""

    roots: dict[str, Path]
    bus: ThreadingHTTPServer
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
        # the invocation has ended, so all of its datagrams wait in the socket's buffer
        while True:
            try:
                header, _, document = self.daemon.recv(65536).partition(b"\n")
            except BlockingIOError:
                return
            assert json.loads(header) == {"format": "json", "version": 1}
            yield json.loads(document)


@contextmanager
def event_bus() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bus)
    server.calls, server.answer = [], ACCEPTED
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    roots = {}
    for service, package in build_all().items():
        roots[service] = tmp_path_factory.mktemp(service)
        zipfile.ZipFile(io.BytesIO(package.data)).extractall(roots[service])
    with (
        event_bus() as bus,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon,
        ExitStack() as stack,
    ):
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(0)
        yield Aws(roots, bus, daemon, stack)  # leaving the stack closes each process's input


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


def test_an_order_is_answered_with_its_id_and_trace(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    assert run.returned["statusCode"] == 201
    assert run.body == {**CREATED, "status": "CREATED", "traceId": TRACE}


def test_an_order_is_published(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    assert run.calls[0][0]["X-Amz-Target"] == "AWSEvents.PutEvents"
    assert run.published == {
        "EventBusName": "lab-bus",
        "Source": "order.service",
        "DetailType": "Order Created",
        "Detail": CREATED,
    }


def test_the_call_to_eventbridge_hangs_below_the_service_below_the_invocation(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    assert [document["name"] for document in run.documents] == ["events", "process_order"]
    call, step = run.documents
    assert (step["parent_id"], call["parent_id"]) == (FIRST, step["id"])
    assert (call["namespace"], call["aws"]["operation"]) == ("aws", "PutEvents")
    assert call["http"]["response"]["status"] == 200
    for document in run.documents:
        assert (document["trace_id"], document["type"]) == (TRACE, "subsegment")
        assert document["start_time"] <= document["end_time"]


def test_the_trace_header_goes_to_eventbridge(aws: Aws) -> None:
    run = aws.function("order").invoke(post())
    ((headers, _),) = run.calls
    parent = run.named("events")["id"]
    assert headers["X-Amzn-Trace-Id"] == f"Root={TRACE};Parent={parent};Sampled=1"


@pytest.mark.parametrize(
    "service, step, own",
    [
        ("order", "process_order", {}),
        ("payment", "charge_payment", {"payment_amount": 149.99}),
        ("inventory", "reserve_inventory", {"warehouse": "west-1"}),
        ("notification", "send_notifications", {"notification_type": "Payment Processed"}),
    ],
)
def test_every_service_annotates_its_step(
    service: str, step: str, own: dict[str, Any], aws: Aws
) -> None:
    document = aws.function(service).invoke(EVENTS[service]).named(step)
    name = f"{service}-service"
    everywhere = {"service_name": name, "order_id": "o-1", "customer_id": "c-1"}
    assert document["annotations"] == {**everywhere, **own}
    metadata = document["metadata"][name]
    assert metadata["request"]["orderId"] == metadata["response"]["orderId"] == "o-1"


@pytest.mark.parametrize(
    "service, steps, source, detail_type",
    [
        (
            "payment",
            ["payment_processor", "events", "charge_payment"],
            "payment.service",
            "Payment Processed",
        ),
        (
            "inventory",
            ["reserve_stock", "events", "reserve_inventory"],
            "inventory.service",
            "Inventory Updated",
        ),
    ],
)
def test_services_answer_an_event_with_an_event(
    service: str, steps: list[str], source: str, detail_type: str, aws: Aws
) -> None:
    run = aws.function(service).invoke(event("Order Created"))
    assert [document["name"] for document in run.documents] == steps
    *inner, main = run.documents
    assert {document["parent_id"] for document in inner} == {main["id"]}
    assert (run.published["Source"], run.published["DetailType"]) == (source, detail_type)
    assert run.published["Detail"] == run.returned
    assert run.returned["orderId"] == "o-1"


@pytest.mark.parametrize("service", SERVICES)
def test_repeating_an_order_has_the_same_outcome(service: str, aws: Aws) -> None:
    function = aws.function(service)
    first, second = (function.invoke(EVENTS[service]) for _ in range(2))
    assert first.returned == second.returned


@pytest.mark.parametrize("detail_type", ["Payment Processed", "Inventory Updated"])
def test_notifications_go_through_every_channel(detail_type: str, aws: Aws) -> None:
    run = aws.function("notification").invoke(event(detail_type))
    assert run.returned["channels"] == ["email", "sms", "push"]
    main = run.named("send_notifications")
    for channel in run.returned["channels"]:
        sent = run.named(f"send_{channel}")
        assert (sent["parent_id"], sent["annotations"]) == (main["id"], {"channel": channel})


def test_nothing_is_sent_about_other_events(aws: Aws) -> None:
    run = aws.function("notification").invoke(event("Order Created"))
    assert run.outcome["raised"] == "BadEventError"
    assert "no notification for 'Order Created'" in run.outcome["reason"]
    assert [document["name"] for document in run.documents] == ["send_notifications"]


def test_a_warm_environment_keeps_two_invocations_of_one_trace_apart(aws: Aws) -> None:
    function = aws.function("notification")
    for parent in (FIRST, SECOND):
        header = f"Root={TRACE};Parent={parent};Sampled=1"
        run = function.invoke(event("Payment Processed"), header=header)
        assert run.named("send_notifications")["parent_id"] == parent


@pytest.mark.parametrize("header", [f"Root={TRACE};Parent={FIRST};Sampled=0", f"Root={TRACE}"])
def test_what_is_not_sampled_is_not_sent(header: str, aws: Aws) -> None:
    run = aws.function("order").invoke(post(), header=header)
    assert run.body["traceId"] == TRACE
    assert run.documents == []


def test_eventbridge_learns_that_a_trace_is_not_sampled(aws: Aws) -> None:
    header = f"Root={TRACE};Parent={FIRST};Sampled=0"
    run = aws.function("order").invoke(post(), header=header)
    assert run.calls[0][0]["X-Amzn-Trace-Id"].endswith(";Sampled=0")


@pytest.mark.parametrize("service", SERVICES)
def test_without_a_trace_an_order_is_served_all_the_same(service: str, aws: Aws) -> None:
    run = aws.function(service).invoke(EVENTS[service], header="")
    assert "returned" in run.outcome
    assert run.documents == []
    assert {line["trace_id"] for line in run.lines} == {""}


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_work_with_the_sdk_switched_off(service: str, aws: Aws) -> None:
    run = aws.function(service, AWS_XRAY_SDK_ENABLED="false").invoke(EVENTS[service])
    assert "returned" in run.outcome
    assert run.documents == []


def test_a_bad_order_is_refused_and_not_published(aws: Aws) -> None:
    run = aws.function("order").invoke(post('{"productId": "p-1", "quantity": 0}'))
    assert run.returned["statusCode"] == 400
    message = "quantity must be an integer from 1 to 1000"
    assert run.body == {"error": {"code": "InvalidRequest", "message": message}}
    assert run.calls == []


def test_a_bad_order_is_the_callers_error_and_no_fault(aws: Aws) -> None:
    run = aws.function("order").invoke(post("{"))
    step = run.named("process_order")
    assert step["annotations"] == {"service_name": "order-service", "error": "InvalidRequest"}
    assert step["error"] is True
    assert "fault" not in step
    line, metrics = run.lines
    assert (line["level"], line["message"]) == ("WARNING", "order rejected")
    assert line["reason"] == "body is not valid JSON"
    assert metrics["OrdersRejected"] == [1]


@pytest.mark.parametrize("service", ["order", "payment", "inventory"])
def test_an_event_that_the_bus_refuses_fails_the_invocation(service: str, aws: Aws) -> None:
    function = aws.function(service)
    refused = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    aws.bus.answer = {"FailedEntryCount": 1, "Entries": [refused]}
    run = function.invoke(EVENTS[service])
    assert run.outcome["raised"] == "PublishError"
    assert "lab-bus (ThrottlingException: slow down)" in run.outcome["reason"]
    step = run.documents[-1]
    assert (step["fault"], step["annotations"]["error"]) == (True, "PublishError")
    assert step["cause"]["exceptions"][0]["type"] == "PublishError"


@pytest.mark.parametrize(
    "service, inner",
    [
        ("order", "process_order"),
        ("payment", "payment_processor"),
        ("inventory", "reserve_stock"),
        ("notification", "send_email"),
    ],
)
def test_a_fault_strikes_inside_the_simulated_work(service: str, inner: str, aws: Aws) -> None:
    faults = '{"error_rate": 1, "error_type": "Declined"}'
    run = aws.function(service, FAULTS=faults).invoke(EVENTS[service])
    assert run.outcome["raised"] == "Declined"
    assert run.calls == []
    work, step = run.documents[0], run.documents[-1]
    assert work["name"] == inner
    (exception,) = work["cause"]["exceptions"]
    assert exception["type"] == step["annotations"]["error"] == "Declined"
    if step is not work:
        assert step["cause"] == exception["id"]  # the cause is told once
    # AND the failure is the only line, with trace and request
    (line,) = run.lines
    assert (line["level"], line["message"]) == ("ERROR", "invocation failed")
    assert (line["error"], line["service"]) == ("Declined", f"{service}-service")
    assert "FAULTS asks for it" in line["reason"]
    assert (line["trace_id"], line["request_id"]) == (TRACE, "r-1")


@pytest.mark.parametrize("service", SERVICES)
def test_faults_strike_an_invocation_once(service: str, aws: Aws) -> None:
    run = aws.function(service, FAULTS='{"timeout_rate": 1}').invoke(EVENTS[service])
    assert run.outcome["timed"] == 1
    assert "returned" in run.outcome


@pytest.mark.parametrize(
    "service, member, value",
    [
        ("payment", "orderId", None),
        ("payment", "amount", "9"),
        ("inventory", "quantity", 1.5),
        ("inventory", "productId", ""),
        ("notification", "customerId", 7),
    ],
)
def test_an_event_with_a_bad_member_is_refused(
    service: str, member: str, value: Any, aws: Aws
) -> None:
    run = aws.function(service).invoke(event("Order Created", **{member: value}))
    assert run.outcome["raised"] == "BadEventError"
    assert f"detail.{member} must be" in run.outcome["reason"]
    assert run.calls == []
    assert run.documents[-1]["annotations"]["error"] == "BadEventError"


@pytest.mark.parametrize("service, member", [("payment", "amount"), ("inventory", "quantity")])
def test_the_trace_of_a_bad_event_has_its_order(service: str, member: str, aws: Aws) -> None:
    run = aws.function(service).invoke(event("Order Created", **{member: "2"}))
    annotations = run.documents[-1]["annotations"]
    assert (annotations["order_id"], annotations["customer_id"]) == ("o-1", "c-1")
    assert annotations["error"] == "BadEventError"


@pytest.mark.parametrize(
    "service, values",
    [
        ("order", {"OrdersCreated": ([1], "Count"), "OrderAmount": ([149.99], "None")}),
        ("payment", {"PaymentsProcessed": ([1], "Count"), "PaymentAmount": ([149.99], "None")}),
        ("inventory", {"StockReserved": ([2], "Count")}),
        ("notification", {"NotificationsSent": ([3], "Count")}),
    ],
)
def test_what_a_service_did_counts_as_metrics(
    service: str, values: dict[str, tuple[list[float], str]], aws: Aws
) -> None:
    run = aws.function(service).invoke(EVENTS[service])
    (line,) = [line for line in run.lines if "_aws" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    assert {name: (line[name], unit) for name, unit in units.items()} == values
    assert (directive["Namespace"], directive["Dimensions"]) == ("TracingLab", [["service"]])
    assert (line["service"], line["trace_id"]) == (f"{service}-service", TRACE)


def test_a_stack_may_have_a_namespace_of_its_own(aws: Aws) -> None:
    run = aws.function("notification", METRICS_NAMESPACE="Shop").invoke(EVENTS["notification"])
    (line,) = [line for line in run.lines if "_aws" in line]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop"


@pytest.mark.parametrize(
    "service, message, own",
    [
        ("order", "order created", {"event_id": "e-1"}),
        ("payment", "payment processed", {"event_id": "e-1"}),
        ("inventory", "inventory updated", {"event_id": "e-1"}),
        ("notification", "notifications sent", {"template": "payment-received"}),
    ],
)
def test_every_line_on_standard_output_is_json_with_the_trace(
    service: str, message: str, own: dict[str, str], aws: Aws
) -> None:
    run = aws.function(service).invoke(EVENTS[service])
    assert {line["trace_id"] for line in run.lines} == {TRACE}
    (line,) = [line for line in run.lines if "message" in line]
    assert line.pop("timestamp")
    assert line.pop("location").startswith("lambda_handler:")
    assert line == {
        "level": "INFO",
        "message": message,
        "service": f"{service}-service",
        "trace_id": TRACE,
        "request_id": "r-1",
        "order_id": "o-1",
        **own,
    }


@pytest.mark.parametrize(
    "service, variables, problem",
    [
        ("payment", {"FAULTS": '{"error_rate": 2}'}, "FAULTS: error_rate must be a number"),
        ("notification", {"FAULTS": "{"}, "FAULTS: the value is not JSON"),
        ("order", {"EVENT_BUS_NAME": ""}, "EVENT_BUS_NAME is not set; add the bus's name"),
    ],
)
def test_a_bad_variable_stops_the_initialisation(
    service: str, variables: dict[str, str], problem: str, aws: Aws
) -> None:
    out, err = aws.start(service, **variables).communicate(timeout=60)
    assert out == ""
    assert problem in err


@pytest.mark.parametrize("service", ["order", "payment", "inventory"])
def test_a_zip_needs_nothing_but_boto3_from_its_runtime(service: str, aws: Aws) -> None:
    borrowed = set(aws.function(service).invoke(EVENTS[service]).outcome["borrowed"])
    requirements = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3"}
    assert "botocore" in borrowed <= requirements


def test_a_function_that_publishes_nothing_starts_without_boto3(aws: Aws) -> None:
    borrowed = aws.function("notification").invoke(EVENTS["notification"]).outcome["borrowed"]
    assert "boto3" not in borrowed


def test_nothing_is_written_to_standard_error(aws: Aws) -> None:
    # GIVEN an environment that served, failed and was asked for nonsense
    function = aws.function("payment", AWS_LAMBDA_LOG_LEVEL="INFO")
    for sent in (event("Order Created"), event("Order Created", amount=None), {}):
        function.invoke(sent)
    # WHEN it ends
    _, err = function.process.communicate(timeout=60)
    # THEN it has not warned of anything
    assert err == ""
