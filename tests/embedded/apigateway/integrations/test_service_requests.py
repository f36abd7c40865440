"""Calls of services as integrations make them."""

import json
from typing import Any

import pytest

from tracing_lab.embedded.apigateway.integrations.queue_forms import FormError
from tracing_lab.embedded.apigateway.integrations.service_requests import (
    resources_of,
    service_call,
    service_url,
)
from tracing_lab.embedded.apigateway.integrations.service_uris import parse_uri
from tracing_lab.embedded.apigateway.mapping.requests import IntegrationRequest
from tracing_lab.embedded.protocol.api_call import ApiCall

FORM = {"Content-Type": ["application/x-www-form-urlencoded"]}
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/letters"
EVENTS = "arn:aws:apigateway:us-east-1:events:action/PutEvents"
LETTERS = "arn:aws:apigateway:us-east-1:sqs:path/123456789012/letters"


def call(uri: str, **request: Any) -> ApiCall:
    parsed = parse_uri(uri)
    assert parsed is not None
    return service_call(parsed, IntegrationRequest(**request), ("X-T", "1"), http_method="POST")


def test_an_action_of_a_json_service_has_its_target() -> None:
    made = call(EVENTS, headers={"X-Amz-Target": ["Other.Thing"], "X-T": ["0"]}, body=b"{}")
    assert made.key == ("events", "PutEvents")
    headers = dict(made.request.headers)
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["X-T"] == "1"


def test_no_mapping_replaces_the_signature() -> None:
    forged = {
        "authorization": ["AWS4-HMAC-SHA256 Credential=ASIAX/1/r/s/aws4_request"],
        "Host": ["x"],
    }
    for made in (
        call(EVENTS, headers=forged),
        call(LETTERS, headers={**FORM, **forged}, body=b"Action=PurgeQueue"),
    ):
        found = made.request.by_name
        assert len(found["authorization"]) == len(found["host"]) == 1
        assert "AKIAAPIGATEWAY" in found["authorization"][0]


def test_a_form_of_a_queue_is_its_call() -> None:
    body = (
        b"Action=SendMessage&MessageBody=a%26b&DelaySeconds=3&MessageAttribute.1.Name=kind"
        b"&MessageAttribute.1.Value.StringValue=x&MessageAttribute.1.Value.DataType=String"
    )
    made = call(LETTERS, headers=FORM, body=body)
    assert made.members == {
        "QueueUrl": QUEUE,
        "MessageBody": "a&b",
        "DelaySeconds": 3,
        "MessageAttributes": {"kind": {"StringValue": "x", "DataType": "String"}},
    }
    assert resources_of(made) == {"queue_url": QUEUE}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Action=Nothing",
        b"Action=SendMessage&Colour=red",
        b"Action=SendMessage&DelaySeconds=x",
    ],
)
def test_a_form_that_is_none_of_sqs_is_refused(body: bytes) -> None:
    with pytest.raises(FormError):
        call(LETTERS, headers=FORM, body=body)


def test_parameters_of_the_path_are_filled_in() -> None:
    uri = "arn:aws:apigateway:us-east-1:sqs:path/123456789012/{queue}"
    made = call(uri, headers=FORM, path={"queue": ["letters"]}, body=b"Action=PurgeQueue")
    assert made.members["QueueUrl"] == QUEUE


def test_a_topic_is_published_to_by_the_query() -> None:
    query = {"TopicArn": ["arn:t"], "Message": ["a b"]}
    made = call("arn:aws:apigateway:us-east-1:sns:action/Publish", query=query, body=b'{"a": 1}')
    assert made.key == ("sns", "Publish")
    assert {name: made.members[name] for name in query} == {"TopicArn": "arn:t", "Message": "a b"}


def test_a_path_with_a_target_is_passed_on_as_it_is() -> None:
    headers = {"X-Amz-Target": ["AmazonSQS.SendMessage"]}
    body = json.dumps({"QueueUrl": QUEUE, "MessageBody": "a"}).encode()
    made = call("arn:aws:apigateway:us-east-1:sqs:path//", headers=headers, body=body)
    assert (made.key, made.members["MessageBody"]) == (("sqs", "SendMessage"), "a")
    uri = parse_uri(LETTERS)
    assert uri is not None
    assert service_url(uri, made) == QUEUE


@pytest.mark.parametrize("uri", ["", "http://127.0.0.1", "arn:aws:sqs:us-east-1:1:q"])
def test_what_is_no_service_is_none(uri: str) -> None:
    assert parse_uri(uri) is None
