"""Calls of plain boto3 that wait as the facade does."""

from types import SimpleNamespace
from typing import Any

import pytest
from fake_clients import FakeClient, refusal

from tracing_lab.aws import call_patiently
from tracing_lab.errors import AwsError


class PlainClient:
    """What boto3's client of Lambda looks like to its caller."""

    def __init__(self, *answers: Any) -> None:
        self.fake = FakeClient(*answers)
        names = {"create_function": "CreateFunction"}
        model = SimpleNamespace(service_name="lambda")
        self.meta = SimpleNamespace(method_to_api_mapping=names, service_model=model)

    def create_function(self, **params: Any) -> Any:
        return self.fake.create_function(**params)


def test_a_plain_call_waits_until_a_new_role_is_known() -> None:
    new = refusal(
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    client, waits = PlainClient(new, new, {"State": "Pending"}), list[float]()
    answer = call_patiently(client.create_function, sleep=waits.append, FunctionName="shipping")
    assert answer == {"State": "Pending"}
    assert client.fake.calls == [("create_function", {"FunctionName": "shipping"})] * 3
    assert len(waits) == 2


def test_a_plain_call_that_fails_for_good_is_named() -> None:
    client = PlainClient(refusal("ResourceConflictException", "Function already exist: shipping"))
    with pytest.raises(AwsError, match="lambda:CreateFunction on shipping"):
        call_patiently(client.create_function, sleep=list[float]().append, FunctionName="shipping")
