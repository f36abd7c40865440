"""OpenAPI documents with integrations and authorizers."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of

from tracing_lab.embedded.model import StageSpec
from tracing_lab.embedded.moto.adapter import MotoApp
from tracing_lab.embedded.moto.plane import ControlPlane

FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:f"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
INTEGRATION = {
    "type": "aws",
    "httpMethod": "POST",
    "uri": URI,
    "requestTemplates": {"application/json": "{}"},
    "responses": {
        "default": {"statusCode": "200"},
        "Bad.*": {"statusCode": "400", "responseTemplates": {"application/json": "$input.body"}},
    },
}
AUTHORIZER = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
        "type": "token",
        "authorizerUri": URI,
        "authorizerResultTtlInSeconds": 60,
        "identityValidationExpression": "x-.*",
    },
}
RESPONSES = {"200": {"description": "ok"}, "400": {"description": "bad"}}


def document(**changes: Any) -> dict[str, Any]:
    method = {"responses": RESPONSES, "x-amazon-apigateway-integration": INTEGRATION}
    return {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "1"},
        "x-amazon-apigateway-api-key-source": "AUTHORIZER",
        "security": [{"who": []}],
        "paths": {
            "/orders": {
                "parameters": [],
                "post": {**method, "security": [{"who": [], "key": []}]},
                "get": method,
                "x-amazon-apigateway-any-method": {**method, "security": []},
            }
        },
        "components": {
            "securitySchemes": {
                "who": AUTHORIZER,
                "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            }
        },
        **changes,
    }


def imported(control: ControlPlane, content: Any) -> tuple[str, StageSpec]:
    gateway = client_of(control, "apigateway")
    api_id = gateway.import_rest_api(body=json.dumps(content).encode())["id"]
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    return api_id, control.catalog(REGION).stage(api_id, "prod")


def test_a_document_brings_integrations_authorizers_and_keys(control: ControlPlane) -> None:
    _api_id, stage = imported(control, document())
    methods = {one.http_method: one for one in stage.methods}
    assert set(methods) == {"POST", "GET", "ANY"}
    assert {one.authorization for one in (methods["POST"], methods["GET"])} == {"CUSTOM"}
    assert methods["ANY"].authorization == "NONE"
    found = methods["POST"].authorizer
    assert found is not None
    assert (found.kind, found.ttl_s, found.validation) == ("TOKEN", 60, "x-.*")
    assert found.identity_sources == ("method.request.header.Authorization",)
    keyed = [one.http_method for one in stage.methods if one.api_key_required]
    assert (keyed, stage.api_key_source) == (["POST"], "AUTHORIZER")
    patterns = {one.status: one.pattern for one in methods["POST"].integration.responses}
    assert patterns == {"200": None, "400": "Bad.*"}


def test_a_second_import_replaces_the_authorizer_of_the_same_name(control: ControlPlane) -> None:
    api_id, _stage = imported(control, document())
    gateway = client_of(control, "apigateway")
    gateway.put_rest_api(restApiId=api_id, mode="overwrite", body=json.dumps(document()).encode())
    (kept,) = gateway.get_authorizers(restApiId=api_id)["items"]
    assert kept["name"] == "who"


def changed(**members: Any) -> dict[str, Any]:
    integration = {**INTEGRATION, **members}
    method = {"responses": RESPONSES, "x-amazon-apigateway-integration": integration}
    return document(paths={"/orders": {"post": method}})


@pytest.mark.parametrize(
    "content, message",
    [
        (changed(type="http", uri="http://127.0.0.1"), "type HTTP are not simulated"),
        (changed(requestTemplates={"text/plain": "#parse('x')"}), "#parse is not simulated"),
        (changed(responses={"(": {"statusCode": "200"}}), "Invalid selection pattern"),
        (
            document(
                components={
                    "securitySchemes": {
                        "who": {
                            **AUTHORIZER,
                            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools"},
                        }
                    }
                }
            ),
            "COGNITO_USER_POOLS are not simulated",
        ),
    ],
)
def test_what_a_document_has_that_is_not_simulated_is_refused(
    control: ControlPlane, content: Any, message: str
) -> None:
    gateway = client_of(control, "apigateway")
    with pytest.raises(ClientError, match="BadRequestException") as caught:
        gateway.import_rest_api(body=json.dumps(content).encode())
    assert message in str(caught.value)
    assert gateway.get_rest_apis()["items"] == []


def with_method(**members: Any) -> dict[str, Any]:
    method = {"responses": RESPONSES, "x-amazon-apigateway-integration": INTEGRATION, **members}
    return document(paths={"/a": {"get": method}})


@pytest.mark.parametrize(
    "content",
    [
        document(info=None),
        document(info="shop"),
        document(info={"version": "1"}),
        document(**{"x-amazon-apigateway-gateway-responses": ["DEFAULT_4XX"]}),
        document(**{"x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": "418"}}),
        document(**{"x-amazon-apigateway-request-validators": "all"}),
        document(**{"x-amazon-apigateway-request-validators": {"all": True}}),
        document(**{"x-amazon-apigateway-binary-media-types": 5}),
        document(**{"x-amazon-apigateway-binary-media-types": [5]}),
        changed(responses=["default"]),
        changed(responses={"default": "200"}),
        changed(requestTemplates=["{}"]),
        with_method(consumes=5, parameters=[{"in": "body", "schema": {}}]),
    ],
)
def test_a_malformed_document_changes_nothing(control: ControlPlane, content: Any) -> None:
    gateway = client_of(control, "apigateway")
    with pytest.raises(ClientError, match="BadRequestException"):
        gateway.import_rest_api(body=json.dumps(content).encode())
    assert gateway.get_rest_apis()["items"] == []


def test_an_import_that_fails_in_moto_leaves_no_api(control: ControlPlane) -> None:
    gateway = client_of(control, "apigateway")
    with pytest.raises(ClientError):
        gateway.import_rest_api(body=json.dumps(with_method(responses=["200"])).encode())
    assert gateway.get_rest_apis()["items"] == []


def test_a_parameter_in_no_place_is_ignored(control: ControlPlane) -> None:
    parameters = [{"in": ["query"], "name": "a", "required": True}, {"name": "b"}]
    _api_id, stage = imported(control, with_method(parameters=parameters))
    assert [one.required_parameters for one in stage.methods] == [()]


SWAGGER = """
swagger: "2.0"
info: {title: shop, version: 2026-11-29}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
x-amazon-apigateway-request-validator: all
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-policy:
  Statement:
    - {Effect: Allow, Principal: "*", Action: execute-api:Invoke, Resource: "execute-api:/*"}
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {statusCode: "418", responseParameters: {gatewayresponse.header.X: "'tea'"}}
securityDefinitions:
  signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, type: string}]
    post:
      parameters:
        - {name: page, in: query, required: true, type: string}
        - {name: order, in: body, schema: {$ref: "#/definitions/Order"}}
      security: [{signed: []}]
      responses: {200: {description: ok}}
      x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: "200"}}}
    put:
      consumes: [text/plain]
      parameters: [{name: text, in: body, schema: {type: string}}]
      responses: {200: {description: ok}}
      x-amazon-apigateway-auth: {type: AWS_IAM}
      x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: "200"}}}
