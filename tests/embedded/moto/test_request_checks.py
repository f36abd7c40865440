"""Calls of the control plane that do not fit their operation."""

import json
import re
from typing import Any

import botocore.session
import pytest

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.request_checks import _operation, refusal


def json_call(target: str, members: Any) -> HttpRequest:
    headers = (("X-Amz-Target", target),)
    return HttpRequest("POST", "/", headers=headers, body=json.dumps(members).encode())


def rest_call(method: str, path: str, members: Any) -> HttpRequest:
    return HttpRequest(method, path, body=json.dumps(members).encode())


@pytest.mark.parametrize(
    "service, request_, word",
    [
        ("events", json_call("AWSEvents.PutRule", {"Name": 5}), "Name has"),
        ("events", json_call("AWSEvents.PutRule", {}), "at 'Name'"),
        ("events", json_call("AWSEvents.PutRule", [1]), "The body has"),
        ("events", json_call("AWSEvents.PutRule", {"Name": "n", "Tags": [{"Key": "a"}]}), "Value'"),
        ("lambda", rest_call("PUT", "/2015-03-31/functions/f/code", {"DryRun": 1}), "DryRun has"),
        ("apigateway", rest_call("POST", "/restapis/a/resources/b", {"pathPart": 3}), "pathPart"),
        ("apigateway", rest_call("PUT", "/tags/arn%3Aaws", {"tags": []}), "tags has"),
        ("sqs", json_call("AmazonSQS.PurgeQueue", {"QueueUrl": True}), "QueueUrl has"),
    ],
)
def test_what_does_not_fit_is_named(service: str, request_: HttpRequest, word: str) -> None:
    answer = refusal(service, request_)
    assert answer is not None
    assert answer.status == 400
    assert word in json.loads(answer.body)["message"]


@pytest.mark.parametrize(
    "service, request_",
    [
        ("events", json_call("AWSEvents.PutRule", {"Name": "n", "State": None, "New": 1})),
        ("lambda", rest_call("PUT", "/2015-03-31/functions/f/configuration/", {"Timeout": 3})),
        ("lambda", rest_call("GET", "/2015-03-31/functions/f", {})),
        ("sqs", json_call("AmazonSQS.CreateQueue", {"QueueName": "q", "Attributes": {"a": "b"}})),
        ("iam", HttpRequest("POST", "/", body=b"Action=CreateRole")),
        ("no-such-service", json_call("X.Y", 5)),
    ],
)
def test_what_fits_or_is_not_known_goes_on(service: str, request_: HttpRequest) -> None:
    assert refusal(service, request_) is None


def test_an_import_is_no_create_with_a_body_of_its_own() -> None:
    document = {"openapi": "3.0.1", "name": ["no", "name"], "tags": "none"}
    path, body = "/restapis", json.dumps(document).encode()
    create, imported = (
        HttpRequest("POST", path, query, body=body) for query in ("", "mode=import")
    )
    assert refusal("apigateway", create) is not None
    assert refusal("apigateway", imported) is None


REST_SERVICES = ("apigateway", "apigatewayv2", "lambda", "scheduler", "schemas", "xray")


@pytest.mark.parametrize("service", REST_SERVICES)
def test_each_operation_is_told_from_the_others(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    taken_for = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = re.sub(r"\{\w+\+?\}", "x", http["requestUri"]).partition("?")
        operation = _operation(service, HttpRequest(http["method"], path, query))
        taken_for[name] = operation and operation.name
    assert taken_for == {name: name for name in model.operation_names}


def test_what_is_not_json_is_refused() -> None:
    headers = (("X-Amz-Target", "AWSEvents.PutRule"),)
    answer = refusal("events", HttpRequest("POST", "/", headers=headers, body=b"[" * 5000))
    assert answer is not None
    assert json.loads(answer.body)["__type"] == "SerializationException"
