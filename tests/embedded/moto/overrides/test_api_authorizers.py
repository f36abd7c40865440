"""Authorizers as the control plane's clients make them: what is refused, what is kept."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of, make_api

from tracing_lab.embedded.model import AuthorizerSpec, StageSpec
from tracing_lab.embedded.moto.plane import ControlPlane

FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:f"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
HEADER = "method.request.header.Authorization"
TOKEN = {"type": "TOKEN", "authorizerUri": URI, "identitySource": HEADER}


def refusal(call: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"type": "COGNITO_USER_POOLS"}, "COGNITO_USER_POOLS is not simulated"),
        ({"authorizerUri": "arn:aws:apigateway:eu-west-1:sqs:path/1/q"}, "Authorizer URI"),
        ({"identitySource": "method.request.body"}, "Invalid Identity Source: method.request.body"),
        ({"identitySource": "context.stage"}, "Invalid Identity Source: context.stage"),
        ({"identitySource": ""}, "Identity source is required"),
        ({"authorizerResultTtlInSeconds": 3601}, "between 0 and 3600"),
        ({"identityValidationExpression": "("}, "Invalid identity validation expression"),
    ],
)
def test_an_authorizer_that_cannot_work_is_refused(
    control: ControlPlane, change: Any, message: str
) -> None:
    api_id, gateway = make_api(control)
    members = {"restApiId": api_id, "name": "a", **TOKEN, **change}
    code, text = refusal(gateway.create_authorizer, **members)
    assert code == "BadRequestException"
    assert message in text
    assert gateway.get_authorizers(restApiId=api_id)["items"] == []


def test_requests_need_no_source_if_nothing_is_cached(control: ControlPlane) -> None:
    api_id, gateway = make_api(control)
    members = {"type": "REQUEST", "authorizerUri": URI, "authorizerResultTtlInSeconds": 0}
    made = gateway.create_authorizer(restApiId=api_id, name="a", **members)
    assert made["authorizerResultTtlInSeconds"] == 0


def deployed(control: ControlPlane, api_id: str) -> StageSpec:
    client_of(control, "apigateway").create_deployment(restApiId=api_id, stageName="prod")
    return control.catalog(REGION).stage(api_id, "prod")


def test_the_methods_of_a_deployment_have_the_authorizer_as_it_was(control: ControlPlane) -> None:
    api_id, gateway = make_api(control)
    role = "arn:aws:iam::123456789012:role/caller"
    authorizer = gateway.create_authorizer(
        restApiId=api_id,
        name="a",
        **TOKEN,
        identityValidationExpression="x-.*",
        authorizerCredentials=role,
    )
    assert authorizer["identityValidationExpression"] == "x-.*"
    resource_id = gateway.get_resources(restApiId=api_id)["items"][1]["id"]
    where = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "GET"}
    gateway.put_method(**where, authorizationType="CUSTOM", authorizerId=authorizer["id"])
    gateway.put_integration(**where, type="MOCK")

    def spec() -> AuthorizerSpec | None:
        methods = deployed(control, api_id).methods
        return next(one.authorizer for one in methods if one.http_method == "GET")

    first = spec()
    assert first == AuthorizerSpec(
        authorizer["id"], "TOKEN", FUNCTION, role, (HEADER,), "x-.*", 300
    )
    patches = [
        {"op": "replace", "path": "/identityValidationExpression", "value": "y-.*"},
        {"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "0"},
    ]
    names = {"restApiId": api_id, "authorizerId": authorizer["id"]}
    gateway.update_authorizer(**names, patchOperations=patches)
    assert control.catalog(REGION).stage(api_id, "prod").methods[-1].authorizer == first
    changed = spec()
    assert changed is not None
    assert (changed.validation, changed.ttl_s) == ("y-.*", 0)
    too_long = [{"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "9999"}]
    code, _text = refusal(gateway.update_authorizer, **names, patchOperations=too_long)
    assert code == "BadRequestException"


@pytest.mark.parametrize("more", [{}, {"authorizerId": "none"}])
def test_a_method_needs_an_authorizer_that_exists(control: ControlPlane, more: Any) -> None:
    api_id, gateway = make_api(control)
    resource_id = gateway.get_resources(restApiId=api_id)["items"][1]["id"]
    where = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "GET"}
    code, text = refusal(gateway.put_method, **where, authorizationType="CUSTOM", **more)
    assert (code, text[:21]) == ("BadRequestException", "Invalid authorizer ID")
