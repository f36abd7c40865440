"""Meter readings: three popular serverless patterns in one app, provisioned by plain boto3.

1. API, queue, table and stream: ``POST /readings`` reaches ``accept``, which sends a message;
   ``store`` reads the queue in batches and writes a table; its stream tells ``totals``.
2. A scheduled job: ``report`` writes an object into a bucket, which tells ``announce``.
3. HTTP API and authorizer: ``GET /totals/{meter}`` reaches ``read`` if ``gatekeeper`` agrees.
"""

import json
from typing import Any

from plain_apps import REGION, PlainApp, allow, trust_in

from tracing_lab.embedded.lifecycle import EmbeddedStatus

ACCOUNT = "123456789012"
HEAD = """
import json, os
import boto3
from aws_xray_sdk.core import patch, xray_recorder

patch(["botocore"])
"""
ACCEPT = """
sqs = boto3.client("sqs")

def handler(event, context):
    with xray_recorder.in_subsegment("accept") as step:
        reading = json.loads(event["body"])
        step.put_annotation("meter", reading["meter"])
        sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(reading))
    return {"statusCode": 202, "body": json.dumps({"trace": os.environ["_X_AMZN_TRACE_ID"]})}
"""
STORE = """
table = boto3.resource("dynamodb").Table("readings")

def handler(event, context):
    failed = [one["messageId"] for one in event["Records"] if not stored(json.loads(one["body"]))]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}

def stored(reading):
    if not isinstance(reading["units"], int):
        return False
    with xray_recorder.in_subsegment("store") as step:
        step.put_annotation("meter", reading["meter"])
        table.put_item(Item=reading)
    return True
"""
TOTALS = """
table = boto3.resource("dynamodb").Table("totals")

def handler(event, context):
    for record in event["Records"]:
        new = record["dynamodb"]["NewImage"]
        table.update_item(
            Key={"meter": new["meter"]["S"]},
            UpdateExpression="ADD units :units, readings :one",
            ExpressionAttributeValues={":units": int(new["units"]["N"]), ":one": 1},
        )
"""
REPORT = """
table, bucket = boto3.resource("dynamodb").Table("totals"), boto3.client("s3")

def handler(event, context):
    totals = {one["meter"]: int(one["units"]) for one in table.scan()["Items"]}
    text = json.dumps({"totals": totals, "asked": event})
    bucket.put_object(Bucket=os.environ["BUCKET"], Key="reports/daily.json", Body=text)
"""
ANNOUNCE = """
news = boto3.client("sqs")

def handler(event, context):
    (record,) = event["Records"]
    text = json.dumps({"event": record["eventName"], "key": record["s3"]["object"]["key"]})
    news.send_message(QueueUrl=os.environ["NEWS_URL"], MessageBody=text)
"""
GATEKEEPER = """
def handler(event, context):
    (token,) = event["identitySource"]
    return {"isAuthorized": token == "let me in", "context": {"reader": "ada"}}
"""
READ = """
table = boto3.resource("dynamodb").Table("totals")

def handler(event, context):
    meter = event["pathParameters"]["meter"]
    with xray_recorder.in_subsegment("read") as step:
        step.put_annotation("meter", meter)
        item = table.get_item(Key={"meter": meter})["Item"]
    reader = event["requestContext"]["authorizer"]["lambda"]["reader"]
    return {"meter": meter, "units": int(item["units"]), "reader": reader}
"""