definitions:
  Item: {type: string}
  Order: {type: object, required: [item], properties: {item: {$ref: "#/definitions/Item"}}}
"""


def test_swagger_in_yaml_brings_validators_models_responses_and_policy(
    control: ControlPlane,
) -> None:
    gateway = client_of(control, "apigateway")
    api_id = gateway.import_rest_api(body=SWAGGER.encode())["id"]
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    stage = control.catalog(REGION).stage(api_id, "prod")
    post, put = sorted(stage.methods, key=lambda one: one.http_method)
    assert (post.authorization, put.authorization) == ("AWS_IAM", "AWS_IAM")
    assert set(post.required_parameters) == {"path.id", "querystring.page"}
    order = post.body_models["application/json"]
    assert json.loads(order.schema)["required"] == ["item"]
    assert [json.loads(schema) for _url, schema in order.referenced] == [{"type": "string"}]
    assert json.loads(put.body_models["text/plain"].schema) == {"type": "string"}
    assert stage.binary_media_types == ("image/png",)
    assert stage.policy is not None
    (response,) = stage.gateway_responses
    assert (response.type, response.status) == ("DEFAULT_4XX", 418)


def test_a_merge_replaces_methods_and_makes_no_resource_twice(control: ControlPlane) -> None:
    api_id, _stage = imported(control, document())
    gateway = client_of(control, "apigateway")
    before = {one["path"]: one["id"] for one in gateway.get_resources(restApiId=api_id)["items"]}
    integration = {"type": "mock", "responses": {"default": {"statusCode": "204"}}}
    method = {"responses": RESPONSES, "x-amazon-apigateway-integration": integration}
    more = document(paths={"/orders": {"get": method}, "/orders/{id}": {"get": method}})
    gateway.put_rest_api(restApiId=api_id, mode="merge", body=json.dumps(more).encode())
    items = gateway.get_resources(restApiId=api_id)["items"]
    after = {one["path"]: one["id"] for one in items}
    assert len(items) == len(after) == 3
    assert {path: after[path] for path in before} == before
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    methods = control.catalog(REGION).stage(api_id, "prod").methods
    kinds = {(one.resource_path, one.http_method): one.integration_type.upper() for one in methods}
    assert kinds["/orders", "GET"] == "MOCK"
    assert kinds["/orders", "POST"] == "AWS"
    assert kinds["/orders/{id}", "GET"] == "MOCK"


@pytest.mark.parametrize(
    "body",
    [b"", b"- a", b"a: [", b"{", b"paths: {}", b"{}", b"swagger: 2", b"a: &a [*a]"],
)
def test_what_is_no_document_is_refused(control: ControlPlane, body: bytes) -> None:
    gateway = client_of(control, "apigateway")
    with pytest.raises(ClientError):
        gateway.import_rest_api(body=body)
    assert gateway.get_rest_apis()["items"] == []


def test_a_replay_makes_the_same_authorizers_and_validators(tmp_path: Path) -> None:
    def made(control: ControlPlane) -> list[str]:
        gateway = client_of(control, "apigateway")
        found = []
        for api in sorted(gateway.get_rest_apis()["items"], key=lambda one: one["name"]):
            names = {"restApiId": api["id"]}
            items = [
                *gateway.get_authorizers(**names)["items"],
                *gateway.get_request_validators(**names)["items"],
                *gateway.get_resources(**names)["items"],
            ]
            found += [one["id"] for one in items]
        return found

    control = ControlPlane(tmp_path)
    api_id, _stage = imported(control, document())
    gateway = client_of(control, "apigateway")
    gateway.put_rest_api(restApiId=api_id, mode="merge", body=json.dumps(document()).encode())
    gateway.import_rest_api(body=SWAGGER.encode())
    before = made(control)
    control.close()
    MotoApp().reset()
    again = ControlPlane(tmp_path)
    again.replay()
    assert made(again) == before
    again.reset()
    again.close()
