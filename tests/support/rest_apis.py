"""A REST API on a running embedded AWS: functions, methods, requests, and the traces of these."""

import json
import os
import signal
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
from archives import app_zip
from botocore.config import Config
from waiting import waited

from tracing_lab.embedded import lifecycle
from tracing_lab.xray_model.trace_ids import new_trace_id

ACCOUNT, REGION = "123456789012", "us-east-1"
LAMBDA = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions"
ECHO = "def handler(event, context):\n    return event\n"
PROXY_ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""


class Response:
    """What a client got."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class RestApis:
    """A running embedded AWS with one REST API, whose resources tests add and deploy."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.running = lifecycle.start(state_dir=state_dir)
        self.gateway, self.functions = self.client("apigateway"), self.client("lambda")
        self.iam, self.xray = self.client("iam"), self.client("xray")
        self.function_role = self.role("function", "lambda.amazonaws.com", "xray:*")
        self.api_id = str(self.gateway.create_rest_api(name="shop")["id"])
        items = self.gateway.get_resources(restApiId=self.api_id)["items"]
        self.root_id = items[0]["id"]

    def client(self, service: Any) -> Any:
        """Return a client of the embedded AWS."""
        return boto3.client(
            service,
            endpoint_url=self.running.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def role(self, name: str, service: str, *actions: str) -> str:
        """Create a role that a service may assume and that may do something; return its ARN."""
        trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        if actions:
            allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    def function(self, name: str, code: str = ECHO, *, source: str = "*") -> str:
        """Create a traced function that the API may invoke; return the URI for integrations."""
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.function_role,
            Handler="app.handler",
            Code={"ZipFile": app_zip(code)},
            TracingConfig={"Mode": "Active"},
        )
        if source:
            self.functions.add_permission(
                FunctionName=name,
                StatementId="api",
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
                SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.api_id}/{source}",
            )
        return f"{LAMBDA}/{made['FunctionArn']}/invocations"

    def method(self, path: str, verb: str = "POST", **settings: Any) -> dict[str, str]:
        """Create a resource with a method; return what names it."""
        made = self.gateway.create_resource(
            restApiId=self.api_id, parentId=self.root_id, pathPart=path
        )
        where = {"restApiId": self.api_id, "resourceId": made["id"], "httpMethod": verb}
        self.gateway.put_method(**where, **{"authorizationType": "NONE", **settings})
        return where

    def integrate(self, where: Mapping[str, str], **settings: Any) -> None:
        """Add to a method an integration that is no proxy, with a default response."""
        defaults = {"type": "AWS", "integrationHttpMethod": "POST"}
        self.gateway.put_integration(**where, **{**defaults, **settings})
        self.respond(where, "200")

    def respond(self, where: Mapping[str, str], status: str, **settings: Any) -> None:
        """Add a response to a method."""
        headers = dict.fromkeys(settings.get("responseParameters", {}), False)
        self.gateway.put_method_response(**where, statusCode=status, responseParameters=headers)
        self.gateway.put_integration_response(**where, statusCode=status, **settings)

    def deploy(self, **settings: Any) -> None:
        """Deploy the API to its stage, which traces."""
        self.gateway.create_deployment(
            restApiId=self.api_id, stageName="prod", tracingEnabled=True, **settings
        )

    def request(
        self,
        path: str,
        body: object = None,
        *,
        verb: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request to the stage; a body that is no bytes is sent as JSON."""
        target = f"/_aws/execute-api/{self.api_id}/prod{path}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        connection = HTTPConnection("127.0.0.1", self.running.port, timeout=60)
        with closing(connection):
            connection.request(
                verb, target, data, {key: value for key, value in sent.items() if value}
            )
            response = connection.getresponse()
            return Response(response.status, dict(response.headers), response.read())

    def traced(self, path: str, body: object = None, **options: Any) -> tuple[Response, str]:
        """Send a request that is traced; return the response and the trace's id."""
        root = new_trace_id(time.time())
        headers = {**options.pop("headers", {}), "X-Amzn-Trace-Id": f"Root={root};Sampled=1"}
        return self.request(path, body, headers=headers, **options), root

    def segments(self, root: str, count: int) -> list[dict[str, Any]]:
        """Return the segments of a trace, once there are as many, the stage's first."""

        def look() -> list[dict[str, Any]] | None:
            traces = self.xray.batch_get_traces(TraceIds=[root])["Traces"]
            found = [json.loads(one["Document"]) for trace in traces for one in trace["Segments"]]
            done = [one for one in found if "end_time" in one]
            return done if len(done) >= count else None

        return sorted(waited(look), key=lambda one: one.get("origin") != "AWS::ApiGateway::Stage")

    def kill_and_start(self) -> None:
        """Kill the server without a warning, and start it again."""
        os.kill(self.running.pid, signal.SIGKILL)
        waited(lambda: lifecycle.status(state_dir=self.state_dir) is None)
        self.running = lifecycle.start(state_dir=self.state_dir, port=self.running.port)

    def close(self) -> None:
        """Stop the server."""
        lifecycle.stop(state_dir=self.state_dir)
