"""What EventBridge responds to events and targets."""

import pytest
from fake_clients import FakeClient, aws

from tracing_lab.errors import AwsError


def test_event_that_was_not_accepted_is_an_error() -> None:
    entry = {"ErrorCode": "InternalFailure", "ErrorMessage": "x"}
    client = FakeClient({"FailedEntryCount": 1, "Entries": [entry]})
    with pytest.raises(AwsError, match="InternalFailure"):
        aws(client).events.put_event("bus", source="s", detail_type="t", detail={})


def test_accepted_event_gives_its_id() -> None:
    client = FakeClient({"FailedEntryCount": 0, "Entries": [{"EventId": "e1"}]})
    put = aws(client).events.put_event("bus", source="s", detail_type="t", detail={"a": 1})
    assert put == "e1"
    assert client.calls[0][1]["Entries"][0]["Detail"] == '{"a": 1}'
