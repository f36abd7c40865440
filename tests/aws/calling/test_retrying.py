"""How often and after which waits a call is retried."""

import pytest
from fake_clients import FakeClient, caller, refusal

from tracing_lab.aws.calling.retrying import waits_s
from tracing_lab.errors import AwsError


def test_retries_are_bounded_and_their_waits_have_full_jitter() -> None:
    waits: list[float] = []
    client = FakeClient(*[refusal("ConcurrentModificationException")] * 40)
    with pytest.raises(AwsError):
        caller(client, waits).call("iam:TagRole", "r")
    assert len(client.calls) == len(waits) + 1
    assert waits[:7] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert 90 <= sum(waits) < 95
    drawn = list(waits_s(90, uniform=lambda low, high: low + high / 4))
    assert drawn == [ceiling / 4 for ceiling in waits]
