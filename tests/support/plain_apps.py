"""Apps that are not the workshop's, provisioned by plain boto3 as their own scripts would do it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import boto3

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.package import build, zip_bytes

REGION = "us-east-1"
SDK = ("aws_xray_sdk/", "wrapt/")  # which Lambda's runtime does not have


def allow(*actions: str, on: str = "*") -> dict[str, Any]:
    """Return a statement that allows actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def trust_in(service: str) -> dict[str, Any]:
    """Return the statement by which a service may assume a role."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


BASICS = allow("logs:*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")


def sdk() -> dict[str, bytes]:
    """Return the files of the X-Ray SDK, as a package for Lambda has them."""
    with zipfile.ZipFile(io.BytesIO(build("order").data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith(SDK)}


class PlainApp:
    """An app on a running embedded AWS, of which it knows nothing but the endpoint."""

    def __init__(self, running: EmbeddedStatus) -> None:
        self.running, self.endpoint_url = running, running.endpoint_url
        self.functions, self.xray = self.client("lambda"), self.client("xray")

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def function(
        self,
        name: str,
        handler: str,
        files: dict[str, bytes],
        *statements: dict[str, Any],
        **settings: Any,
    ) -> str:
        """Make a function with a role of its own; return its ARN."""
        role = self.role(name, BASICS, *statements)
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler=handler,
            Code={"ZipFile": zip_bytes({**sdk(), **files})},
            TracingConfig={"Mode": "Active"},
            Timeout=20,
            **settings,
        )
        return str(made["FunctionArn"])

    def role(
        self, name: str, *statements: dict[str, Any], trust: dict[str, Any] | None = None
    ) -> str:
        """Make a role with a policy; return its ARN."""
        iam = self.client("iam")
        trusts = policy(trust) if trust else policy()
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusts)
        document = policy(*statements)
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    def kill_and_restart(self) -> None:
        """Kill the server without a warning, and start it again; nothing is provisioned."""
        os.kill(self.running.pid, signal.SIGKILL)
        state_dir, port = self.running.state_dir, self.running.port
        self.running = lifecycle.start(state_dir=state_dir, port=port)

    def summaries(self, expression: str) -> list[dict[str, Any]]:
        now = time.time()
        found: list[dict[str, Any]] = self.xray.get_trace_summaries(
            StartTime=now - 300, EndTime=now + 1, FilterExpression=expression
        )["TraceSummaries"]
        return found

    def aws(self, *words: str) -> Any:
        """Run the ``aws`` command; return its JSON output."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "aws"), *words],
            env={
                **os.environ,
                "AWS_ENDPOINT_URL": self.endpoint_url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": REGION,
                "AWS_PAGER": "",
            },
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def edges(app: PlainApp, trace_id: str) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    """Return who called whom in a trace, each as name and type, "" if it has none."""
    graph = app.xray.get_trace_graph(TraceIds=[trace_id])["Services"]
    nodes = {one["ReferenceId"]: (one["Name"], one.get("Type", "")) for one in graph}
    return {
        (nodes[one["ReferenceId"]], nodes[edge["ReferenceId"]])
        for one in graph
        for edge in one["Edges"]
    }
