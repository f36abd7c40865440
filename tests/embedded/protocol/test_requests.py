"""Requests that services make reach the operation with the members that were given."""

from typing import Any

import pytest

from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.requests import Requester, request_call, request_of
from tracing_lab.embedded.protocol.service_models import operation_model
from tracing_lab.embedded.protocol.signature import signature_problem

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("sqs", "SendMessage", {"QueueUrl": "https://q/1/n", "MessageBody": "größe"}),
    ("events", "PutEvents", {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]}),
    ("sns", "Publish", {"TopicArn": "arn:t", "Message": "a & b"}),
    ("dynamodb", "DeleteItem", {"TableName": "t", "Key": {"id": {"S": "1"}}}),
    ("scheduler", "DeleteSchedule", {"Name": "s"}),
    ("logs", "CreateLogGroup", {"logGroupName": "/a"}),
    ("ssm", "PutParameter", {"Name": "/a", "Value": "1"}),
    ("cloudwatch", "PutMetricData", {"Namespace": "N", "MetricData": [{"MetricName": "m"}]}),
    ("apigatewayv2", "GetApi", {"ApiId": "a"}),
    ("s3", "DeleteObjectTagging", {"Bucket": "b", "Key": "k"}),  # whose path has a query
]


@pytest.mark.parametrize("service, operation, members", CALLS)
def test_a_request_is_read_as_what_it_was_made_of(
    service: str, operation: str, members: dict[str, Any]
) -> None:
    call = request_call(service, operation, members, caller="me", region="eu-west-1")
    assert call.key == (service, operation)
    assert {name: call.members.get(name) for name in members} == members
    assert call.region == "eu-west-1"
    assert signature_problem(call.request) is None


def test_a_session_has_its_token_and_the_address_of_its_caller() -> None:
    caller = Requester("key", "eu-west-1", "token", "localhost:8000")
    request = request_of(operation_model("sqs", "ListQueues"), {}, caller)
    assert request.header("X-Amz-Security-Token") == "token"
    assert request.header("Host") == "localhost:8000"
    assert read_call(request).scope.access_key == "key"


def test_headers_and_blobs_of_rest_operations() -> None:
    members = {"FunctionName": "f", "InvocationType": "Event", "Payload": b'{"a": 1}'}
    call = request_call("lambda", "Invoke", members, caller="me", region="r")
    assert call.request.header("X-Amz-Invocation-Type") == "Event"
    assert call.request.body == b'{"a": 1}'
    assert call.path_members["FunctionName"] == "f"


def test_names_in_queries() -> None:
    members = {"Name": "s", "GroupName": "a b"}
    call = request_call("scheduler", "DeleteSchedule", members, caller="me", region="r")
    assert call.query["groupName"] == "a b"


def test_what_does_not_exist_or_fit() -> None:
    with pytest.raises(KeyError):
        request_call("sqs", "Fly", {}, caller="me", region="r")
    with pytest.raises(KeyError):
        request_call("nothing", "Fly", {}, caller="me", region="r")
    with pytest.raises(ValueError, match="does not fit events PutEvents"):
        request_call("events", "PutEvents", {"Entries": [1]}, caller="me", region="r")
