"""Resource policies decide who may call a method."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.apigateway.admission.resource_policy import read_policy

API = "arn:aws:execute-api:us-east-1:123456789012:api1"
CALLER = "203.0.113.9"
SHOWN = "arn:aws:execute-api:us-east-1:********9012:api1/prod/POST/orders/c-7"


def statement(effect: str, **more: Any) -> dict[str, Any]:
    own = {"Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return {"Effect": effect, "Principal": "*", **own, **more}


def only(*cidrs: str) -> list[dict[str, Any]]:
    """Make the policy of AWS's example: allow all, deny all but some addresses."""
    outside = {"NotIpAddress": {"aws:SourceIp": list(cidrs)}}
    return [statement("Allow"), statement("Deny", Condition=outside)]


def world_of(lab: Any, *statements: dict[str, Any]) -> Any:
    policy = read_policy(json.dumps({"Statement": statements}), API)
    return lab.World(stage=replace(lab.STAGE, policy=policy))


def test_an_allowed_address_is_let_in(lab: Any) -> None:
    assert world_of(lab, *only("198.51.100.1", "203.0.113.0/24")).handle().status == 201


def test_another_address_is_denied_with_aws_s_answer(lab: Any) -> None:
    world = world_of(lab, *only("198.51.100.0/24"))
    response = world.handle()
    who = "User: anonymous is not authorized to perform: execute-api:Invoke on resource:"
    message = f"{who} {SHOWN} with an explicit deny in a resource-based policy"
    assert (response.status, json.loads(response.body)) == (403, {"Message": message})
    assert dict(response.headers)["x-amzn-ErrorType"] == "AccessDeniedException"
    assert world.invocations == []
    assert world.segments[0]["error"]


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [statement("Allow", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})],
        [statement("Allow", Resource="execute-api:/*/GET/*")],
        [statement("Allow", Principal={"AWS": "arn:aws:iam::123456789012:role/r"})],
    ],
)
def test_what_no_statement_allows_is_denied(lab: Any, statements: list[dict[str, Any]]) -> None:
    response = world_of(lab, *statements).handle()
    assert response.status == 403
    assert b"because no resource-based policy allows" in response.body


@pytest.mark.parametrize(
    "changes",
    [
        {"Resource": f"{API}/prod/POST/orders/*"},
        {"Resource": ["execute-api:/prod/POST/*"]},
        {"Principal": {"AWS": "*"}},
        {"Condition": {"IpAddress": {"aws:SourceIp": [f"{CALLER}/32"]}}},
        {"Condition": {"StringLike": {"aws:UserAgent": "curl/*"}}},
    ],
)
def test_a_statement_lets_in_what_it_fits(lab: Any, changes: dict[str, Any]) -> None:
    assert world_of(lab, statement("Allow", **changes)).handle().status == 201


def test_a_path_without_a_method_is_not_for_the_policy(lab: Any) -> None:
    response = world_of(lab).handle(path="/nope")
    assert json.loads(response.body) == {"message": "Missing Authentication Token"}


@pytest.mark.parametrize("text", ["{", "[]", '"text"', '{"Statement": "all"}'])
def test_what_is_no_policy_lets_nobody_in(text: str) -> None:
    assert read_policy(text, API) == {"Statement": []}


@pytest.mark.parametrize(
    "statements, key, status",
    [
        ([], "MAY", 201),
        ([], "MAYNOT", 403),
        ([statement("Allow")], "MAYNOT", 201),
        (only("198.51.100.0/24"), "MAY", 403),
    ],
)
def test_a_signed_caller_is_let_in_by_its_own_policies_or_the_api_s(
    lab: Any, statements: list[dict[str, Any]], key: str, status: int
) -> None:
    world = world_of(lab, *statements)
    method = replace(lab.POST, authorization="AWS_IAM")
    world.stage = replace(world.stage, methods=(method,))
    signed = [("Authorization", f"AWS4-HMAC-SHA256 Credential={key}/20261123/...")]
    assert world.handle(headers=signed).status == status


def test_a_signed_caller_without_permission_is_told_who_it_is(lab: Any) -> None:
    method = replace(lab.POST, authorization="AWS_IAM")
    world = lab.World(stage=replace(lab.STAGE, methods=(method,)))
    signed = [("Authorization", "AWS4-HMAC-SHA256 Credential=MAYNOT/20261123/...")]
    message = json.loads(world.handle(headers=signed).body)["Message"]
    assert message == f"MAYNOT may not execute-api:Invoke {SHOWN}"
