"""Functions are waited for."""

from fake_clients import FakeClient, aws


def test_new_function_is_waited_for() -> None:
    client = FakeClient({"State": "Pending"}, {"State": "Pending"}, {"State": "Active"})
    aws(client).lambda_.create_function("f", zip_bytes=b"", Role="r")
    names = [name for name, _ in client.calls]
    assert names == ["create_function", *["get_function_configuration"] * 2]


def test_changed_function_is_waited_for() -> None:
    client = FakeClient({"LastUpdateStatus": "InProgress"}, {"LastUpdateStatus": "Successful"})
    aws(client).lambda_.update_configuration("f", Timeout=3)
    assert [name for name, _ in client.calls][-1] == "get_function_configuration"
