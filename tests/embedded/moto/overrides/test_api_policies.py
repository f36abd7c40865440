"""What is no resource policy is refused when it is set."""

import json
from typing import Any

import pytest
from api_calls import rest_call

from tracing_lab.embedded.http.messages import json_response
from tracing_lab.embedded.moto.overrides.table import with_overrides

PASSED_ON = json_response(400, {"from": "moto"})
GOOD = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}


def refused(method: str, path: str, body: Any) -> bool:
    call = rest_call("apigateway", method, path, body)
    answer = with_overrides(call, lambda _: PASSED_ON, {})
    if answer != PASSED_ON:
        assert (answer.status, json.loads(answer.body)["__type"]) == (400, "BadRequestException")
        assert b"Invalid policy document" in answer.body
    return answer != PASSED_ON


def both_ways(policy: Any) -> set[bool]:
    operation = {"op": "replace", "path": "/policy", "value": policy}
    return {
        refused("POST", "/restapis", {"name": "shop", "policy": policy}),
        refused("PATCH", "/restapis/a1", {"patchOperations": [operation]}),
    }


@pytest.mark.parametrize("statement", [GOOD, [GOOD, {**GOOD, "Effect": "Deny"}]])
def test_a_policy_is_taken(statement: Any) -> None:
    assert both_ways(json.dumps({"Version": "2012-10-17", "Statement": statement})) == {False}


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "[]",
        "7",
        '{"Statement": []}',
        '{"Statement": "all"}',
        *(
            json.dumps({"Statement": {**GOOD, **change}})
            for change in ({"Effect": "allow"}, {"Condition": "x"}, {"Condition": {"IpAddress": 7}})
        ),
        *(
            json.dumps({"Statement": {name: value for name, value in GOOD.items() if name != left}})
            for left in GOOD
        ),
    ],
)
def test_what_is_no_policy_is_refused(policy: str) -> None:
    assert both_ways(policy) == {True}


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("POST", "/restapis", {"name": "shop"}),
        ("POST", "/restapis", [1]),
        ("PATCH", "/restapis/a1", {"patchOperations": [{"op": "remove", "path": "/policy"}, 7]}),
        ("PATCH", "/restapis/a1", {"patchOperations": [{"op": "replace", "path": "/name"}]}),
        ("POST", "/restapis/a1/resources", {"policy": "{"}),
        ("GET", "/restapis", None),
    ],
)
def test_calls_without_a_policy_are_not_judged(method: str, path: str, body: Any) -> None:
    assert not refused(method, path, body)


def test_a_policy_can_be_taken_away() -> None:
    operation = {"op": "replace", "path": "/policy", "value": ""}
    assert not refused("PATCH", "/restapis/a1", {"patchOperations": [operation]})
