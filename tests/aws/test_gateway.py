"""The account's settings of API Gateway: limits, and the role for API logs."""

from typing import Any

import pytest
from fake_clients import FakeClient, aws, refusal

from tracing_lab.errors import AwsError

ARN = "arn:aws:iam::123456789012:role/team/logs"
SET = {"cloudwatchRoleArn": ARN}


@pytest.mark.parametrize(
    "answers, arn",
    [
        ([{}], ""),
        ([SET, {"Role": {"Arn": ARN}}], ARN),
        ([SET, refusal("NoSuchEntity", operation="GetRole", status=404)], ""),
        ([SET, refusal("AccessDenied", operation="GetRole", status=403)], ARN),
    ],
)
def test_role_counts_while_it_exists_or_cannot_be_read(answers: list[Any], arn: str) -> None:
    client = FakeClient(*answers)
    assert aws(client).gateway.existing_log_role_arn() == arn
    assert client.calls[1:] == [("get_role", {"RoleName": "logs"})][: len(answers) - 1]


def test_other_errors_are_told() -> None:
    client = FakeClient(SET, refusal("ValidationError", operation="GetRole"))
    with pytest.raises(AwsError):
        aws(client).gateway.existing_log_role_arn()


def test_limits_of_the_account_are_read_if_they_are_told() -> None:
    limits = {"burstLimit": 1250, "rateLimit": 2500.0}
    client = FakeClient({"throttleSettings": limits}, {"cloudwatchRoleArn": "arn"})
    gateway = aws(client).gateway
    assert gateway.account_limits() == (1250, 2500.0)
    assert gateway.account_limits() == (-1, -1.0)
    assert [name for name, _ in client.calls] == ["get_account"] * 2


QUIET = {"methodSettings": {"*/*": {"loggingLevel": "OFF", "metricsEnabled": True}}}
REST = {"items": [{"id": "a", "name": "orders"}]}
NONE: dict[str, list[Any]] = {"items": [], "Items": []}


@pytest.mark.parametrize(
    "stage, logs",
    [
        ({}, False),
        (QUIET, False),
        ({"accessLogSettings": {}}, False),
        ({"accessLogSettings": {"destinationArn": "arn"}}, True),
        ({"methodSettings": {"*/*": {"loggingLevel": "ERROR"}}}, True),
        ({"methodSettings": {"a/GET": {}, "b/GET": {"loggingLevel": "INFO"}}}, True),
    ],
)
def test_rest_apis_log_by_access_or_execution_logs(stage: dict[str, Any], *, logs: bool) -> None:
    client = FakeClient(REST, {"item": [QUIET, stage]}, NONE)
    assert aws(client).gateway.apis_that_log() == ["orders"] * logs


@pytest.mark.parametrize(
    "kind, stage, logs",
    [
        ("WEBSOCKET", {"AccessLogSettings": {"DestinationArn": "arn"}}, True),
        ("WEBSOCKET", {"DefaultRouteSettings": {"LoggingLevel": "INFO"}}, True),
        ("WEBSOCKET", {"RouteSettings": {"$connect": {"LoggingLevel": "ERROR"}}}, True),
        ("WEBSOCKET", {"DefaultRouteSettings": {"LoggingLevel": "OFF"}}, False),
        ("HTTP", {"AccessLogSettings": {"DestinationArn": "arn"}}, False),
    ],
)
def test_web_sockets_log_by_the_role_and_http_apis_do_not(
    kind: str, stage: dict[str, Any], *, logs: bool
) -> None:
    api = {"ApiId": "b", "Name": "chat", "ProtocolType": kind}
    client = FakeClient(NONE, {"Items": [api]}, {"Items": [stage]})
    assert aws(client).gateway.apis_that_log() == ["chat"] * logs
