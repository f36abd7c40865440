"""Requests of functions that could be read in two ways are refused; AWS's own clients' are not."""

import gzip
import json
from typing import Any

import boto3
import pytest
from calls import operations

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.iam.call_form import ambiguity
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.signature import SigningScope, signing_scope

FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/x-amz-json-1.0")
LIST = ("X-Amz-Target", "AmazonSQS.ListQueues")
HOST = ("Host", "127.0.0.1:4566")


def problem(service: str, request: HttpRequest, region: str = "us-east-1") -> str | None:
    return ambiguity(read_call(request, SigningScope("k", region, service)))


def post(
    *headers: tuple[str, str], body: bytes = b"", path: str = "/", query: str = ""
) -> HttpRequest:
    return HttpRequest("POST", path, query, (HOST, *headers), body)


@pytest.mark.parametrize(
    "service, request_",
    [
        # the operation twice, of which moto takes another one than the target
        ("sqs", post(LIST, JSON, body=b"{}", query="Action=DeleteQueue")),
        ("sqs", post(LIST, FORM, body=b"Action=DeleteQueue&QueueName=q")),
        ("sqs", post(LIST, JSON, body=b'{"a": "&Action=DeleteQueue&b="}')),
        ("sqs", post(LIST, JSON, ("Action", "DeleteQueue"))),
        ("sqs", post(LIST, LIST, JSON, body=b"{}")),
        ("sqs", post(LIST, ("X_Amz_Target", "AmazonSQS.DeleteQueue"), JSON, body=b"{}")),
        ("iam", post(FORM, body=b"Action=ListRoles&Action=DeleteRole")),
        ("iam", post(FORM, body=b"Action=ListRoles", query="Action=DeleteRole")),
        ("iam", post(FORM, body=b"Action=ListRoles&RoleName=a&RoleName=b")),
        ("iam", post(body=b"Action=ListRoles")),
        ("iam", post(FORM, body=b"x=1", query="Action=ListRoles")),
        ("lambda", post(JSON, body=b"{}", path="/2015-03-31/functions/f", query="Action=x")),
        ("lambda", post(FORM, body=b"Action=x", path="/2015-03-31/functions")),
        ("events", post(("X-Amz-Target", "AWSEvents.PutEvents"), JSON, body=b"{}",
                        path="/service/AWSEvents/operation/ListRules")),
        # an operation that the service does not have
        ("sqs", post(JSON, body=b"{}")),
        ("sqs", post(("X-Amz-Target", "AmazonSQS.Nothing"), JSON, body=b"{}")),
        ("sqs", post(("X-Amz-Target", "AWSEvents.ListRules"), JSON, body=b"{}")),
        ("sqs", post(("X-Amz-Target", "ListQueues"), JSON, body=b"{}")),
        ("sqs", post(("X-Amz-Target", ""), JSON, body=b"{}")),
        ("iam", post(FORM, body=b"Action=Nothing")),
        ("iam", post(FORM)),
        ("monitoring", post(path="/service/Other/operation/PutMetricData")),
        ("lambda", HttpRequest("PURGE", "/2015-03-31/functions")),
        ("lambda", HttpRequest("HEAD", "/2015-03-31/functions")),
        ("lambda", HttpRequest("GET", "/unknown")),
        ("eventbridge", post(("X-Amz-Target", "AWSEvents.ListRules"), JSON, body=b"{}")),
        ("nothing", post(FORM, body=b"Action=ListRoles")),
        # paths that are read in two ways
        ("lambda", HttpRequest("GET", "/2015-03-31/functions/f%2Fpolicy")),
        ("lambda", HttpRequest("GET", "/2015-03-31/functions/x/../f")),
        ("lambda", HttpRequest("GET", "/2015-03-31/functions/%2e%2e/f")),
        ("lambda", HttpRequest("GET", "//2015-03-31/functions/f")),
        ("s3", HttpRequest("GET", "/moto-api/reset")),
        ("s3", HttpRequest("GET", "/latest/meta-data/iam")),
        ("s3", HttpRequest("GET", "/a/../b/c")),
        ("s3", HttpRequest("GET", "/key", headers=(("Host", "vault.localhost:4566"),))),
        ("s3", HttpRequest("GET", "/shop", "acl&policy")),
        ("s3", HttpRequest("PUT", "/shop", "replication")),
        ("s3", HttpRequest("GET", "/shop/a", "versionId=1&versionId=2")),
        ("s3", HttpRequest("POST", "/shop")),
        # headers that change the meaning, and other regions and accounts
        ("sqs", post(LIST, JSON, ("X-Moto-Account-Id", "999999999999"), body=b"{}")),
        ("sqs", post(LIST, JSON, ("X-HTTP-Method-Override", "DELETE"), body=b"{}")),
        ("sqs", post(LIST, JSON, ("User-Agent", "a region/eu-west-1"), body=b"{}")),
        ("iam", HttpRequest("GET", "/", "Action=ListRoles&x=.eu-west-1.amazonaws.com")),
        ("lambda", HttpRequest("GET", "/2015-03-31/functions/a.eu-west-1.amazonaws.com")),
        # bodies that we cannot read but moto may
        ("sqs", post(LIST, JSON, body=b"[]")),
        ("sqs", post(LIST, JSON, ("Content-Encoding", "gzip"), body=b"\x1f\x8bno")),
        ("sqs", post(LIST, JSON, ("Content-Encoding", "br"), body=b"{}")),
        ("sqs", post(LIST, ("Content-Type", "multipart/form-data; boundary=x"), body=b"{}")),
        ("sqs", post(LIST, JSON, body=b"{}", query="x=1")),
    ],
)  # fmt: skip
def test_what_could_be_something_else_is_not_clear(service: str, request_: HttpRequest) -> None:
    assert problem(service, request_) is not None


