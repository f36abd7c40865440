"""Pages of other origins in a real browser: none reaches the server, all reach a deployed API.

The browser's own protection of local addresses is switched off, so that only the server's counts.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from chromium import CHROMIUM, NO_CHROMIUM

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus

PAGE = (Path(__file__).parent / "foreign.html").read_bytes()
REGION, KEY = "us-east-1", "test"
TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
FOREIGN = "evil.example"
MARKED_PUBLIC = "treat-as-public-address"
ORIGINS = ("localhost", "127.0.0.1", FOREIGN)
"""Of another site, of the same site, and of another name for this machine."""
TIMEOUT_S = 120

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStatus]:
    state_dir = tmp_path_factory.mktemp("browser")
    yield lifecycle.start(state_dir=state_dir)
    lifecycle.stop(state_dir=state_dir)


def client(server: EmbeddedStatus, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint_url,
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
    )


def attempt(
    base: str, service: str, path: str, body: str = "", *, method: str = "POST", target: str = ""
) -> dict[str, Any]:
    """Describe a call that is signed in its query, and with headers where pages may send some."""
    credential = f"{KEY}/20261123/{REGION}/{service}/aws4_request"
    query = urlencode({"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": credential})
    signature = f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, {signature}"}
    return {
        "name": f"{service} {path}",
        "url": f"{base}{path}?{query}" if service else f"{base}{path}",
        "method": method,
        "headers": headers | ({"X-Amz-Target": target} if target else {}),
        "body": body,
    }


def attempts(base: str, daemon: str) -> list[dict[str, Any]]:
    segment = {"id": "53995c3f42cd8ad8", "trace_id": TRACE_ID, "name": "evil"}
    segments = json.dumps(
        {"TraceSegmentDocuments": [json.dumps({**segment, "start_time": 1, "end_time": 2})]}
    )
    group = json.dumps({"GroupName": "evil"})
    template = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    stack = urlencode({"Action": "CreateStack", "StackName": "evil", "TemplateBody": template})
    role = urlencode({"Action": "CreateRole", "RoleName": "evil", "AssumeRolePolicyDocument": "{}"})
    return [
        attempt(base, "xray", "/CreateGroup", group),
        attempt(base, "xray", "/TraceSegments", segments),
        attempt(base, "lambda", "/2015-03-31/functions/shop/invocations", "{}"),
        attempt(base, "lambda", "/2015-03-31/functions/", method="GET"),
        attempt(base, "cloudformation", "/", stack),
        attempt(base, "iam", "/", role),
        attempt(base, "logs", "/", "{}", target="Logs_20140328.DescribeLogGroups"),
        attempt(base, "events", "/", '{"Name": "evil"}', target="AWSEvents.CreateEventBus"),
        attempt(base, "sqs", "/", "{}", target="AmazonSQS.ListQueues"),
        attempt(base, "s3", "/kept/secret", method="GET"),
        attempt(base, "s3", "/kept/evil", "x", method="PUT"),
        attempt(base, "", "/moto-api/reset"),
        attempt(base, "", "/moto-api/recorder/start-recording"),
        attempt(base, "", "/_embedded/stop"),
        attempt(base, "", "/_embedded/reset"),
        attempt(base, "", "/_embedded/health", method="GET"),
        attempt(base, "", "/_localstack/health", method="GET"),
        attempt(daemon, "", "/TraceSegments", segments),
        attempt(daemon, "", "/CreateGroup", group),
        attempt(daemon, "", "/GetSamplingRules", "{}"),
    ]


@dataclass
class Site:
    """Serves the page under each name, and takes what it reports."""

    plan: dict[str, Any] = field(default_factory=dict)
    visits: list[tuple[str, str]] = field(default_factory=list)
    results: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    port: int = 0

    def url(self, number: int) -> str | None:
        """Return where the page is found for the visit of that number; None after the last."""
        if number >= len(self.visits):
            return None
        return f"http://{self.visits[number][0]}:{self.port}/visit/{number}"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/plan":
                number = int(self.headers["Referer"].rpartition("/")[2])
                plan = {**site.plan, "next": site.url(number + 1)}
                self.reply(json.dumps(plan).encode(), "application/json")
            elif self.path.startswith("/visit/"):
                policy = site.visits[int(self.path.rpartition("/")[2])][1]
                self.reply(PAGE, "text/html", policy)
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.reply(b"{}", "application/json")
            site.results.put(json.loads(body))

        def reply(self, body: bytes, kind: str, policy: str = "") -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def browsing(url: str, profile: Path) -> Iterator[None]:
    """Open a page in a browser that has nothing to do with the user's."""
    assert CHROMIUM is not None
    options = [
        "--headless=new",
        "--no-sandbox",  # which a root user's browser needs
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
        f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1",
        f"--user-data-dir={profile}",
    ]
    process = subprocess.Popen(
        [CHROMIUM, *options, url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def provision(server: EmbeddedStatus) -> str:
    """Make what pages are after, and an API that is meant for them; gives its address."""
    client(server, "s3").create_bucket(Bucket="kept")
    client(server, "s3").put_object(Bucket="kept", Key="secret", Body=b"var secret = 1")
    client(server, "logs").create_log_group(logGroupName="/kept")
    gateway = client(server, "apigateway")
    api_id = gateway.create_rest_api(name="public")["id"]
    root = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    request = {"application/json": '{"statusCode": 200}'}
    gateway.put_integration(**method, type="MOCK", requestTemplates=request)
    allow = "method.response.header.Access-Control-Allow-Origin"
    gateway.put_method_response(**method, statusCode="200", responseParameters={allow: True})
    gateway.put_integration_response(
        **method,
        statusCode="200",
        responseParameters={allow: "'*'"},
        responseTemplates={"application/json": '{"hello": "page"}'},
    )
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    return f"{server.endpoint_url}/_aws/execute-api/{api_id}/prod/"


def what_is_there(server: EmbeddedStatus) -> dict[str, Any]:
    """Return everything that a page tried to change."""
    now_s = time.time()
    window = {"StartTime": now_s - 3600, "EndTime": now_s}
    xray, s3 = client(server, "xray"), client(server, "s3")
    return {
        "groups": xray.get_groups()["Groups"],
        "traces": xray.get_trace_summaries(**window)["TraceSummaries"],
        "segments": xray.batch_get_traces(TraceIds=["1-6b042ac0-5d09aa705e56bbd015254801"])[
            "Traces"
        ],
        "stacks": client(server, "cloudformation").list_stacks()["StackSummaries"],
        "roles": client(server, "iam").list_roles()["Roles"],
        "buses": client(server, "events").list_event_buses()["EventBuses"],
        "queues": client(server, "sqs").list_queues().get("QueueUrls"),
        "objects": [stored["Key"] for stored in s3.list_objects(Bucket="kept")["Contents"]],
        "groups of logs": client(server, "logs").describe_log_groups()["logGroups"],
        "server": lifecycle.status(state_dir=server.state_dir),
    }


def test_foreign_pages_reach_deployed_apis_and_nothing_else(
    running: EmbeddedStatus, site: Site, tmp_path: Path
) -> None:
    api = provision(running)
    daemon = lifecycle.environment(running, region=REGION)["AWS_XRAY_DAEMON_ADDRESS"]
    rebound = f"http://{FOREIGN}:{running.port}"
    bases = (running.endpoint_url, f"http://localhost:{running.port}", rebound)
    site.plan = {
        "attempts": [
            *attempts(running.endpoint_url, f"http://{daemon}"),
            *(call for call in attempts(rebound, rebound) if call["method"] == "GET"),
        ],
        "sockets": [*bases, f"http://{daemon}"],
        "api": api,
    }
    site.visits = [(name, policy) for policy in ("", MARKED_PUBLIC) for name in ORIGINS]
    before = what_is_there(running)
    with browsing(str(site.url(0)), tmp_path):
        results = [site.results.get(timeout=TIMEOUT_S) for _ in site.visits]
    for visit, result in zip(site.visits, results, strict=True):
        assert result["read"] == [], visit
        assert_answered(result["api"], visit)
    assert what_is_there(running) == before


def assert_answered(api: Sequence[dict[str, str]], visit: tuple[str, str]) -> None:
    assert [response["what"] for response in api] == ['200 {"hello": "page"}'], visit
