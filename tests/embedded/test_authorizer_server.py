"""Lambda authorizers on a running embedded AWS: who gets in, what functions see, what is traced."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from rest_apis import ACCOUNT, PROXY_ECHO, REGION, RestApis

AUTHORIZER = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
    token = event.get("authorizationToken") or event["headers"].get("X-Who")
    if token == "nobody":
        raise Exception("Unauthorized")
    if token == "crash":
        raise ValueError("no such user")
    if token == "odd":
        return {"principalId": "odd"}
    effect = "Deny" if token == "denied" else "Allow"
    own = event["methodArn"]
    resource = own.rsplit("/", 2)[0] + "/*" if token != "narrow" else own.replace("whoami", "other")
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {
        "principalId": token,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"calls": calls, "vip": True, "type": event["type"]},
        "usageIdentifierKey": "a-key-of-twenty-letters" if token == "paying" else None,
    }
"""


@pytest.fixture(scope="module")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestApis]:
    with closing(RestApis(tmp_path_factory.mktemp("authorizers"))) as apis:
        uri, echo = apis.function("authorizer", AUTHORIZER), apis.function("echo", PROXY_ECHO)
        for name, authorizer in AUTHORIZERS.items():
            made = apis.gateway.create_authorizer(
                restApiId=apis.api_id, name=name, authorizerUri=uri, **authorizer
            )
            where = apis.method(
                name,
                authorizationType="CUSTOM",
                authorizerId=made["id"],
                apiKeyRequired=name == "keyed",
            )
            apis.gateway.put_integration(
                **where, type="AWS_PROXY", integrationHttpMethod="POST", uri=echo
            )
        operation = {"op": "replace", "path": "/apiKeySource", "value": "AUTHORIZER"}
        apis.gateway.update_rest_api(restApiId=apis.api_id, patchOperations=[operation])
        apis.deploy()
        key = apis.gateway.create_api_key(name="k", value="a-key-of-twenty-letters", enabled=True)
        stage = {"apiId": apis.api_id, "stage": "prod"}
        plan = apis.gateway.create_usage_plan(name="p", apiStages=[stage])
        apis.gateway.create_usage_plan_key(
            usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY"
        )
        yield apis


TOKEN = {"type": "TOKEN", "identitySource": "method.request.header.Authorization"}
AUTHORIZERS: dict[str, dict[str, Any]] = {
    "whoami": TOKEN,
    "uncached": {**TOKEN, "authorizerResultTtlInSeconds": 0},
    "keyed": {**TOKEN, "authorizerResultTtlInSeconds": 0},
    "checked": {**TOKEN, "identityValidationExpression": "user-[a-z]+"},
    "request": {
        "type": "REQUEST",
        "identitySource": "method.request.header.X-Who,method.request.querystring.shop",
    },
}


def caller(apis: RestApis, path: str, who: str) -> dict[str, Any]:
    response = apis.request(f"/{path}", headers={"Authorization": who})
    assert response.status == 200, response.body
    found: dict[str, Any] = response.json["requestContext"]["authorizer"]
    return found


@pytest.mark.parametrize(
    "path, who, expected",
    [
        ("whoami", "", (401, {"message": "Unauthorized"}, "UnauthorizedException")),
        ("whoami", "nobody", (401, {"message": "Unauthorized"}, "UnauthorizedException")),
        ("whoami", "crash", (500, {"message": None}, "AuthorizerConfigurationException")),
        ("whoami", "odd", (500, {"message": None}, "AuthorizerConfigurationException")),
        (
            "whoami",
            "denied",
            (
                403,
                {"Message": "User is not authorized to access this resource with an explicit deny"},
                "AccessDeniedException",
            ),
        ),
        (
            "whoami",
            "narrow",
            (
                403,
                {"Message": "User is not authorized to access this resource"},
                "AccessDeniedException",
            ),
        ),
        ("checked", "admin", (401, {"message": "Unauthorized"}, "UnauthorizedException")),
        ("request", "ann", (401, {"message": "Unauthorized"}, "UnauthorizedException")),
        ("keyed", "ann", (403, {"message": "Forbidden"}, "ForbiddenException")),
    ],
)
def test_who_may_not_call_a_method_is_told_as_by_api_gateway(
    apis: RestApis, path: str, who: str, expected: tuple[int, Any, str]
) -> None:
    response = apis.request(f"/{path}", headers={"Authorization": who, "X-Who": who})
    assert (response.status, response.json, response.headers["x-amzn-errortype"]) == expected


def test_the_function_sees_what_the_authorizer_returned_as_texts(apis: RestApis) -> None:
    found = caller(apis, "whoami", "ann")
    assert found.pop("integrationLatency") > 0
    calls = found.pop("calls")
    assert calls.isdigit()
    assert found == {"principalId": "ann", "vip": "true", "type": "TOKEN"}
    # a cached result is the same one, and no time was spent on it
    assert caller(apis, "whoami", "ann") == {**found, "calls": calls, "integrationLatency": 0}


def test_a_ttl_of_zero_caches_nothing(apis: RestApis) -> None:
    first, second = (caller(apis, "uncached", "ann")["calls"] for _ in range(2))
    assert first != second


