"""Errors in each protocol."""

import json
from typing import Any

import pytest
from api_calls import json_call, rest_call, signed_call
from botocore.exceptions import ClientError
from control_planes import REGION
from direct_clients import direct_client

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.errors import ApiError, rejection

MESSAGE = "<no> & never"
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "apigateway": ("get_rest_apis", {}),
    "cloudwatch": ("describe_alarms", {}),
    "ec2": ("describe_vpcs", {}),
    "iam": ("list_roles", {}),
    "s3": ("get_object", {"Bucket": "b", "Key": "k"}),
    "sqs": ("list_queues", {}),
}


@pytest.mark.parametrize("service", CALLS)
def test_every_service_s_client_reads_the_error(service: str) -> None:
    def reject(request: HttpRequest) -> HttpResponse:
        return rejection(read_call(request), 403, "AccessDenied", MESSAGE)

    operation, members = CALLS[service]
    with pytest.raises(ClientError) as caught:
        getattr(direct_client(service, reject, region=REGION), operation)(**members)
    error = caught.value.response
    assert (error["Error"]["Code"], error["Error"]["Message"]) == ("AccessDenied", MESSAGE)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_servers_and_senders_are_told_apart() -> None:
    call = signed_call("iam", HttpRequest("POST", "/", body=b"Action=ListRoles"))
    assert b"<Type>Sender</Type>" in rejection(call, 400, "A", "b").body
    assert b"<Type>Receiver</Type>" in rejection(call, 500, "A", "b").body


def test_an_error_has_its_own_status_and_members() -> None:
    error = ApiError("Gone", "It is gone.", status=404, Reason="deleted")
    response = error.response(json_call("sqs", "AmazonSQS.PurgeQueue", {}))
    assert response.status == 404
    content = {"__type": "Gone", "message": "It is gone.", "Reason": "deleted"}
    assert json.loads(response.body) == content
    assert ("x-amzn-ErrorType", "Gone") in response.headers


def test_what_calls_no_operation_is_answered_in_its_service_s_protocol() -> None:
    assert rejection(rest_call("sns", "GET", "/"), 400, "A", "b").body.startswith(b"<ErrorResp")
    assert rejection(rest_call("lambda", "GET", "/x"), 400, "A", "b").body.startswith(b"{")
