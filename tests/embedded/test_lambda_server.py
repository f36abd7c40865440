"""Lambda on an embedded AWS, through boto3 whose requests go straight into the server."""

import asyncio
import base64
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archives import app_zip, zip_of
from direct_clients import direct_client
from waiting import waited

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.server import Server

SHOWS = """
import shared
def handler(event, context):
    print("printed")
    return [{number}, shared.NAME, context.function_version, context.invoked_function_arn]
"""


MAY_LOG = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
SAYS_WHAT_CAME = """
import base64, gzip, json
def handler(event, context):
    content = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    for one in content["logEvents"]:
        print(content["logGroup"], "says", one["message"])
"""


class Lambda:
    """A server in a thread, a client of it, and a function with a layer."""

    def __init__(self, state_dir: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self.run(self.start(state_dir))
        self.client = self.client_of("lambda")
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = self.client_of("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)
        layer = self.client.publish_layer_version(
            LayerName="shared", Content={"ZipFile": zip_of({"python/shared.py": "NAME = 'layer'"})}
        )
        self.client.create_function(
            FunctionName="f",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": app_zip(SHOWS.format(number=1))},
            Layers=[layer["LayerVersionArn"]],
            Publish=True,
        )

    async def start(self, state_dir: Path) -> Server:
        return Server(state_dir, endpoint_url="http://127.0.0.1:9", token="t", idle_timeout_s=0)

    def stop(self) -> None:
        self.server._control.reset()
        self.run(self.server.wait_until_stopped())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=60)

    def client_of(self, service: str) -> Any:
        return direct_client(service, self.answer, region="us-east-1")

    def answer(self, request: HttpRequest) -> HttpResponse:
        headers = (*request.headers, ("Host", "127.0.0.1"))
        response: HttpResponse = self.run(self.server._answer(replace(request, headers=headers)))
        return response

    def invoke(self, **options: Any) -> tuple[Any, Any]:
        answer = self.client.invoke(FunctionName="f", **options)
        return json.loads(answer["Payload"].read()), answer


@pytest.fixture(scope="module")
def lambdas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lambda]:
    lambdas = Lambda(tmp_path_factory.mktemp("lambda"))
    yield lambdas
    lambdas.stop()


def test_new_code_counts_from_the_next_invocation_on_and_not_for_versions(lambdas: Lambda) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    first, answer = lambdas.invoke(LogType="Tail")
    assert first == [1, "layer", "$LATEST", arn]
    assert b"printed\nEND RequestId" in base64.b64decode(answer["LogResult"])
    code = app_zip(SHOWS.format(number=2))
    lambdas.client.update_function_code(FunctionName="f", ZipFile=code)
    assert lambdas.invoke()[0][0] == 2
    lambdas.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    seen, answer = lambdas.invoke(Qualifier="live")
    assert seen == [1, "layer", "1", f"{arn}:live"]
    assert answer["ExecutedVersion"] == "1"


def test_reserved_concurrency_of_zero_throttles_with_a_reason(lambdas: Lambda) -> None:
    setting = {"FunctionName": "f", "ReservedConcurrentExecutions": 0}
    lambdas.client.put_function_concurrency(**setting)
    with pytest.raises(lambdas.client.exceptions.TooManyRequestsException) as caught:
        lambdas.invoke()
    reason = caught.value.response["Reason"]
    assert reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    lambdas.client.delete_function_concurrency(FunctionName="f")
    assert lambdas.invoke()[1]["StatusCode"] == 200


def test_a_subscription_runs_a_function_with_what_another_logs(lambdas: Lambda) -> None:
    role = lambdas.client.get_function_configuration(FunctionName="f")["Role"]
    lambdas.client_of("iam").attach_role_policy(RoleName="r", PolicyArn=MAY_LOG)
    watcher = lambdas.client.create_function(
        FunctionName="watcher",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": app_zip(SAYS_WHAT_CAME)},
    )
    lambdas.client.add_permission(
        FunctionName="watcher",
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal="logs.amazonaws.com",
    )
    logs = lambdas.client_of("logs")
    logs.create_log_group(logGroupName="/aws/lambda/f")
    logs.put_subscription_filter(
        logGroupName="/aws/lambda/f",
        filterName="prints",
        filterPattern="printed",
        destinationArn=watcher["FunctionArn"],
    )
    lambdas.invoke()
    assert logged(logs, "/aws/lambda/watcher", "says") == ["/aws/lambda/f says printed"]


def logged(logs: Any, group: str, pattern: str) -> list[str]:
    """Return the messages of a group that match, as soon as there are some."""

    def found() -> list[str]:
        with suppress(logs.exceptions.ResourceNotFoundException):
            events = logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
            return [event["message"].strip() for event in events]
        return []

    return waited(found)


def test_a_function_keeps_a_layer_that_was_deleted_and_no_other_gets_it(lambdas: Lambda) -> None:
    (layer,) = lambdas.client.get_function_configuration(FunctionName="f")["Layers"]
    lambdas.client.delete_layer_version(LayerName="shared", VersionNumber=1)
    lambdas.client.update_function_configuration(FunctionName="f", Timeout=5)  # starts it anew
    (_, name, *_), _ = lambdas.invoke()
    assert name == "layer"
    with pytest.raises(lambdas.client.exceptions.ClientError, match=layer["Arn"]):
        lambdas.client.update_function_configuration(FunctionName="f", Layers=[layer["Arn"]])