def test_a_request_authorizer_gets_the_request_and_is_cached_by_all_its_sources(
    apis: RestApis,
) -> None:
    def calls(query: str) -> str:
        response = apis.request(f"/request?{query}", headers={"X-Who": "ann"})
        found = response.json["requestContext"]["authorizer"]
        assert found["type"] == "REQUEST"
        return str(found["calls"])

    assert calls("shop=1&page=1") == calls("shop=1&page=2") != calls("shop=2")


def test_the_key_of_an_authorizer_is_the_api_key(apis: RestApis) -> None:
    assert caller(apis, "keyed", "paying")["principalId"] == "paying"


def test_a_validated_token_reaches_the_function(apis: RestApis) -> None:
    assert caller(apis, "checked", "user-ann")["principalId"] == "user-ann"


def test_the_stage_shows_the_authorizer_as_a_call_before_that_of_the_method(apis: RestApis) -> None:
    _response, root = apis.traced("/uncached", headers={"Authorization": "ann"})
    stage, *others = apis.segments(root, 5)
    authorizing, calling = stage["subsegments"]
    assert [one["aws"]["function_name"] for one in (authorizing, calling)] == ["authorizer", "echo"]
    assert authorizing["end_time"] <= calling["start_time"]
    parents = {one["parent_id"]: one["name"] for one in others if one["origin"] == "AWS::Lambda"}
    assert parents == {authorizing["id"]: "authorizer", calling["id"]: "echo"}
    _response, cached = apis.traced("/whoami", headers={"Authorization": "bea"})
    _response, cached = apis.traced("/whoami", headers={"Authorization": "bea"})
    stage, *_others = apis.segments(cached, 3)
    assert [one["aws"]["function_name"] for one in stage["subsegments"]] == ["echo"]


def test_an_authorizer_needs_the_permission_for_itself(apis: RestApis) -> None:
    uri = apis.function("guarded", AUTHORIZER, source="prod/POST/*")
    made = apis.gateway.create_authorizer(
        restApiId=apis.api_id, name="guarded", authorizerUri=uri, **TOKEN
    )
    where = apis.method("guarded", authorizationType="CUSTOM", authorizerId=made["id"])
    apis.gateway.put_integration(**where, type="MOCK")
    apis.respond(where, "200")
    apis.deploy()
    headers = {"Authorization": "ann"}
    assert apis.request("/guarded", headers=headers).status == 500
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{apis.api_id}/authorizers/{made['id']}"
    apis.functions.add_permission(
        FunctionName="guarded",
        StatementId="authorizer",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )
    assert apis.request("/guarded", headers=headers).status == 200


def test_an_authorizer_with_a_role_needs_no_permission(apis: RestApis) -> None:
    uri = apis.function("hired", AUTHORIZER, source="")
    role = apis.role("caller", "apigateway.amazonaws.com", "lambda:InvokeFunction")
    made = apis.gateway.create_authorizer(
        restApiId=apis.api_id, name="hired", authorizerUri=uri, authorizerCredentials=role, **TOKEN
    )
    where = apis.method("hired", authorizationType="CUSTOM", authorizerId=made["id"])
    apis.gateway.put_integration(**where, type="MOCK")
    template = '{"who": "$context.authorizer.principalId", "vip": $context.authorizer.vip}'
    apis.respond(where, "200", responseTemplates={"application/json": template})
    apis.deploy()
    response = apis.request("/hired", headers={"Authorization": "ann"})
    assert (response.status, response.json) == (200, {"who": "ann", "vip": True})


def test_a_rejection_can_be_reworded_with_what_the_authorizer_said(apis: RestApis) -> None:
    template = '{"type": "$context.authorizer.type", "who": "$context.authorizer.principalId"}'
    apis.gateway.put_gateway_response(
        restApiId=apis.api_id,
        responseType="ACCESS_DENIED",
        statusCode="404",
        responseTemplates={"application/json": template},
    )
    apis.deploy()
    response = apis.request("/uncached", headers={"Authorization": "denied"})
    assert (response.status, response.json) == (404, {"type": "TOKEN", "who": "denied"})


def test_flushing_a_stage_calls_the_authorizer_again(apis: RestApis) -> None:
    first = caller(apis, "whoami", "flo")["calls"]
    assert caller(apis, "whoami", "flo")["calls"] == first
    apis.gateway.flush_stage_authorizers_cache(restApiId=apis.api_id, stageName="prod")
    assert caller(apis, "whoami", "flo")["calls"] != first
    with pytest.raises(apis.gateway.exceptions.NotFoundException):
        apis.gateway.flush_stage_authorizers_cache(restApiId=apis.api_id, stageName="no")


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is for POSIX systems")
def test_authorizers_survive_a_kill(apis: RestApis) -> None:
    apis.kill_and_start()
    assert apis.request("/checked", headers={"Authorization": "admin"}).status == 401
    assert caller(apis, "checked", "user-ann")["principalId"] == "user-ann"
    assert caller(apis, "keyed", "paying")["principalId"] == "paying"
