"""Lambda on a running embedded AWS, through plain boto3."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tracing_lab.embedded import lifecycle

SHOWS = """
import shared
def handler(event, context):
    print("printed")
    return [{number}, shared.NAME, context.function_version, context.invoked_function_arn]
"""


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return content.getvalue()


class Lambda:
    """A client of a running server, and a function with a layer."""

    def __init__(self, state_dir: Path) -> None:
        self.endpoint_url = lifecycle.start(state_dir=state_dir).endpoint_url
        self.client = self.client_of("lambda")
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = self.client_of("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)
        layer = self.client.publish_layer_version(
            LayerName="shared", Content={"ZipFile": zipped(python__shared="NAME = 'layer'")}
        )
        self.client.create_function(
            FunctionName="f",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": zipped(app=SHOWS.format(number=1))},
            Layers=[layer["LayerVersionArn"]],
            Publish=True,
        )

    def client_of(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def invoke(self, **options: Any) -> tuple[Any, Any]:
        answer = self.client.invoke(FunctionName="f", **options)
        return json.loads(answer["Payload"].read()), answer


@pytest.fixture(scope="module")
def lambdas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lambda]:
    state_dir = tmp_path_factory.mktemp("lambda")
    yield Lambda(state_dir)
    lifecycle.stop(state_dir=state_dir)


def test_new_code_counts_from_the_next_invocation_on_and_not_for_versions(lambdas: Lambda) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    first, answer = lambdas.invoke(LogType="Tail")
    assert first == [1, "layer", "$LATEST", arn]
    assert b"printed\nEND RequestId" in base64.b64decode(answer["LogResult"])
    code = zipped(app=SHOWS.format(number=2))
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
