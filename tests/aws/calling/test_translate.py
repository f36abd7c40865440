"""Failures of boto3 as errors with a remedy."""

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ParamValidationError
from fake_clients import EMULATOR, FakeClient, aws, caller, refusal

from tracing_lab.aws import Aws
from tracing_lab.errors import (
    AwsError,
    CredentialsError,
    EndpointUnreachableError,
    FilterSyntaxError,
    NotFoundError,
)
from tracing_lab.filters import parse


def test_error_names_operation_resource_request_and_remedy() -> None:
    with pytest.raises(AwsError) as caught:
        caller(FakeClient(refusal("AccessDeniedException", "Not allowed")), []).call(
            "lambda:CreateFunction", "shop-order"
        )
    error = caught.value
    assert (error.operation, error.code, error.request_id) == (
        "lambda:CreateFunction",
        "AccessDeniedException",
        "req-1",
    )
    for part in ("lambda:CreateFunction", "shop-order", "Not allowed", "Ask for", "req-1"):
        assert part in str(error)


@pytest.mark.parametrize(
    "exception,kind,remedy",
    [
        (refusal("ResourceNotFoundException"), NotFoundError, "apply"),
        (refusal("NoSuchEntity"), NotFoundError, "apply"),
        (refusal("NotFoundException"), NotFoundError, "apply"),
        (refusal("ExpiredToken"), CredentialsError, "Sign in again"),
        (refusal("UnrecognizedClientException"), CredentialsError, "unset the AWS_"),
        (NoCredentialsError(), CredentialsError, "set AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="http://x"), EndpointUnreachableError, "Check the"),
        (ParamValidationError(report="too long"), AwsError, "rejected before sending"),
        (refusal("LimitExceededException"), AwsError, "quota"),
        (refusal("InvalidRequestException"), AwsError, "Correct what the message names"),
    ],
)
def test_each_failure_has_its_kind_and_remedy(
    exception: Exception, kind: type[AwsError], remedy: str
) -> None:
    with pytest.raises(AwsError, match=remedy) as caught:
        caller(FakeClient(*[exception] * 9), []).call("iam:GetRole", "r")
    assert type(caught.value) is kind
    assert caught.value.__cause__ is exception


def test_the_end_of_a_long_message_is_there_too() -> None:
    try:
        parse("payment { error }")
    except FilterSyntaxError as mistake:
        answer = refusal("InvalidRequestException", f"FilterExpression: {mistake}")
    with pytest.raises(AwsError, match=r"found payment\. Correct"):
        caller(FakeClient(answer), []).call("xray:GetTraceSummaries", "trace summaries")


def test_dead_emulator_is_named_with_how_to_start_it() -> None:
    with pytest.raises(EndpointUnreachableError, match="tracing-lab embedded start"):
        Aws(EMULATOR).sts.caller_identity()


def test_failed_entry_of_an_answered_call_is_an_error() -> None:
    entry = {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": "gone"}
    client = FakeClient({"FailedEntryCount": 1, "FailedEntries": [entry]})
    with pytest.raises(AwsError, match=r"events:PutTargets on rule: ResourceNotFound.*gone"):
        aws(client).events.put_targets("bus", "rule", [{"Id": "1", "Arn": "arn"}])


def test_failing_page_is_translated() -> None:
    found = aws(FakeClient({"Traces": [], "NextToken": "2"}, refusal("InvalidRequestException")))
    with pytest.raises(AwsError, match="xray:BatchGetTraces on 1 traces: InvalidRequestException"):
        found.xray.batch_get_traces(["1"])


def test_page_that_an_emulator_sends_is_cut_short() -> None:
    with pytest.raises(AwsError) as caught:
        caller(FakeClient(refusal("404", "<html>\n" + "x " * 900)), []).call("iam:GetRole", "r")
    assert len(str(caught.value)) < 500
    assert "x ... x" in str(caught.value)
    assert "\n" not in str(caught.value)
