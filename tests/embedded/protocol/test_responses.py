"""Request ids of every service, as AWS's own clients read them."""

import re
from pathlib import Path
from typing import Any

import pytest
from api_calls import signed_call
from botocore.exceptions import ClientError
from direct_clients import direct_client

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.responses import completed

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CALLS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "apigateway": ("get_rest_apis", {}, "get_rest_api", {"restApiId": "nope"}),
    "cloudwatch": ("describe_alarms", {}, "get_dashboard", {"DashboardName": "nope"}),
    "events": ("list_rules", {}, "describe_rule", {"Name": "nope"}),
    "iam": ("list_roles", {}, "get_role", {"RoleName": "nope"}),
    "lambda": ("list_functions", {}, "get_function", {"FunctionName": "nope"}),
    "logs": ("describe_log_groups", {}, "describe_log_streams", {"logGroupName": "nope"}),
    "sns": ("list_topics", {}, "get_topic_attributes", {"TopicArn": "arn:aws:sns:r:1:nope"}),
    "sqs": ("list_queues", {}, "get_queue_url", {"QueueName": "nope"}),
    "sts": ("get_caller_identity", {}, "nope", {}),
}


@pytest.mark.parametrize("service", CALLS)
def test_every_response_has_a_uuid_of_its_own(service: str, tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)

    def respond(request: HttpRequest) -> HttpResponse:
        call = read_call(request)
        return completed(call, control.handle(call))

    client = direct_client(service, respond, region="us-east-1")
    good, members, bad, wrong = CALLS[service]
    found = [getattr(client, good)(**members) for _ in range(2)]
    if bad != "nope":
        with pytest.raises(ClientError) as caught:
            getattr(client, bad)(**wrong)
        found.append(caught.value.response)
    ids = {one["ResponseMetadata"]["RequestId"] for one in found}
    assert len(ids) == len(found)
    assert all(UUID.fullmatch(one) for one in ids)
    control.close()


def test_lambdas_errors_say_who_is_to_blame(tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)

    def respond(request: HttpRequest) -> HttpResponse:
        call = read_call(request)
        return completed(call, control.handle(call))

    client = direct_client("lambda", respond, region="us-east-1")
    with pytest.raises(ClientError) as caught:
        client.get_function(FunctionName="nope")
    response: Any = caught.value.response
    message = "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nope"
    assert (response["Type"], response["Message"]) == ("User", message)
    control.close()


def test_s3_has_ids_of_another_form() -> None:
    call = signed_call("s3", HttpRequest("GET", "/bucket"))
    response = HttpResponse(404, (("x-amz-request-id", "4442587FB7D0A2F9"),))
    assert ("x-amz-request-id", "4442587FB7D0A2F9") in completed(call, response).headers


def test_s3_has_two_ids(tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)

    def respond(request: HttpRequest) -> HttpResponse:
        call = read_call(request)
        return completed(call, control.handle(call))

    client = direct_client("s3", respond, region="us-east-1")
    first, second = (client.list_buckets()["ResponseMetadata"] for _ in range(2))
    assert re.fullmatch("[0-9A-F]{16}", first["RequestId"])
    assert len(first["HostId"]) == 76
    assert (first["RequestId"], first["HostId"]) != (second["RequestId"], second["HostId"])
    control.close()
