"""HTTP APIs from OpenAPI documents."""

import json
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from control_planes import REGION, client_of

from tracing_lab.embedded.apigateway.http_apis.specs import RouteSpec
from tracing_lab.embedded.moto.plane import ControlPlane

FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:f"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
PROXY = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI, "payloadFormatVersion": "2.0"}
INTEGRATION = "x-amazon-apigateway-integration"
SHARED = "x-amazon-apigateway-integrations"
AUTHORIZER = {
    "type": "request",
    "identitySource": "$request.header.A, $request.header.B",
    "authorizerUri": URI,
    "authorizerPayloadFormatVersion": "2.0",
    "authorizerResultTtlInSeconds": 9,
    "enableSimpleResponses": True,
}


def with_cors(**cors: Any) -> dict[str, Any]:
    return {**document({}), "x-amazon-apigateway-cors": cors}


def document(paths: Any, **components: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "1.0"},
        "paths": paths,
        "components": components,
        "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 5},
        "tags": [{"name": "team", "x-amazon-apigateway-tag-value": "a"}, {"name": "other"}],
    }


WHOLE = document(
    {
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path"}],
            "get": {INTEGRATION: {**PROXY, "timeoutInMillis": 50}, "security": [{"token": []}]},
            "put": {
                INTEGRATION: {"$ref": f"#/components/{SHARED}/one"},
                "security": [{"signed": []}],
            },
        },
        "/$default": {"x-amazon-apigateway-any-method": {INTEGRATION: PROXY}},
        "/{proxy+}": {"x-amazon-apigateway-any-method": {}},
    },
    securitySchemes={
        "token": {"type": "apiKey", "x-amazon-apigateway-authorizer": AUTHORIZER},
        "signed": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
    },
    **{SHARED: {"one": {**PROXY, "payloadFormatVersion": "1.0"}}},
)


def deployed(control: ControlPlane, api_id: str) -> dict[str, RouteSpec]:
    """Return the routes of an API's stage by key."""
    client_of(control, "apigatewayv2").create_stage(ApiId=api_id, StageName="s", AutoDeploy=True)
    stage = control.catalog(REGION).http_api(api_id).stages["s"]
    return {route.key: route for route in stage.routes}


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_a_document_becomes_routes_integrations_and_authorizers(
    control: ControlPlane, write: Any
) -> None:
    made = client_of(control, "apigatewayv2").import_api(Body=write(WHOLE))
    assert (made["Name"], made["Version"], made["Tags"]) == ("shop", "1.0", {"team": "a"})
    assert made["ApiEndpoint"].endswith(made["ApiId"])
    routes = deployed(control, made["ApiId"])
    assert set(routes) == {"GET /orders/{id}", "PUT /orders/{id}", "$default", "ANY /{proxy+}"}
    get, put = routes["GET /orders/{id}"], routes["PUT /orders/{id}"]
    assert get.integration is not None
    assert put.integration is not None
    assert (get.integration.function_arn, get.integration.timeout_s) == (FUNCTION, 0.05)
    assert put.integration.payload_format == "1.0"
    assert get.authorizer is not None
    assert get.authorizer.identity_sources == ("$request.header.A", "$request.header.B")
    assert (get.authorizer.ttl_s, get.authorizer.simple) == (9.0, True)
    assert [route.authorization for route in routes.values()].count("NONE") == 2
    assert put.authorization == "AWS_IAM"
    assert routes["ANY /{proxy+}"].integration is None
    cors = control.catalog(REGION).http_api(made["ApiId"]).cors
    assert cors is not None
    assert (cors.allow_origins, cors.max_age_s) == (("*",), 5)


def test_an_import_replaces_routes_and_keeps_stages(control: ControlPlane) -> None:
    apis = client_of(control, "apigatewayv2")
    api_id = apis.import_api(Body=json.dumps(WHOLE))["ApiId"]
    assert len(deployed(control, api_id)) == 4
    paths = {"/new": {"get": {INTEGRATION: PROXY}}}
    apis.reimport_api(ApiId=api_id, Body=json.dumps(document(paths)))
    stage = control.catalog(REGION).http_api(api_id).stages["s"]
    assert [route.key for route in stage.routes] == ["GET /new"]
    assert apis.get_authorizers(ApiId=api_id)["Items"] == []


@pytest.mark.parametrize(
    "body, message",
    [
        ("{", "Unable to parse"),
        ("a: b: c", "Unable to parse"),
        ("[]", "Invalid OpenAPI input"),
        ('{"swagger": "2.0"}', "Invalid OpenAPI input"),
        (document({"/a": {"get": {INTEGRATION: {**PROXY, "type": "http_proxy"}}}}), "only Lambda"),
        (document({"/a": {"get": {INTEGRATION: {**PROXY, "uri": "f"}}}}), "has to be the ARN"),
        (
            document({"/a": {"get": {INTEGRATION: {"type": "aws_proxy", "uri": URI}}}}),
            "PayloadFormatVersion is a required",
        ),
        (document(["/a"]), "Invalid OpenAPI input"),
        ({**document({}), "info": "shop"}, "Invalid OpenAPI input"),
        ({**document({}), "tags": [1]}, "Invalid OpenAPI input"),
        ({**document({}), "tags": [{"x-amazon-apigateway-tag-value": "a"}]}, "Invalid OpenAPI"),
        ({**document({}), "x-amazon-apigateway-cors": "*"}, "Invalid CORS"),
        (with_cors(maxAge="soon"), "Invalid CORS"),
        (with_cors(maxAge=86_401), "Invalid CORS"),
        (with_cors(allowMethods="GET"), "Invalid CORS"),
        (with_cors(allowOrigins=["*"], allowCredentials=True), "AllowCredentials is not supported"),
        (document({"/a": "get"}), "Invalid OpenAPI input"),
        (document({"/a": {"get": []}}), "Invalid OpenAPI input"),
        (document({"/a": {"get": {INTEGRATION: "f"}}}), "Invalid OpenAPI input"),
        (document({"/a": {"get": {"security": 1}}}), "Invalid OpenAPI input"),
        (document({"/{a+}/b": {"get": {}}}), "not formatted properly"),
        (document({"/a": {"get": {"security": [{"none": []}]}}}), "none of GET /a does not exist"),
        (
            document(
                {},
                securitySchemes={
                    "jwt": {"x-amazon-apigateway-authorizer": {**AUTHORIZER, "type": "jwt"}}
                },
            ),
            "Authorizer jwt is not simulated",
        ),
        (
            document(
                {"/$default": {"x-amazon-apigateway-any-method": {}}, "$default": {"get": {}}}
            ),
            "already exists",
        ),
    ],
)
def test_what_cannot_be_imported_changes_nothing(
    control: ControlPlane, body: Any, message: str
) -> None:
    apis = client_of(control, "apigatewayv2")
    api_id = apis.import_api(Body=json.dumps(WHOLE))["ApiId"]
    text = body if isinstance(body, str) else json.dumps(body)
    for call, names in ((apis.import_api, {}), (apis.reimport_api, {"ApiId": api_id})):
        with pytest.raises(ClientError, match=message) as caught:
            call(Body=text, **names)
        code = caught.value.response["Error"]["Code"]
        assert code in {"BadRequestException", "ConflictException"}
    assert len(apis.get_apis()["Items"]) == 1
    assert len(apis.get_routes(ApiId=api_id)["Items"]) == 4
