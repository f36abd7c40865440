"""Who and what a running server shuts out: pages, other names, other users, moto's own API."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus

REGION = "us-east-1"
NOBODY = 65534
AS_ROOT = pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0, reason="only root can be somebody else"
)
OWN_PAGES = ("/_embedded/health", "/_embedded/actions", "/_embedded/ledger", "/_localstack/health")
SIGNATURE = f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
SIGNED = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20261123/{REGION}/sqs/aws4_request, "
    + SIGNATURE
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStatus]:
    """Start a server with everything that an environment may have."""
    folder = tmp_path_factory.mktemp("doors")
    broken = folder / "config"
    broken.write_text("[profile\nthis is no = configuration")
    variables = {
        "AWS_PROFILE": "missing",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-user",
        "GITHUB_TOKEN": "a-token-of-the-user",
    }
    previous = os.umask(0)
    try:
        state_dir = folder / "state"
        command = [sys.executable, "-m", "tracing_lab.embedded", "--port", "0"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--state-dir", str(state_dir)],
                env=os.environ | variables,
                stdout=log,
                stderr=log,
            )
        started = wait_for_start(process, state_dir)
    finally:
        os.umask(previous)
    yield started
    process.terminate()
    assert process.wait(20) == 0


def wait_for_start(process: "subprocess.Popen[bytes]", state_dir: Path) -> EmbeddedStatus:
    while process.poll() is None:
        started = lifecycle.status(state_dir=state_dir)
        if started is not None:
            return started
    raise AssertionError


def call(
    server: EmbeddedStatus, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def client(server: EmbeddedStatus, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint_url,
        region_name=REGION,
        aws_access_key_id="any",
        aws_secret_access_key="key",
    )


@pytest.mark.parametrize("path", [*OWN_PAGES, "/_embedded/stop", "/_embedded/reset", "/", "/x"])
@pytest.mark.parametrize(
    "header", [("Host", "evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "same-site")]
)
def test_no_path_answers_web_pages_or_other_names(
    running: EmbeddedStatus, path: str, header: tuple[str, str]
) -> None:
    token = json.loads((running.state_dir / "server.json").read_text())["token"]
    headers = {**SIGNED, "X-Tracing-Lab-Token": token, header[0]: header[1]}
    for method in ("GET", "POST", "OPTIONS"):
        assert call(running, method, path, headers).status == 403
    assert lifecycle.status(state_dir=running.state_dir) == running


def test_own_pages_cannot_be_framed(running: EmbeddedStatus) -> None:
    for path in OWN_PAGES:
        response = call(running, "GET", path, {})
        assert response.status == 200
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_nothing_is_said_that_would_open_the_server_to_pages(running: EmbeddedStatus) -> None:
    s3 = client(running, "s3")
    s3.create_bucket(Bucket="open")
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket="open", CORSConfiguration={"CORSRules": [rule]})
    s3.put_object(Bucket="open", Key="page", Body=b"x")
    answers = [call(running, method, "/open/page", SIGNED) for method in ("GET", "OPTIONS")]
    listed = client(running, "sqs").list_queues()["ResponseMetadata"]["HTTPHeaders"]
    for headers in [*(answer.headers for answer in answers), listed]:
        assert not [name for name in headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("path", ["/_embedded/health", "/_embedded/stop", "/", "/v2/apis"])
@pytest.mark.parametrize("name", ["a1.execute-api", "u1.lambda-url.us-east-1"])
def test_hosts_of_apis_and_urls_have_nothing_else(
    running: EmbeddedStatus, path: str, name: str
) -> None:
    token = json.loads((running.state_dir / "server.json").read_text())["token"]
    headers = {**SIGNED, "X-Tracing-Lab-Token": token, "Host": f"{name}.localhost"}
    for method in ("GET", "POST"):
        assert call(running, method, path, headers).status == 403
    status = lifecycle.status(state_dir=running.state_dir)
    assert status is not None
    assert status.pid == running.pid


@pytest.mark.parametrize(
    "path",
    ["/moto-api/reset", "/%6doto-api/reset", "/moto-api/recorder/upload-recording", "/moto-api/"],
)
@pytest.mark.parametrize("headers", [SIGNED, {}])
def test_motos_own_api_is_closed(
    running: EmbeddedStatus, path: str, headers: dict[str, str]
) -> None:
    sqs = client(running, "sqs")
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    for method in ("GET", "POST", "PUT"):
        assert call(running, method, path, headers, b"{}").status == 403
    assert url in sqs.list_queues()["QueueUrls"]


def test_a_suite_for_moto_may_reset_when_the_owner_lets_it(tmp_path: Path) -> None:
    server = lifecycle.start(state_dir=tmp_path, options=["--allow-reset"])
    try:
        client(server, "sqs").create_queue(QueueName="gone")
        client(server, "events").create_event_bus(Name="gone")
        assert call(server, "GET", "/moto-api/reset", {}).status == 405
        assert call(server, "POST", "/moto-api/reset", {"Origin": "null"}).status == 403
        assert call(server, "POST", "/moto-api/recorder/start-recording", SIGNED).status == 403
        for host in ("a1.execute-api.localhost", "u1.lambda-url.us-east-1.localhost"):
            page = {"Host": host, "Origin": "https://evil.example"}
            assert call(server, "POST", "/moto-api/reset", page).status == 403
        assert client(server, "sqs").list_queues()["QueueUrls"]
        assert call(server, "POST", "/moto-api/reset", {}).status == 200
        assert "QueueUrls" not in client(server, "sqs").list_queues()
        client(server, "sqs").create_queue(QueueName="after")
    finally:
        lifecycle.stop(state_dir=tmp_path)
    again = lifecycle.start(state_dir=tmp_path)
    try:
        (url,) = client(again, "sqs").list_queues()["QueueUrls"]
        assert url.endswith("/after")
    finally:
        lifecycle.stop(state_dir=tmp_path)


def test_the_server_has_nothing_of_the_users_environment(running: EmbeddedStatus) -> None:
    variables = psutil.Process(running.pid).environ()
    assert not {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"} & variables.keys()
    assert "of-the-user" not in str(variables)
    assert variables["AWS_CONFIG_FILE"] == os.devnull


@pytest.mark.parametrize(
    "service, operation, key",
    [
        ("apigateway", "get_rest_apis", "items"),
        ("cloudformation", "list_stacks", "StackSummaries"),
        ("cloudwatch", "describe_alarms", "MetricAlarms"),
        ("dynamodb", "list_tables", "TableNames"),
        ("ec2", "describe_regions", "Regions"),
        ("events", "list_event_buses", "EventBuses"),
        ("iam", "list_roles", "Roles"),
        ("lambda", "list_functions", "Functions"),
        ("logs", "describe_log_groups", "logGroups"),
        ("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList"),
        ("sts", "get_caller_identity", "Account"),
        ("xray", "get_groups", "Groups"),
    ],
)
def test_the_users_aws_settings_do_not_matter(
    running: EmbeddedStatus, service: str, operation: str, key: str
) -> None:
    assert key in getattr(client(running, service), operation)()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no file modes")
def test_only_the_user_may_read_the_state_whatever_the_umask(running: EmbeddedStatus) -> None:
    client(running, "xray").put_trace_segments(TraceSegmentDocuments=["{}"])  # opens a region
    modes = {path: path.stat().st_mode & 0o777 for path in running.state_dir.rglob("*")}
    assert running.state_dir.stat().st_mode & 0o777 == 0o700
    assert len(modes) > 5
    assert not {path: oct(mode) for path, mode in modes.items() if mode & 0o077}


@pytest.mark.skipif(os.name != "posix", reason="Windows has no file modes")
def test_a_folder_that_was_open_is_shut(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    lifecycle.start(state_dir=tmp_path)
    try:
        assert tmp_path.stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "server.log").stat().st_mode & 0o077 == 0
    finally:
        lifecycle.stop(state_dir=tmp_path)


@AS_ROOT
@pytest.mark.parametrize("path", ["/_embedded/health", "/", "/_aws/execute-api/a/b/c"])
def test_another_user_is_rejected(running: EmbeddedStatus, path: str) -> None:
    assert status_for(NOBODY, running.port, path) == 403


@AS_ROOT
def test_another_user_is_rejected_at_the_daemon(running: EmbeddedStatus) -> None:
    daemon = lifecycle.environment(running, region=REGION)["AWS_XRAY_DAEMON_ADDRESS"]
    port = int(daemon.rpartition(":")[2])
    assert status_for(NOBODY, port, "/GetSamplingRules", method="POST") == 403
    assert status_for(os.getuid(), port, "/GetSamplingRules", method="POST") == 200


@AS_ROOT
def test_the_owner_may_let_others_in(tmp_path: Path) -> None:
    server = lifecycle.start(state_dir=tmp_path, options=["--allow-other-users"])
    try:
        assert status_for(NOBODY, server.port, "/_embedded/health") == 200
    finally:
        lifecycle.stop(state_dir=tmp_path)


def status_for(uid: int, port: int, path: str, *, method: str = "GET") -> int:
    """Send a request from a socket of another user, which is whoever made the socket."""
    own = os.geteuid()
    os.seteuid(uid)
    try:
        sock = socket.create_connection(("127.0.0.1", port), timeout=60)
    finally:
        os.seteuid(own)
    with sock:
        sock.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        )
        return int(sock.recv(4096).split()[1])
