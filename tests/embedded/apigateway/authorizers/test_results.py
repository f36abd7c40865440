"""What an authorizer's function may return."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.authorizers.results import InvalidResultError, read_result
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision, decide

STATEMENT = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
GOOD: dict[str, Any] = {"principalId": "ann", "policyDocument": {"Statement": [STATEMENT]}}


def test_a_result_is_read_with_texts_in_its_context() -> None:
    context = {"a": "b", "n": 1, "f": 1.5, "t": True, "none": None}
    result = read_result(
        json.dumps({**GOOD, "context": context, "usageIdentifierKey": "k"}).encode()
    )
    assert (result.principal_id, result.usage_key) == ("ann", "k")
    assert result.context == {"a": "b", "n": "1", "f": "1.5", "t": "true"}


@pytest.mark.parametrize(
    "change",
    [
        {"principalId": None},
        {"principalId": ""},
        {"principalId": {}},
        {"policyDocument": None},
        {"policyDocument": "allow"},
        {"policyDocument": {"Statement": ["x"]}},
        {"policyDocument": {"Statement": [{**STATEMENT, "Effect": "allow"}]}},
        {"policyDocument": {"Statement": [{"Effect": "Allow", "Action": "*"}]}},
        {"policyDocument": {"Statement": [{**STATEMENT, "Condition": 7}]}},
        {"context": []},
        {"context": {"a": {}}},
        {"context": {"a": [1]}},
    ],
)
def test_what_is_no_result_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidResultError):
        read_result(json.dumps({**GOOD, **change}).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Effect", "Action", "Resource", "Condition", "x"]), inner
        )
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "principalId": JSON,
            "policyDocument": JSON | st.builds(lambda one: {"Statement": one}, JSON),
            "context": JSON,
            "usageIdentifierKey": JSON,
        },
    )
)
def test_any_result_is_refused_or_can_be_evaluated(content: dict[str, Any]) -> None:
    try:
        result = read_result(json.dumps(content).encode())
    except InvalidResultError:
        return
    found = decide([result.policy], AuthorizationRequest("execute-api:Invoke", "arn:x"))
    assert found in Decision
    assert all(isinstance(value, str) for value in result.context.values())


@given(st.binary(max_size=20))
def test_any_bytes_are_refused_or_read(payload: bytes) -> None:
    with pytest.raises(InvalidResultError):
        read_result(payload)
