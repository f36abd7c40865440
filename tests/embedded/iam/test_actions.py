"""What requests ask IAM for."""

import json
from typing import Any

import boto3
import pytest

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.iam.actions import authorization_requests
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.signature import SigningScope

ACCOUNT = "123456789012"
ARN = "arn:aws:{}:us-east-1:123456789012:{}"
LINES = [{"timestamp": 0, "message": "x"}]
URL = "http://127.0.0.1:4566/123456789012/q"


def asked(service: Any, operation: str, **members: Any) -> list[tuple[str, str]]:
    """Call a service through its own client; give the actions and resources that this needs."""
    found: list[tuple[str, str]] = []

    def look(request: Any, **_: Any) -> Any:
        path, _, query = request.url.partition("4566")[2].partition("?")
        body = request.body or b""
        headers = tuple(
            (name, value.decode() if isinstance(value, bytes) else str(value))
            for name, value in request.headers.items()
        )
        text = body.encode() if isinstance(body, str) else bytes(body)
        seen = HttpRequest(request.method, path, query, headers, text)
        signed = client.meta.service_model.signing_name
        call = read_call(seen, SigningScope("k", "us-east-1", signed))
        found.extend((one.action, one.resource) for one in authorization_requests(call, ACCOUNT))
        raise StopIteration

    client = boto3.client(
        service,
        "us-east-1",
        endpoint_url="http://127.0.0.1:4566",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.meta.events.register("before-send", look)
    with pytest.raises(StopIteration):
        getattr(client, operation)(**members)
    return found


@pytest.mark.parametrize(
    "service, operation, members, action, resource",
    [
        ("sqs", "send_message", {"QueueUrl": URL, "MessageBody": "x"}, "sqs:SendMessage", "q"),
        ("sqs", "create_queue", {"QueueName": "q"}, "sqs:CreateQueue", "q"),
        (
            "sqs",
            "delete_message_batch",
            {"QueueUrl": URL, "Entries": []},
            "sqs:DeleteMessage",
            "q",
        ),
        (
            "sns",
            "publish",
            {"TopicArn": ARN.format("sns", "t"), "Message": "x"},
            "sns:Publish",
            "t",
        ),
        (
            "dynamodb",
            "get_item",
            {"TableName": "orders", "Key": {"id": {"S": "7"}}},
            "dynamodb:GetItem",
            "table/orders",
        ),
        (
            "dynamodb",
            "query",
            {"TableName": "orders", "IndexName": "by-day"},
            "dynamodb:Query",
            "table/orders/index/by-day",
        ),
        ("events", "put_rule", {"Name": "r", "EventBusName": "b"}, "events:PutRule", "rule/b/r"),
        ("events", "create_event_bus", {"Name": "b"}, "events:CreateEventBus", "event-bus/b"),
        (
            "logs",
            "put_log_events",
            {"logGroupName": "/g", "logStreamName": "s", "logEvents": LINES},
            "logs:PutLogEvents",
            "log-group:/g:log-stream:s",
        ),
        (
            "lambda",
            "get_function_configuration",
            {"FunctionName": "f"},
            "lambda:GetFunctionConfiguration",
            "function:f",
        ),
        (
            "ssm",
            "get_parameter",
            {"Name": "/shop/key"},
            "ssm:GetParameter",
            "parameter/shop/key",
        ),
    ],
)
def test_actions_and_resources(
    service: str, operation: str, members: dict[str, Any], action: str, resource: str
) -> None:
    wanted = ARN.format(service, resource)
    assert asked(service, operation, **members) == [(action, wanted)]


@pytest.mark.parametrize(
    "service, operation, members, expected",
    [
        ("iam", "get_role", {"RoleName": "r"}, ("iam:GetRole", "arn:aws:iam::123456789012:role/r")),
        ("s3", "get_object", {"Bucket": "b", "Key": "a/k"}, ("s3:GetObject", "arn:aws:s3:::b/a/k")),
        ("s3", "list_objects_v2", {"Bucket": "b"}, ("s3:ListBucket", "arn:aws:s3:::b")),
        ("s3", "get_bucket_policy", {"Bucket": "b"}, ("s3:GetBucketPolicy", "arn:aws:s3:::b")),
        ("xray", "get_groups", {}, ("xray:GetGroups", "*")),
        (
            "scheduler",
            "delete_schedule",
            {"Name": "s", "GroupName": "g"},
            (
                "scheduler:DeleteSchedule",
                "arn:aws:scheduler:us-east-1:123456789012:schedule/g/s",
            ),
        ),
        (
            "scheduler",
            "get_schedule",
            {"Name": "s"},
            (
                "scheduler:GetSchedule",
                "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s",
            ),
        ),
        (
            "scheduler",
            "create_schedule_group",
            {"Name": "g"},
            (
                "scheduler:CreateScheduleGroup",
                "arn:aws:scheduler:us-east-1:123456789012:schedule-group/g",
            ),
        ),
        ("scheduler", "list_schedules", {}, ("scheduler:ListSchedules", "*")),
        (
            "apigateway",
            "get_rest_api",
            {"restApiId": "a1"},
            ("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/a1"),
        ),
    ],
)
def test_services_with_ways_of_their_own(
    service: str, operation: str, members: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert asked(service, operation, **members) == [expected]


def test_a_transaction_needs_each_of_its_parts() -> None:
    items = [
        {"Put": {"TableName": "a", "Item": {}}},
        {"Delete": {"TableName": "b", "Key": {}}},
        {"Put": {"TableName": "a", "Item": {}}},
    ]
    assert asked("dynamodb", "transact_write_items", TransactItems=items) == [
        ("dynamodb:PutItem", ARN.format("dynamodb", "table/a")),
        ("dynamodb:DeleteItem", ARN.format("dynamodb", "table/b")),
    ]


def test_metrics_are_told_apart_by_their_namespace() -> None:
    body = json.dumps({"Namespace": "Shop", "MetricData": []}).encode()
    target = (("X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"),)
    request = HttpRequest("POST", "/", headers=target, body=body)
    scope = SigningScope("k", "us-east-1", "monitoring")
    (authorization,) = authorization_requests(read_call(request, scope), ACCOUNT)
    assert (authorization.action, authorization.resource) == ("cloudwatch:PutMetricData", "*")
    assert authorization.context == {"cloudwatch:namespace": "Shop"}


def test_what_nobody_knows_is_asked_for_by_no_known_name() -> None:
    scope = SigningScope("k", "us-east-1", "nothing")
    (authorization,) = authorization_requests(read_call(HttpRequest("GET", "/"), scope), ACCOUNT)
    assert (authorization.action, authorization.resource) == ("nothing:Unknown", "*")
