"""Functions are waited for."""

import pytest
from fake_clients import FakeClient, aws

from tracing_lab.errors import AwsError


def test_new_function_is_waited_for() -> None:
    client = FakeClient({"State": "Pending"}, {"State": "Pending"}, {"State": "Active"})
    aws(client).lambda_.create_function("f", zip_bytes=b"", Role="r")
    names = [name for name, _ in client.calls]
    assert names == ["create_function", *["get_function_configuration"] * 2]


def test_changed_function_is_waited_for() -> None:
    client = FakeClient({"LastUpdateStatus": "InProgress"}, {"LastUpdateStatus": "Successful"})
    aws(client).lambda_.update_configuration("f", Timeout=3)
    assert [name for name, _ in client.calls][-1] == "get_function_configuration"


def test_new_function_that_failed_is_not_ready() -> None:
    failed = {"State": "Failed", "StateReasonCode": "InvalidSubnet", "StateReason": "No subnet."}
    client = FakeClient({"State": "Pending", "LastUpdateStatus": "InProgress"}, failed)
    with pytest.raises(
        AwsError, match="f did not become ready: InvalidSubnet: No subnet"
    ) as caught:
        aws(client).lambda_.create_function("f", zip_bytes=b"", Role="r")
    assert "delete the function" in str(caught.value)
    assert caught.value.code == "InvalidSubnet"


def test_update_that_failed_is_told_with_its_reason() -> None:
    failed = {
        "State": "Active",
        "LastUpdateStatus": "Failed",
        "LastUpdateStatusReasonCode": "InternalError",
        "LastUpdateStatusReason": "Layer is gone.",
    }
    client = FakeClient({"State": "Active", "LastUpdateStatus": "InProgress"}, failed)
    with pytest.raises(AwsError, match="InternalError: Layer is gone") as caught:
        aws(client).lambda_.update_code("f", b"zip")
    assert "runs as before" in str(caught.value)


def test_function_whose_tags_may_not_be_read_is_not_taken_for_untagged() -> None:
    error = {"ErrorCode": "AccessDeniedException", "Message": "not authorized."}
    client = FakeClient({"Configuration": {}, "TagsError": error})
    with pytest.raises(AwsError, match="AccessDeniedException: not authorized") as caught:
        aws(client).lambda_.get_function("f")
    assert caught.value.code == "AccessDeniedException"
    assert "lambda:ListTags" in str(caught.value)
