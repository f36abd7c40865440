"""Calls of the control plane that do not fit their operation."""

import json

import pytest
from api_calls import json_call, rest_call, signed_call

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.checks.request_checks import problem_of
from tracing_lab.embedded.protocol.api_call import ApiCall


@pytest.mark.parametrize(
    "call, word",
    [
        (json_call("events", "AWSEvents.PutRule", {"Name": 5}), "Name has"),
        (json_call("events", "AWSEvents.PutRule", {}), "at 'Name'"),
        (json_call("events", "AWSEvents.PutRule", [1]), "The body has"),
        (json_call("events", "AWSEvents.PutRule", {"Name": "n", "Tags": [{"Key": "a"}]}), "Value'"),
        (rest_call("lambda", "PUT", "/2015-03-31/functions/f/code", {"DryRun": 1}), "DryRun has"),
        (rest_call("apigateway", "POST", "/restapis/a/resources/b", {"pathPart": 3}), "pathPart"),
        (rest_call("apigateway", "PUT", "/tags/arn%3Aaws", {"tags": []}), "tags has"),
        (json_call("sqs", "AmazonSQS.PurgeQueue", {"QueueUrl": True}), "QueueUrl has"),
        (
            json_call(
                "monitoring",
                "GraniteServiceVersion20100801.GetMetricData",
                {"StartTime": 1, "EndTime": 2, "MetricDataQueries": 5},
            ),
            "MetricDataQueries has",
        ),
    ],
)
def test_what_does_not_fit_is_named(call: ApiCall, word: str) -> None:
    answer = problem_of(call)
    assert answer is not None
    assert answer.status == 400
    assert word in json.loads(answer.body)["message"]


@pytest.mark.parametrize(
    "call",
    [
        (json_call("events", "AWSEvents.PutRule", {"Name": "n", "State": None, "New": 1})),
        (rest_call("lambda", "PUT", "/2015-03-31/functions/f/configuration/", {"Timeout": 3})),
        (rest_call("lambda", "GET", "/2015-03-31/functions/f", {})),
        (json_call("sqs", "AmazonSQS.CreateQueue", {"QueueName": "q", "Attributes": {"a": "b"}})),
        (signed_call("iam", HttpRequest("POST", "/", body=b"Action=CreateRole"))),
        (json_call("no-such-service", "X.Y", 5)),
    ],
)
def test_what_fits_or_is_not_known_goes_on(call: ApiCall) -> None:
    assert problem_of(call) is None


def test_an_import_is_no_create_with_a_body_of_its_own() -> None:
    document = {"openapi": "3.0.1", "name": ["no", "name"], "tags": "none"}
    create, imported = (
        rest_call("apigateway", "POST", "/restapis", document, query)
        for query in ("", "mode=import")
    )
    assert problem_of(create) is not None
    assert problem_of(imported) is None


def test_what_is_not_json_is_refused() -> None:
    answer = problem_of(json_call("events", "AWSEvents.PutRule", b"[" * 5000))
    assert answer is not None
    assert json.loads(answer.body)["__type"] == "SerializationException"
