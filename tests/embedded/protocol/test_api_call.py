"""Which operation a request calls."""

import re

import botocore.session
import pytest
from api_calls import json_call, rest_call, signed_call

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.api_call import UNSIGNED, read_call
from tracing_lab.embedded.protocol.service_models import service_model, service_names

REST_SERVICES = ("apigateway", "apigatewayv2", "lambda", "scheduler", "schemas", "xray")
SIGNED_AS = {"apigatewayv2": "apigateway"}


@pytest.mark.parametrize("service", REST_SERVICES)
def test_each_operation_is_told_from_the_others(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    taken_for = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = re.sub(r"\{\w+\+?\}", "x", http["requestUri"]).partition("?")
        call = rest_call(SIGNED_AS.get(service, service), http["method"], path, query=query)
        taken_for[name] = call.key
    assert taken_for == {name: (service, name) for name in model.operation_names}


def test_services_with_one_signing_name_are_told_apart() -> None:
    streams = json_call("dynamodb", "DynamoDBStreams_20120810.DescribeStream", {})
    tables = json_call("dynamodb", "DynamoDB_20120810.DescribeTable", {})
    assert (streams.service, tables.service) == ("dynamodbstreams", "dynamodb")
    assert rest_call("apigateway", "GET", "/v2/apis").key == ("apigatewayv2", "GetApis")
    assert rest_call("ses", "GET", "/v2/email/account").key == ("sesv2", "GetAccount")


def test_a_form_names_its_operation() -> None:
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    request = HttpRequest("POST", "/", headers=form, body=b"Action=Subscribe&Protocol=sqs")
    call = signed_call("sns", request)
    assert (call.key, call.protocol) == (("sns", "Subscribe"), "query")
    assert call.members["Protocol"] == "sqs"


def test_a_payload_does_not_name_an_operation() -> None:
    path = "/2015-03-31/functions/f/invocations"
    request = HttpRequest("POST", path, body=b'{"url": "http://shop/?a=b&Action=Buy"}')
    assert signed_call("lambda", request).operation == "Invoke"


def test_path_members_are_decoded_and_win() -> None:
    path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/configuration"
    call = rest_call("lambda", "PUT", path, {"FunctionName": "other", "Timeout": 3}, "Qualifier=a")
    assert call.path_members == {"FunctionName": "arn:aws:lambda:us-east-1:1:function:f"}
    assert call.members == {**call.path_members, "Timeout": 3, "Qualifier": "a"}


def test_another_body_keeps_the_decision_and_is_read_anew() -> None:
    call = json_call("sqs", "AmazonSQS.ReceiveMessage", {"WaitTimeSeconds": 9})
    assert call.members["WaitTimeSeconds"] == 9
    changed = call.with_members({"WaitTimeSeconds": 0})
    assert changed.key == call.key
    assert changed.members == {"WaitTimeSeconds": 0}


@pytest.mark.parametrize("service", ["lambda", "no-such-service", "s3"])
def test_what_is_no_operation_has_no_name(service: str) -> None:
    call = rest_call(service, "BREW", "/coffee/pot")
    assert call.operation is None
    assert call.key == (service, "")


def test_unsigned_requests_belong_to_no_service() -> None:
    assert read_call(HttpRequest("GET", "/")).scope == UNSIGNED


@pytest.mark.parametrize("name", ["..", "", "no-such-service"])
def test_other_signing_names_have_no_model(name: str) -> None:
    assert service_names(name) == (name,)
    assert service_model(name) is None
