"""The account's role for API logs: a setting that names a deleted role is none."""

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
    assert aws(client).account.api_log_role() == arn
    assert client.calls[1:] == [("get_role", {"RoleName": "logs"})][: len(answers) - 1]


def test_other_errors_are_told() -> None:
    client = FakeClient(SET, refusal("ValidationError", operation="GetRole"))
    with pytest.raises(AwsError):
        aws(client).account.api_log_role()
