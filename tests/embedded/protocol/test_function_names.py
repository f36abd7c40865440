"""Every form in which AWS's clients may name a function."""

import pytest
from api_calls import rest_call

from tracing_lab.embedded.protocol.function_names import with_plain_function

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    "name, plain",
    [
        ("pay", "pay"),
        ("pay:live", "pay:live"),
        ("function:pay", "pay"),
        (f"{ACCOUNT}:function:pay", "pay"),
        (f"{ACCOUNT}:function:pay:live", "pay:live"),
        (f"us-east-1:{ACCOUNT}:function:pay", "pay"),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:pay", "pay"),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:pay:7", "pay:7"),
        ("999999999999:function:pay", "999999999999:function:pay"),
        (
            f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:pay",
            f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:pay",
        ),
    ],
)
@pytest.mark.parametrize("after", ["", "/invocations", "/policy", "/aliases/live"])
def test_a_function_is_named_in_many_ways(name: str, plain: str, after: str) -> None:
    method = "POST" if after == "/invocations" else "GET"
    quoted = name.replace(":", "%3A")
    call = rest_call("lambda", method, f"/2015-03-31/functions/{quoted}{after}")
    found = with_plain_function(call, account_id=ACCOUNT)
    assert found.members["FunctionName"] == plain
    assert found.request.path.endswith(f"/functions/{plain.replace(':', '%3A')}{after}")
    assert found.operation == call.operation


def test_other_calls_stay_as_they_are() -> None:
    for call in (
        rest_call("lambda", "GET", "/2015-03-31/functions"),
        rest_call("apigateway", "GET", "/restapis/a"),
    ):
        assert with_plain_function(call, account_id=ACCOUNT) is call
