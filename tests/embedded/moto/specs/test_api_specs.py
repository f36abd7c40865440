"""REST APIs as the control plane's clients made them, as the data plane sees them."""

import json
from pathlib import Path
from typing import Any

import pytest
from control_planes import client_of

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import (
    BodyModelSpec,
    MethodSettings,
    MethodSpec,
    QuotaSpec,
    StageSpec,
    ThrottleSpec,
)
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call

REGION = "eu-west-1"
SIGNED = f"AWS4-HMAC-SHA256 Credential=test/20261123/{REGION}/apigateway/aws4_request"
LAMBDA = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:f/invocations"


def call(control: ControlPlane, method: str, path: str, **body: Any) -> Any:
    """Send a control-plane call of API Gateway."""
    headers = (("Authorization", SIGNED), ("Content-Type", "application/json"))
    request = HttpRequest(method, path, "", headers, json.dumps(body).encode())
    response = control.handle(read_call(request))
    assert response.status < 400, response.body
    return json.loads(response.body or b"{}")


class Api:
    """A REST API with one resource, ``/orders``."""

    def __init__(self, control: ControlPlane, **settings: Any) -> None:
        self._control = control
        self._has_methods = False
        self.id: str = call(control, "POST", "/restapis", name="shop", **settings)["id"]
        self.path = f"/restapis/{self.id}"
        (root,) = call(control, "GET", f"{self.path}/resources")["item"]
        path = f"{self.path}/resources/{root['id']}"
        self.resource = call(control, "POST", path, pathPart="orders")["id"]

    def call(self, method: str, path: str, **body: Any) -> Any:
        return call(self._control, method, f"{self.path}{path}", **body)

    def put_method(self, **settings: Any) -> None:
        self._has_methods = True
        path = f"/resources/{self.resource}/methods/POST"
        self.call("PUT", path, authorizationType="NONE", **settings)
        self.put_integration(httpMethod="POST")

    def put_integration(self, **settings: Any) -> None:
        path = f"/resources/{self.resource}/methods/POST/integration"
        self.call("PUT", path, type="AWS_PROXY", uri=LAMBDA, **settings)

    def deploy(self) -> StageSpec:
        """Deploy; an API without any method gets one, since it could not be deployed."""
        if not self._has_methods:
            self.put_method()
        self.call("POST", "/deployments", stageName="prod")
        return self.stage

    @property
    def stage(self) -> StageSpec:
        return self._control.catalog(REGION).stage(self.id, "prod")


def validated(api: Api, *, body: bool, parameters: bool) -> MethodSpec:
    """Deploy a method with a model and a required parameter, as far as they are validated."""
    validator = api.call(
        "POST",
        "/requestvalidators",
        name="v",
        validateRequestBody=body,
        validateRequestParameters=parameters,
    )
    schema = '{"type": "array"}'
    api.call("POST", "/models", name="Order", contentType="application/json", schema=schema)
    api.put_method(
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Order"},
        requestParameters={
            "method.request.querystring.page": True,
            "method.request.header.X-Tenant": False,
        },
    )
    (method,) = api.deploy().methods
    return method


def test_an_openapi_document_makes_methods(control: ControlPlane) -> None:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": LAMBDA}
    responses = {"200": {"description": "ok"}}
    method = {"responses": responses, "x-amazon-apigateway-integration": integration}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "1"},
        "paths": {"/parcels": {"get": method}},
    }
    api = Api(control)
    api.call("PUT", "", **document)
    gateway = client_of(control, "apigateway")
    imported = gateway.import_rest_api(body=json.dumps(document).encode())["id"]
    gateway.create_deployment(restApiId=imported, stageName="prod")
    for stage in (api.deploy(), control.catalog(REGION).stage(imported, "prod")):
        made = {(one.resource_path, one.http_method): one for one in stage.methods}
        assert made["/parcels", "GET"].integration_type == "AWS_PROXY"
        assert made["/parcels", "GET"].function_arn == "arn:f"


def test_an_integration_says_how_its_function_is_called(control: ControlPlane) -> None:
    api = Api(control)
    api.put_method()
    (usual,) = api.deploy().methods
    assert (usual.integration_method, usual.timeout_s, usual.credentials_arn) == (
        "POST",
        None,
        None,
    )
    role = "arn:aws:iam::123456789012:role/gateway"
    api.put_integration(httpMethod="GET", timeoutInMillis=1500, credentials=role)
    (method,) = api.deploy().methods
    assert (method.integration_method, method.timeout_s) == ("GET", 1.5)
    assert method.credentials_arn == role


def test_a_validator_says_what_is_validated(control: ControlPlane) -> None:
    method = validated(Api(control), body=True, parameters=True)
    assert method.body_models == {"application/json": BodyModelSpec('{"type": "array"}')}
    assert method.required_parameters == ("querystring.page",)
    other = validated(Api(control), body=False, parameters=False)
    assert (other.body_models, other.required_parameters) == ({}, ())


def test_a_usage_plan_has_the_keys_that_are_enabled(control: ControlPlane) -> None:
    api = Api(control)
    api.deploy()
    plan = call(
        control,
        "POST",
        "/usageplans",
        name="basic",
        apiStages=[
            {
                "apiId": api.id,
                "stage": "prod",
                "throttle": {"/orders/POST": {"rateLimit": 1, "burstLimit": 2}},
            }
        ],
        throttle={"rateLimit": 5.5, "burstLimit": 9},
        quota={"limit": 100, "offset": 7, "period": "WEEK"},
    )
    keys = [call(control, "POST", "/apikeys", name="k", enabled=one) for one in (True, False)]
    for key in keys:
        path = f"/usageplans/{plan['id']}/keys"
        call(control, "POST", path, keyId=key["id"], keyType="API_KEY")
    (spec,) = api.stage.usage_plans
    assert spec.key_ids == {keys[0]["value"]: keys[0]["id"]}
    assert spec.throttle == ThrottleSpec(5.5, 9)
    assert spec.method_throttles == {"/orders/POST": ThrottleSpec(1.0, 2)}
    assert spec.quota == QuotaSpec(100, "WEEK", offset=7)


