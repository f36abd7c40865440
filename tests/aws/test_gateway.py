"""Limits of the account, as API Gateway tells them."""

from fake_clients import FakeClient, aws


def test_limits_of_the_account_are_read_if_they_are_told() -> None:
    limits = {"burstLimit": 1250, "rateLimit": 2500.0}
    client = FakeClient({"throttleSettings": limits}, {"cloudwatchRoleArn": "arn"})
    gateway = aws(client).gateway
    assert gateway.account_limits() == (1250, 2500.0)
    assert gateway.account_limits() == (-1, -1.0)
    assert [name for name, _ in client.calls] == ["get_account"] * 2
