"""An embedded AWS as a process, with a function that tells what it received."""

import json
import os
import signal
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
from archives import app_zip
from private_environment import free_port
from waiting import waited

from tracing_lab.embedded import lifecycle

REGION, ACCOUNT = "us-east-1", "123456789012"
ECHO = """
import json, os, time

def handler(event, context):
    path = event.get("rawPath") or event.get("path") or ""
    if path.endswith("/fails"):
        raise ValueError("no")
    if path.endswith("/sleeps"):
        time.sleep(0.5)
    if path.endswith("/infers"):
        return {"plain": True}
    if path.endswith("/cookies"):
        return {"statusCode": 201, "body": "aGk=", "isBase64Encoded": True,
                "headers": {"X-Kind": "b"}, "cookies": ["a=1", "b=2; Path=/"]}
    shown = {"event": event, "trace": os.environ.get("_X_AMZN_TRACE_ID"),
             "arn": context.invoked_function_arn}
    return {"statusCode": 200, "body": json.dumps(shown)}
"""
BASICS = [
    {
        "Effect": "Allow",
        "Action": ["logs:*", "xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": "*",
    }
]


class Reply(NamedTuple):
    """The response to a request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> dict[str, Any]:
        """The event that the function received."""
        found: dict[str, Any] = self.json["event"]
        return found

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


class HttpLab:
    """A server, clients of it, and a function named ``echo``."""

    def __init__(self, state_dir: Path) -> None:
        self.running = lifecycle.start(state_dir=state_dir, port=free_port())
        self.functions, self.apis = self.client("lambda"), self.client("apigatewayv2")
        self.arn = self.function("echo", ECHO)

    def stop(self) -> None:
        lifecycle.stop(state_dir=self.running.state_dir)

    def kill_and_restart(self) -> None:
        """Kill the server without a warning, and start it again; nothing is provisioned."""
        os.kill(self.running.pid, signal.SIGKILL)
        state_dir, port = self.running.state_dir, self.running.port
        self.running = lifecycle.start(state_dir=state_dir, port=port)

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.running.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def role(self, name: str, statements: list[dict[str, Any]], *, trusts: str = "lambda") -> str:
        iam = self.client("iam")
        principal = {"Service": f"{trusts}.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
        )
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    def function(self, name: str, source: str, **settings: Any) -> str:
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role(name, BASICS),
            Handler="app.handler",
            Code={"ZipFile": app_zip(source)},
            TracingConfig={"Mode": "Active"},
            Timeout=10,
            **settings,
        )
        return str(made["FunctionArn"])

    def let_apis_call(self, name: str, api_id: str) -> None:
        """Add the permission that lets an API call a function."""
        self.functions.add_permission(
            FunctionName=name,
            StatementId=api_id,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/*",
        )

    def send(
        self,
        url: str,
        *headers: tuple[str, str],
        method: str = "GET",
        body: bytes = b"",
        host: str | None = None,
    ) -> Reply:
        """Send a request; all headers as they are given."""
        parts = urlsplit(url)
        connection = HTTPConnection("127.0.0.1", self.running.port, timeout=60)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host or parts.netloc)
        for name, value in headers:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        reply = Reply(response.status, response.getheaders(), response.read())
        connection.close()
        return reply

    def documents(self, trace_id: str) -> list[dict[str, Any]]:
        """Return the documents of a trace as soon as there are those of a function."""
        client = self.client("xray")

        def look() -> list[dict[str, Any]] | None:
            found = client.batch_get_traces(TraceIds=[trace_id])["Traces"]
            documents = [json.loads(one["Document"]) for each in found for one in each["Segments"]]
            return documents if len(documents) > 1 else None

        return waited(look)

    def metric(self, namespace: str, name: str, **dimensions: str) -> float:
        """Return the sum of a metric over the last minutes."""
        now = time.time()
        points = self.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - 600,
            EndTime=now + 120,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))