def test_a_usage_plan_is_for_its_stages_only(control: ControlPlane) -> None:
    api = Api(control)
    stages = [{"apiId": api.id, "stage": "dev"}]
    call(control, "POST", "/usageplans", name="basic", apiStages=stages)
    assert api.deploy().usage_plans == ()


def test_keys_stay_the_same_over_a_restart(tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)
    key = call(control, "POST", "/apikeys", name="k", enabled=True)
    control.close()
    again = ControlPlane(tmp_path)
    again.replay()
    assert backend("apigateway", REGION).keys[key["id"]].value == key["value"]
    again.reset()
    again.close()


def patch(path: str, value: str) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": value}


def test_settings_of_a_stage_and_of_a_method_stay_apart(control: ControlPlane) -> None:
    api = Api(control)
    api.put_method()
    api.deploy()
    operations = [
        patch("/*/*/metrics/enabled", "true"),
        patch("/~1orders/POST/throttling/rateLimit", "-1"),
    ]
    api.call("PATCH", "/stages/prod", patchOperations=operations)
    (method,) = api.stage.methods
    assert method.authorization == "NONE"
    assert api.stage.method_settings["*/*"].metrics
    assert api.stage.settings_of(method) == MethodSettings(metrics=False, throttle=None)


def test_a_stage_keeps_what_was_deployed(control: ControlPlane) -> None:
    api = Api(control, binaryMediaTypes=["image/png"])
    parameters = {"gatewayresponse.header.X": "'1'"}
    path = "/gatewayresponses/THROTTLED"
    api.call("PUT", path, statusCode="503", responseParameters=parameters)
    stage = api.deploy()
    api.call("PUT", "/gatewayresponses/DEFAULT_4XX", statusCode="404")
    assert stage.binary_media_types == ("image/png",)
    (response,) = api.stage.gateway_responses
    assert (response.type, response.status, response.parameters) == ("THROTTLED", 503, parameters)


@pytest.mark.parametrize("status", ["abc", "99", "1000"])
def test_a_status_that_is_none_is_left_out(control: ControlPlane, status: str) -> None:
    api = Api(control)
    api.call("PUT", "/gatewayresponses/THROTTLED", statusCode=status)
    assert api.deploy().gateway_responses[0].status is None


def test_binary_media_types_can_be_changed(control: ControlPlane) -> None:
    api = Api(control, binaryMediaTypes=["image/png"])
    operations = [
        {"op": "add", "path": "/binaryMediaTypes/image~1gif"},
        {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
        patch("/name", "renamed"),
    ]
    answer = api.call("PATCH", "", patchOperations=operations)
    assert (answer["name"], answer["binaryMediaTypes"]) == ("renamed", ["image/gif"])
    assert api.deploy().binary_media_types == ("image/gif",)


def test_a_policy_takes_effect_with_the_next_deployment(control: ControlPlane) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke"}
    text = json.dumps({"Statement": [{**statement, "Resource": "execute-api:/*"}]})
    api = Api(control)
    assert api.deploy().policy is None
    api.call("PATCH", "", patchOperations=[patch("/policy", text)])
    assert api.stage.policy is None
    whole = f"arn:aws:execute-api:{REGION}:123456789012:{api.id}/*"
    assert api.deploy().policy == {"Statement": [{**statement, "Resource": [whole]}]}


def test_a_stage_keeps_its_settings_over_deployments(control: ControlPlane) -> None:
    api = Api(control)
    api.deploy()
    first = api.stage
    operations = [patch("/tracingEnabled", "true"), patch("/variables/a", "1")]
    api.call("PATCH", "/stages/prod", patchOperations=operations)
    api.call("PUT", "/gatewayresponses/THROTTLED", statusCode="503")
    again = api.call("POST", "/deployments", stageName="prod", variables={"b": "2"})
    assert (api.stage.tracing, api.stage.variables) == (True, {"a": "1", "b": "2"})
    assert api.stage.gateway_responses != first.gateway_responses
    assert api.call("GET", "/stages/prod")["deploymentId"] == again["id"]
    assert api.stage.deployment_id == again["id"] != first.deployment_id


def test_a_deployment_can_switch_tracing_on(control: ControlPlane) -> None:
    api = Api(control)
    api.put_method()
    members = {"tracingEnabled": True, "stageDescription": "ours"}
    api.call("POST", "/deployments", stageName="prod", **members)
    assert api.stage.tracing
    assert api.call("GET", "/stages/prod")["description"] == "ours"


@pytest.mark.parametrize(
    "destination, group",
    [
        ("arn:aws:logs:eu-west-1:1:log-group:/api/log-group:x", "/api/log-group:x"),
        ("arn:aws:logs:eu-west-1:1:log-group:/api:*", "/api"),
        ("arn:aws:firehose:eu-west-1:1:deliverystream/amazon-apigateway-x", None),
    ],
)
def test_access_logs_go_to_log_groups(
    control: ControlPlane, destination: str, group: str | None
) -> None:
    api = Api(control)
    api.deploy()
    operations = [patch("/accessLogSettings/destinationArn", destination)]
    api.call("PATCH", "/stages/prod", patchOperations=operations)
    assert api.stage.access_log_group == group
