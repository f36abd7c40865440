"""Integrations of HTTP APIs with services other than Lambda."""

import json
from dataclasses import replace
from typing import Any

import pytest
from http_world import ROUTE, STAGE, HttpWorld, api_with, exchange_of

from tracing_lab.embedded.apigateway.http_apis.parameters import parameter
from tracing_lab.embedded.apigateway.http_apis.specs import HttpIntegrationSpec
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse

ROLE = "arn:aws:iam::123456789012:role/good"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/letters"
BODY = json.dumps({"order": {"id": 7, "tags": ["a", "b"]}, "kind": "new"}).encode()


def world_of(subtype: str, role: str = ROLE, **parameters: str) -> HttpWorld:
    integration = HttpIntegrationSpec(
        "", "1.0", credentials_arn=role, subtype=subtype, parameters=parameters
    )
    return HttpWorld(api=api_with(replace(ROUTE, integration=integration)))


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("$request.body", BODY.decode()),
        ("$request.body.kind", "new"),
        ("$request.body.order", '{"id": 7, "tags": ["a", "b"]}'),
        ("$request.body.order.id", "7"),
        ("$request.body.order.tags[1]", "b"),
        ("$request.body.none", None),
        ("$request.body.order.tags[9]", None),
        ("$request.header.X-A", "1,2"),
        ("$request.header.none", None),
        ("$request.querystring.q", "x"),
        ("$request.path", "/orders/7"),
        ("$request.path.id", "7"),
        ("$context.routeKey", "GET /orders/{id}"),
        ("$context.none", None),
        ("$stageVariables.colour", "red"),
        ("a text", "a text"),
        ("$5 for $request", "$5 for $request"),
        ("${request.path.id}-${request.body.kind}-${request.body.none}", "7-new-"),
        ('{"a": "${request.header.x-a}"}', '{"a": "1,2"}'),
    ],
)
def test_parameters_are_texts_or_parts_of_the_request(
    expression: str, expected: str | None
) -> None:
    request = HttpRequest("GET", "/", "q=x", (("x-a", "1"), ("X-A", "2")), BODY)
    stage = replace(STAGE, variables={"colour": "red"})
    assert parameter(exchange_of(request, "/orders/7", stage), expression) == expected


def test_an_event_is_put() -> None:
    world = world_of(
        "EventBridge-PutEvents",
        Source="shop",
        DetailType="$request.body.kind",
        Detail="$request.body.order",
        Resources='["arn:a"]',
        TraceHeader="$request.header.none",
    )
    world.answer = HttpResponse(200, (("Content-Type", "application/x-amz-json-1.1"),), b'{"F": 0}')
    response = world.send("/orders/7", body=BODY)
    assert (response.status, response.body) == (200, b'{"F": 0}')
    (call, role_arn) = world.calls[0]
    assert (call.key, role_arn, call.region) == (("events", "PutEvents"), ROLE, "us-east-1")
    (entry,) = call.members["Entries"]
    assert entry == {
        "Source": "shop",
        "DetailType": "new",
        "Detail": '{"id": 7, "tags": ["a", "b"]}',
        "Resources": ["arn:a"],
    }


def test_a_message_is_sent_and_the_response_is_xml() -> None:
    attributes = {"kind": {"DataType": "String", "StringValue": "${request.body.kind}"}}
    world = world_of(
        "SQS-SendMessage",
        QueueUrl=QUEUE,
        MessageBody="$request.body",
        DelaySeconds="5",
        MessageAttributes=json.dumps(attributes),
    )
    world.answer = HttpResponse(200, (), b'{"MessageId": "m<1>"}')
    response = world.send("/orders/7", body=BODY)
    call = world.calls[0][0]
    assert call.key == ("sqs", "SendMessage")
    assert call.members == {
        "QueueUrl": QUEUE,
        "MessageBody": BODY.decode(),
        "DelaySeconds": 5,
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "new"}},
    }
    assert b"<SendMessageResult><MessageId>m&lt;1&gt;</MessageId></SendMessageResult>" in (
        response.body
    )
    assert dict(response.headers)["Content-Type"] == "text/xml"


def test_an_error_of_the_service_is_its_own() -> None:
    world = world_of("SQS-PurgeQueue", QueueUrl=QUEUE)
    error = {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"}
    world.answer = HttpResponse(400, (), json.dumps(error).encode())
    response = world.send("/orders/7")
    assert response.status == 400
    assert b"<Code>QueueDoesNotExist</Code><Message>no</Message>" in response.body


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "arn:aws:iam::123456789012:role/bad"},
        {"DelaySeconds": "soon"},
        {"MessageAttributes": "{"},
    ],
)
def test_what_cannot_be_called_is_an_error(changes: dict[str, Any]) -> None:
    world = world_of("SQS-SendMessage", **{"QueueUrl": QUEUE, "MessageBody": "a", **changes})
    response = world.send("/orders/7")
    assert (response.status, response.body) == (500, b'{"message":"Internal Server Error"}')
    (outcome,) = world.observed
    assert outcome.call is not None
    assert outcome.call.problem