class Meters(PlainApp):
    """The app, as its own deployment script would make it."""

    def __init__(self, running: EmbeddedStatus) -> None:
        super().__init__(running)
        self.tables, self.sqs, self.s3 = (self.client(n) for n in ("dynamodb", "sqs", "s3"))
        self.s3.create_bucket(Bucket="meters")
        self.rejected_url = self.sqs.create_queue(QueueName="rejected")["QueueUrl"]
        self.news_url = self.sqs.create_queue(QueueName="news")["QueueUrl"]
        self.readings_url = self._make_readings_and_totals()
        self.api_url = self._make_rest_api()
        self.schedule_role_arn = self._make_report()
        self.http_url = self._make_http_api()

    def _make_readings_and_totals(self) -> str:
        """Make queue, tables and the functions between them; return the queue's address."""
        redrive = {"deadLetterTargetArn": self._queue_arn("rejected"), "maxReceiveCount": 1}
        url: str = self.sqs.create_queue(
            QueueName="readings", Attributes={"RedrivePolicy": json.dumps(redrive)}
        )["QueueUrl"]
        stream_arn = self._table("readings", "id", StreamSpecification=_STREAM)
        self._table("totals", "meter")
        polls = allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        self._handler("store", STORE, polls, allow("dynamodb:PutItem"))
        self._handler("totals", TOTALS, _READS_STREAM, allow("dynamodb:UpdateItem"))
        self.functions.create_event_source_mapping(
            FunctionName="store",
            EventSourceArn=self._queue_arn("readings"),
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        self.functions.create_event_source_mapping(
            FunctionName="totals", EventSourceArn=stream_arn, StartingPosition="TRIM_HORIZON"
        )
        return url

    def _make_rest_api(self) -> str:
        self._handler("accept", ACCEPT, allow("sqs:SendMessage"), QUEUE_URL=self.readings_url)
        gateway = self.client("apigateway")
        api = gateway.create_rest_api(name="meters")
        where = {"restApiId": api["id"], "httpMethod": "POST"}
        where["resourceId"] = gateway.create_resource(
            restApiId=api["id"], parentId=api["rootResourceId"], pathPart="readings"
        )["id"]
        gateway.put_method(**where, authorizationType="NONE")
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{_arn('accept')}"
        gateway.put_integration(
            **where, type="AWS_PROXY", integrationHttpMethod="POST", uri=f"{uri}/invocations"
        )
        gateway.create_deployment(restApiId=api["id"])
        stage = {"restApiId": api["id"], "stageName": "live"}
        deployment = gateway.get_deployments(restApiId=api["id"])["items"][0]["id"]
        gateway.create_stage(**stage, deploymentId=deployment, tracingEnabled=True)
        self._permit("accept", "apigateway.amazonaws.com")
        return f"{self.endpoint_url}/_aws/execute-api/{api['id']}/live"

    def _make_report(self) -> str:
        """Make the job and what it tells; return the role with which a schedule may run it."""
        self._handler("report", REPORT, allow("dynamodb:Scan", "s3:PutObject"), BUCKET="meters")
        self._handler("announce", ANNOUNCE, allow("sqs:SendMessage"), NEWS_URL=self.news_url)
        self._permit("announce", "s3.amazonaws.com")
        told = {"LambdaFunctionArn": _arn("announce"), "Events": ["s3:ObjectCreated:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket="meters",
            NotificationConfiguration={"LambdaFunctionConfigurations": [told]},
        )
        invoke = allow("lambda:InvokeFunction", on=_arn("report"))
        return self.role("schedule", invoke, trust=trust_in("scheduler.amazonaws.com"))

    def _make_http_api(self) -> str:
        self._handler("gatekeeper", GATEKEEPER)
        self._handler("read", READ, allow("dynamodb:GetItem"))
        apis = self.client("apigatewayv2")
        api_id = apis.create_api(Name="totals", ProtocolType="HTTP")["ApiId"]
        integration = apis.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=_arn("read"),
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        invoked = f"functions/{_arn('gatekeeper')}/invocations"
        authorizer = apis.create_authorizer(
            ApiId=api_id,
            Name="gatekeeper",
            AuthorizerType="REQUEST",
            AuthorizerUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/{invoked}",
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            IdentitySource=["$request.header.Authorization"],
        )["AuthorizerId"]
        apis.create_route(
            ApiId=api_id,
            RouteKey="GET /totals/{meter}",
            Target=f"integrations/{integration}",
            AuthorizationType="CUSTOM",
            AuthorizerId=authorizer,
        )
        apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
        for name in ("gatekeeper", "read"):
            self._permit(name, "apigateway.amazonaws.com")
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/$default"

    def schedule(self, name: str, at: str) -> None:
        """Schedule the report at a time, given as ``yyyy-mm-ddThh:mm:ss``."""
        self.client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression=f"at({at})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": _arn("report"),
                "RoleArn": self.schedule_role_arn,
                "Input": json.dumps({"schedule": name, "time": "<aws.scheduler.scheduled-time>"}),
            },
        )

    def total(self, meter: str) -> dict[str, int]:
        """Return units and number of readings of a meter; empty before the first."""
        item = self.tables.get_item(TableName="totals", Key={"meter": {"S": meter}}).get("Item", {})
        return {name: int(item[name]["N"]) for name in ("units", "readings") if name in item}

    def messages(self, queue_url: str) -> list[Any]:
        """Receive and delete messages of a queue; return their bodies, parsed as JSON."""
        found = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        for one in found.get("Messages", []):
            self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=one["ReceiptHandle"])
        return [json.loads(one["Body"]) for one in found.get("Messages", [])]

    def _handler(self, name: str, code: str, *statements: dict[str, Any], **variables: str) -> None:
        files = {"app.py": (HEAD + code).encode()}
        self.function(name, "app.handler", files, *statements, Environment={"Variables": variables})

    def _table(self, name: str, key: str, **more: Any) -> str:
        """Make a table with a text as key; return its stream's ARN, empty without a stream."""
        made = self.tables.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )["TableDescription"]
        return str(made.get("LatestStreamArn", ""))

    def _permit(self, function: str, principal: str) -> None:
        self.functions.add_permission(
            FunctionName=function,
            StatementId=principal.partition(".")[0],
            Action="lambda:InvokeFunction",
            Principal=principal,
        )

    def _queue_arn(self, name: str) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def _arn(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


_STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
_READS_STREAM = allow("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream")
