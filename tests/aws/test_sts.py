"""Whose account it is."""

from fake_clients import FakeClient, aws


def test_partition_comes_from_the_callers_arn() -> None:
    client = FakeClient({"Account": "1", "Arn": "arn:aws-cn:iam::1:user/me"})
    identity = aws(client).sts.caller_identity()
    assert (identity.account_id, identity.partition) == ("1", "aws-cn")
