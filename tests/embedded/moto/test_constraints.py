"""Values that a service's model excludes; the messages are AWS's."""

import json
from typing import Any

import pytest
from api_calls import json_call, rest_call

from tracing_lab.embedded.moto.checks.request_checks import problem_of
from tracing_lab.embedded.protocol.api_call import ApiCall

ARN = "arn:aws:sqs:us-east-1:123456789012:q"


def events(operation: str, **members: Any) -> ApiCall:
    return json_call("events", f"AWSEvents.{operation}", members)


@pytest.mark.parametrize(
    "call, code, message",
    [
        (
            events("PutTargets", Rule="r", Targets=[{"Id": "!@#", "Arn": ARN}]),
            "ValidationException",
            (
                "1 validation error detected: Value '!@#' at 'targets.1.member.id' failed to "
                "satisfy constraint: Member must satisfy regular expression "
                "pattern: [\\.\\-_A-Za-z0-9]+"
            ),
        ),
        (
            events("PutRule", Name="a b", State="ON", EventPattern="{}"),
            "ValidationException",
            (
                "2 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value 'ON' "
                "at 'state' failed to satisfy constraint: Member must satisfy enum value set: "
                "[ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]"
            ),
        ),
        (
            events("RemoveTargets", Rule="r", Ids=[]),
            "ValidationException",
            (
                "1 validation error detected: Value '[]' at 'ids' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            rest_call("lambda", "GET", "/2015-03-31/functions", query="MaxItems=0"),
            "ValidationException",
            (
                "1 validation error detected: Value '0' at 'maxItems' failed to satisfy "
                "constraint: Member must have value greater than or equal to 1"
            ),
        ),
        (
            json_call("logs", "Logs_20140328.CreateLogGroup", {"logGroupName": "a b"}),
            "InvalidParameterException",
            (
                "1 validation error detected: Value 'a b' at 'logGroupName' failed to "
                "satisfy constraint: Member must satisfy regular expression "
                "pattern: [\\.\\-_/#A-Za-z0-9]+"
            ),
        ),
    ],
)
def test_values_that_the_model_excludes(call: ApiCall, code: str, message: str) -> None:
    response = problem_of(call)
    assert response is not None
    assert dict(response.headers)["x-amzn-ErrorType"] == code
    content = json.loads(response.body)
    assert (response.status, content["message"]) == (400, message)


@pytest.mark.parametrize(
    "call",
    [
        events("PutRule", Name="r" * 64, EventPattern="{}", Description=""),
        events("PutRule", Name="r", Tags=[{"Key": "é", "Value": ""}]),  # a pattern of Java's only
        rest_call("lambda", "GET", "/2015-03-31/functions", query="MaxItems=x"),
        json_call("sqs", "AmazonSQS.ListQueues", {"MaxResults": -1}),  # which has its own errors
    ],
)
def test_other_calls_go_on(call: ApiCall) -> None:
    assert problem_of(call) is None
