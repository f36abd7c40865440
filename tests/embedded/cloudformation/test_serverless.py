"""Templates of the Serverless Application Model, with AWS's translator where it is installed."""

import json
import sys
from importlib.util import find_spec
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from waiting import waited

from tracing_lab.embedded.cloudformation.template.serverless import without_serverless
from tracing_lab.embedded.protocol.errors import ApiError

from .conftest import Stacks

NEEDS_TRANSLATOR = pytest.mark.skipif(
    find_spec("samtranslator") is None, reason="aws-sam-translator is not installed"
)
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Handler: index.handler, Timeout: 9, Tracing: Active}
Parameters:
  Seconds: {Type: Number, Default: 45}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        import json
        def handler(event, context):
            print("heard", json.dumps(event))
            return {"statusCode": 200, "body": json.dumps({"id": event["pathParameters"]["id"]})}
      Environment: {Variables: {TABLE: !Ref Table}}
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Table}
        - AWSXRayDaemonWriteAccess
      AutoPublishAlias: live
      Events:
        Api: {Type: Api, Properties: {Path: "/orders/{id}", Method: post}}
        Bus: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 2}}
  Table: {Type: AWS::Serverless::SimpleTable}
  Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Ref Seconds}}
Outputs:
  Api: {Value: !Ref ServerlessRestApi}
  Function: {Value: !Ref Orders}
"""
BOTH = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def test_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "samtranslator"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "samtranslator", None)
    with pytest.raises(ApiError, match=r"pip install 'tracing-lab\[sam\]'"):
        without_serverless({"Resources": {}}, {}, "ap-northeast-2")


def test_the_macro_has_to_be_acknowledged(stacks: Stacks) -> None:
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        stacks.formation.create_stack(
            StackName="sam-1", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"]
        )


@NEEDS_TRANSLATOR
def test_a_serverless_application_runs(stacks: Stacks) -> None:
    # WHEN an application is deployed as "sam deploy" does
    formation = stacks.formation
    formation.create_change_set(
        StackName="sam-2",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=TEMPLATE,
        Capabilities=BOTH,
    )
    formation.execute_change_set(StackName="sam-2", ChangeSetName="first")
    assert stacks.stack("sam-2")["StackStatus"] == "CREATE_COMPLETE", stacks.events("sam-2")
    # THEN its API calls its function
    found = stacks.outputs("sam-2")
    url = f"{stacks.url}/_aws/execute-api/{found['Api']}/Prod/orders/7"
    with urlopen(Request(url, data=b"{}", method="POST")) as answer:  # noqa: S310 - loopback
        assert json.load(answer) == {"id": "7"}
    # and its other events do, too
    queue = stacks.ref("sam-2", "Queue")
    stacks.client("sqs").send_message(QueueUrl=queue, MessageBody="by queue")
    entry = {"Source": "shop", "DetailType": "d", "Detail": '{"by": "bus"}'}
    stacks.client("events").put_events(Entries=[entry])

    def logged() -> bool:
        group = f"/aws/lambda/{found['Function']}"
        logs = stacks.client("logs")
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return False  # the first line creates it
        events = logs.filter_log_events(logGroupName=group)["events"]
        text = "".join(event["message"] for event in events)
        return "by queue" in text and '"by": "bus"' in text

    waited(logged)
    settings = stacks.client("lambda").get_function_configuration(FunctionName=found["Function"])
    assert settings["TracingConfig"] == {"Mode": "Active"}
    stages = formation.get_template(StackName="sam-2", TemplateStage="Processed")["TemplateBody"]
    types = {resource["Type"] for resource in stages["Resources"].values()}
    assert "AWS::Lambda::Alias" in types
    assert not any(name.startswith("AWS::Serverless") for name in types)
    formation.delete_stack(StackName="sam-2")


@NEEDS_TRANSLATOR
@pytest.mark.parametrize(
    "resource, message",
    [
        ("{Type: AWS::Serverless::Function, Properties: {Handler: a.b}}", "failed with: .*Invalid"),
        ("{Type: AWS::Serverless::Application, Properties: {Location: a}}", "not simulated: take"),
    ],
)
def test_a_template_that_the_translator_rejects(
    stacks: Stacks, resource: str, message: str
) -> None:
    body = f"Transform: AWS::Serverless-2016-10-31\nResources:\n  It: {resource}\n"
    with pytest.raises(ClientError, match=message):
        stacks.formation.create_stack(StackName="sam-3", TemplateBody=body, Capabilities=BOTH)