@pytest.mark.parametrize(
    "service",
    ["apigateway", "cloudwatch", "dynamodb", "events", "iam", "kms", "lambda", "logs",
     "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts", "xray"],
)  # fmt: skip
def test_calls_of_every_operation_are_clear(service: str) -> None:
    unclear = []
    for call in operations(service):
        path, _, query = call.path.partition("?")
        request = HttpRequest(call.method, path, query, (HOST, *call.headers), call.body)
        scope = signing_scope(request)
        assert scope is not None
        if (why := ambiguity(read_call(request, scope))) is not None:
            unclear.append((call.path, call.headers[1:], why))
    assert unclear == []


def recorded(service: str, operation: str, **members: object) -> HttpRequest:
    """Return the request that boto3 sends."""
    client = boto3.client(
        service,  # type: ignore[call-overload] # any name
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:4566",
        aws_access_key_id="k",
        aws_secret_access_key="s",
    )
    sent: list[Any] = []

    def keep(request: Any, **_: object) -> None:
        sent.append(request)
        raise InterruptedError

    client.meta.events.register("before-send", keep)
    with pytest.raises(InterruptedError):
        getattr(client, operation)(**members)
    (request,) = sent
    target = request.url.removeprefix("http://127.0.0.1:4566")
    path, _, query = target.partition("?")
    headers = tuple(
        (name, text.decode() if isinstance(text, bytes) else str(text))
        for name, text in request.headers.items()
    )
    body = request.body or b""
    content = body.read() if hasattr(body, "read") else body
    data = content.encode() if isinstance(content, str) else bytes(content)
    return HttpRequest(request.method, path, query, (HOST, *headers), data)


@pytest.mark.parametrize(
    "service, operation, members",
    [
        ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1:4566/123456789012/q",
                                 "MessageBody": "a"}),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "a&b"}),
        ("s3", "put_object", {"Bucket": "shop", "Key": "a b/c.json", "Body": b"x"}),
        ("s3", "list_objects_v2", {"Bucket": "shop", "Prefix": "a"}),
        ("s3", "copy_object", {"Bucket": "shop", "Key": "a", "CopySource": "vault/b"}),
        ("s3", "delete_objects", {"Bucket": "shop", "Delete": {"Objects": [{"Key": "a"}]}}),
        ("s3", "create_multipart_upload", {"Bucket": "shop", "Key": "a"}),
        ("s3", "upload_part", {"Bucket": "shop", "Key": "a", "UploadId": "u", "PartNumber": 1,
                               "Body": b"x"}),
        ("s3", "get_object_tagging", {"Bucket": "shop", "Key": "a", "VersionId": "1"}),
        ("s3", "get_bucket_location", {"Bucket": "shop"}),
        ("s3", "list_buckets", {}),
        ("lambda", "invoke", {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f",
                              "Qualifier": "live", "Payload": b"{}"}),
        ("lambda", "list_tags", {"Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
        ("cloudwatch", "put_metric_data", {"Namespace": "shop", "MetricData": [
            {"MetricName": f"m{number}", "Value": 1.0} for number in range(400)]}),
        ("cloudwatch", "describe_alarms", {"AlarmNames": ["a"]}),
        ("dynamodb", "put_item", {"TableName": "t", "Item": {"a": {"S": "&x=1"}}}),
        ("apigateway", "get_tags", {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/a"}),
        ("xray", "put_trace_segments", {"TraceSegmentDocuments": ["{}"]}),
        ("sesv2", "send_email", {"Content": {}}),
    ],
)  # fmt: skip
def test_boto3s_calls_are_clear(service: str, operation: str, members: dict[str, object]) -> None:
    request = recorded(service, operation, **members)
    scope = signing_scope(request)
    assert scope is not None
    assert ambiguity(read_call(request, scope)) is None


def test_a_packed_body_is_read() -> None:
    body = gzip.compress(json.dumps({"a": "&Action=DeleteQueue&"}).encode())
    request = post(LIST, JSON, ("Content-Encoding", "gzip"), body=body)
    assert problem("sqs", request) == "its operation is named twice"
