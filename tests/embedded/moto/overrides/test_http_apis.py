"""HTTP APIs of the control plane: what AWS rejects, and what moto lacks."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of

from tracing_lab.embedded.apigateway.http_apis.specs import RouteSettings
from tracing_lab.embedded.model import ThrottleSpec
from tracing_lab.embedded.moto.plane import ControlPlane

FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:f"
INTEGRATION = {
    "IntegrationType": "AWS_PROXY",
    "IntegrationUri": FUNCTION,
    "PayloadFormatVersion": "2.0",
}
PURGE = {
    "IntegrationSubtype": "SQS-PurgeQueue",
    "PayloadFormatVersion": "1.0",
    "CredentialsArn": "arn:aws:iam::123456789012:role/r",
    "RequestParameters": {"QueueUrl": "u"},
}
AUTHORIZER = {
    "Name": "a",
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": FUNCTION,
    "AuthorizerPayloadFormatVersion": "2.0",
    "IdentitySource": ["$request.header.X"],
}


class Api:
    """An HTTP API of a control plane."""

    def __init__(self, control: ControlPlane) -> None:
        self.control = control
        self.client = client_of(control, "apigatewayv2")
        self.id = self.client.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]

    def call(self, operation: str, **members: Any) -> Any:
        return getattr(self.client, operation)(ApiId=self.id, **members)

    def route(self, key: str = "GET /a", **more: Any) -> str:
        return str(self.call("create_route", RouteKey=key, **more)["RouteId"])

    def target(self) -> str:
        return f"integrations/{self.call('create_integration', **INTEGRATION)['IntegrationId']}"

    def served(self, stage: str) -> set[str]:
        """Return the keys of the routes that a stage serves."""
        spec = self.control.catalog(REGION).http_api(self.id).stages[stage]
        return {route.key for route in spec.routes}

    def error(self, operation: str, **members: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            self.call(operation, **members)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def api(control: ControlPlane) -> Api:
    return Api(control)


@pytest.mark.parametrize(
    "key", ["/a", "GET", "GET a", "FETCH /a", "get /a", "", "GET /{a+}/b", "GET /{a", "GET /a{b}"]
)
def test_malformed_route_keys_are_rejected(api: Api, key: str) -> None:
    code, message = api.error("create_route", RouteKey=key)
    assert code == "BadRequestException"
    assert message.startswith("The provided route key is not formatted properly")
    route_id = api.route()
    assert api.error("update_route", RouteId=route_id, RouteKey=key)[0] == code


@pytest.mark.parametrize("key", ["$default", "GET /", "ANY /a/{b}/{c+}", "PATCH /a.b/~c/{d_e}"])
def test_a_key_is_of_one_route(api: Api, key: str) -> None:
    route_id = api.route(key)
    code, message = api.error("create_route", RouteKey=key)
    assert (code, message) == (
        "ConflictException",
        f"Route with key {key} already exists for this API",
    )
    assert api.call("update_route", RouteId=route_id, RouteKey=key)["RouteKey"] == key


@pytest.mark.parametrize(
    "operation, members, code, message",
    [
        ("create_route", {"Target": "integrations/no"}, "NotFoundException", "Integration"),
        ("create_route", {"Target": "functions/no"}, "BadRequestException", "target should be"),
        ("create_route", {"AuthorizationType": "CUSTOM"}, "BadRequestException", "AuthorizerId"),
        (
            "create_route",
            {"AuthorizationType": "CUSTOM", "AuthorizerId": "no"},
            "NotFoundException",
            "Authorizer",
        ),
        ("create_route", {"AuthorizationType": "JWT"}, "BadRequestException", "REQUEST authorizer"),
        (
            "create_integration",
            {"PayloadFormatVersion": ""},
            "BadRequestException",
            "is a required",
        ),
        ("create_integration", {"PayloadFormatVersion": "3"}, "BadRequestException", "1.0 or 2.0"),
        ("create_integration", {"IntegrationUri": "f"}, "BadRequestException", "has to be the ARN"),
        ("create_integration", {"TimeoutInMillis": 30001}, "BadRequestException", "30000 ms"),
        (
            "create_integration",
            {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "http://a"},
            "BadRequestException",
            "only Lambda is called",
        ),
        (
            "create_integration",
            {"IntegrationSubtype": "Kinesis-PutRecord"},
            "BadRequestException",
            "IntegrationSubtype is not simulated",
        ),
        (
            "create_integration",
            {"RequestParameters": {"overwrite:header.a": "b"}},
            "BadRequestException",
            "RequestParameters of Lambda is not simulated",
        ),
        (
            "create_integration",
            {**PURGE, "RequestParameters": {}},
            "BadRequestException",
            "Parameter: QueueUrl does not exist",
        ),
        (
            "create_integration",
            {**PURGE, "RequestParameters": {"QueueUrl": "u", "Region": "r"}},
            "BadRequestException",
            "Region is not one of SQS-PurgeQueue",
        ),
        (
            "create_integration",
            {**PURGE, "CredentialsArn": ""},
            "BadRequestException",
            "CredentialsArn is required",
        ),
        (
            "create_integration",
            {**PURGE, "PayloadFormatVersion": "2.0"},
            "BadRequestException",
            "has to be 1.0",
        ),
        ("create_authorizer", {"AuthorizerType": "JWT"}, "BadRequestException", "JWT is not sim"),
        ("create_authorizer", {"AuthorizerUri": "f"}, "BadRequestException", "has to be the ARN"),
        (
            "create_authorizer",
            {"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
            "BadRequestException",
            "needs AuthorizerPayloadFormatVersion 2.0",
        ),
        (
            "create_authorizer",
            {"IdentitySource": ["Authorization"]},
            "BadRequestException",
            "Invalid mapping expression specified: Authorization",
        ),
        (
            "create_authorizer",
            {"AuthorizerResultTtlInSeconds": 3601},
            "BadRequestException",
            "between 0 and 3600",
        ),
        (
            "create_authorizer",
            {"AuthorizerResultTtlInSeconds": 5, "IdentitySource": []},
            "BadRequestException",
            "needs an IdentitySource",
        ),
        ("create_stage", {"StageName": "a b"}, "BadRequestException", "Stage name only allows"),
        ("create_stage", {"DeploymentId": "no"}, "NotFoundException", "Deployment"),
        ("create_deployment", {"StageName": "no"}, "NotFoundException", "Invalid stage"),
        ("update_stage", {"StageName": "no"}, "NotFoundException", "Invalid stage"),
        ("update_route", {"RouteId": "no"}, "NotFoundException", "Route"),
        ("update_integration", {"IntegrationId": "no"}, "NotFoundException", "Integration"),
        ("update_authorizer", {"AuthorizerId": "no"}, "NotFoundException", "Authorizer"),
        ("delete_route", {"RouteId": "no"}, "NotFoundException", "Route"),
        ("delete_integration", {"IntegrationId": "no"}, "NotFoundException", "Integration"),
        ("delete_authorizer", {"AuthorizerId": "no"}, "NotFoundException", "Authorizer"),
        ("delete_deployment", {"DeploymentId": "no"}, "NotFoundException", "Deployment"),
        ("update_api", {"Target": FUNCTION}, "BadRequestException", "made with a Target"),
        (
            "update_api",
            {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True}},
            "BadRequestException",
            "AllowCredentials is not supported",
        ),
    ],
)
def test_what_aws_rejects_changes_nothing(
    api: Api, operation: str, members: dict[str, Any], code: str, message: str
) -> None:
    needed: dict[str, dict[str, Any]] = {
        "create_route": {"RouteKey": "GET /a"},
        "create_integration": INTEGRATION,
        "create_authorizer": AUTHORIZER,
        "create_stage": {"StageName": "prod"},
    }
    error = api.error(operation, **{**needed.get(operation, {}), **members})
    assert error[0] == code
    assert message in error[1]
    for parts in ("routes", "integrations", "authorizers", "stages", "deployments"):
        assert api.call(f"get_{parts}")["Items"] == []


def test_websocket_apis_are_refused_by_name(api: Api) -> None:
    with pytest.raises(ClientError, match="ProtocolType WEBSOCKET is not simulated"):
        api.client.create_api(Name="w", ProtocolType="WEBSOCKET")


def test_a_quick_create_makes_a_route_and_a_stage(api: Api) -> None:
    made = api.client.create_api(
        Name="quick", ProtocolType="HTTP", Target=FUNCTION, RouteKey="GET /a"
    )
    api.id = made["ApiId"]
    (stage,) = api.call("get_stages")["Items"]
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["ApiGatewayManaged"]
    assert api.served("$default") == {"GET /a"}
    api.call("update_api", RouteKey="$default", Target=f"{FUNCTION}2")
    assert api.served("$default") == {"$default"}
    (integration,) = api.call("get_integrations")["Items"]
    assert integration["IntegrationUri"] == f"{FUNCTION}2"
    with pytest.raises(ClientError, match="need a Target"):
        api.client.create_api(Name="x", ProtocolType="HTTP", RouteKey="GET /a")


def test_the_address_is_the_one_that_the_caller_uses(api: Api) -> None:
    expected = f"http://127.0.0.1/_aws/execute-api/{api.id}"
    assert api.call("get_api")["ApiEndpoint"] == expected
    assert [one["ApiEndpoint"] for one in api.client.get_apis()["Items"]] == [expected]
    assert api.call("update_api", Description="d")["ApiEndpoint"] == expected


def test_changes_reach_stages_that_deploy_themselves_and_others_with_a_deployment(
    api: Api,
) -> None:
    api.call("create_stage", StageName="auto", AutoDeploy=True)
    api.call("create_stage", StageName="prod")
    route_id = api.route("GET /a", Target=api.target())
    assert (api.served("auto"), api.served("prod")) == ({"GET /a"}, set())
    first = api.call("create_deployment", StageName="prod", Description="d")["DeploymentId"]
    api.call("update_route", RouteId=route_id, RouteKey="GET /b")
    assert (api.served("auto"), api.served("prod")) == ({"GET /b"}, {"GET /a"})
    second = api.call("create_deployment")["DeploymentId"]
    assert api.served("prod") == {"GET /a"}
    api.call("update_stage", StageName="prod", DeploymentId=second)
    assert api.served("prod") == {"GET /b"}
    api.call("delete_route", RouteId=route_id)
    assert (api.served("auto"), api.served("prod")) == (set(), {"GET /b"})
    api.call("delete_deployment", DeploymentId=first)
    assert api.error("delete_deployment", DeploymentId=second)[0] == "BadRequestException"
    api.call("update_deployment", DeploymentId=second, Description="now")
    assert api.call("get_deployment", DeploymentId=second)["Description"] == "now"
    newest = api.call("get_deployments")["Items"][0]
    assert newest["AutoDeployed"]
    assert newest["DeploymentId"] == api.call("get_stage", StageName="auto")["DeploymentId"]


def test_stages_are_changed_and_deleted(api: Api) -> None:
    slow = {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.5, "DetailedMetricsEnabled": True}
    group = f"arn:aws:logs:{REGION}:123456789012:log-group:g"
    api.call("create_stage", StageName="prod", StageVariables={"a": "1"})
    assert api.error("create_stage", StageName="prod")[0] == "ConflictException"
    api.call(
        "update_stage",
        StageName="prod",
        AccessLogSettings={"DestinationArn": group, "Format": "$context.status"},
        DefaultRouteSettings=slow,
        RouteSettings={"GET /a": {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1.0}},
        StageVariables={"b": "2"},
    )
    spec = api.control.catalog(REGION).http_api(api.id).stages["prod"]
    assert (spec.access_log_group, spec.access_log_format) == ("g", "$context.status")
    assert spec.variables == {"b": "2"}
    assert spec.default_settings == RouteSettings(ThrottleSpec(0.5, 1), metrics=True)
    assert spec.route_settings == {"GET /a": RouteSettings(ThrottleSpec(1.0, 2))}
    api.call("delete_access_log_settings", StageName="prod")
    api.call("delete_route_settings", StageName="prod", RouteKey="GET /a")
    spec = api.control.catalog(REGION).http_api(api.id).stages["prod"]
    assert (spec.access_log_group, spec.route_settings) == (None, {})
    api.call("update_stage", StageName="prod", AutoDeploy=True)
    error = api.error("update_stage", StageName="prod", DeploymentId="d")
    assert error[1] == "DeploymentId cannot be set when AutoDeploy is enabled"
    api.call("delete_stage", StageName="prod")
    assert api.error("get_stage", StageName="prod")[0] == "NotFoundException"


def test_integrations_and_authorizers_are_changed(api: Api) -> None:
    made = api.call("create_authorizer", **AUTHORIZER)
    target = api.target()
    route_id = api.route(
        "GET /a", Target=target, AuthorizationType="CUSTOM", AuthorizerId=made["AuthorizerId"]
    )
    api.call("create_stage", StageName="auto", AutoDeploy=True)
    api.call(
        "update_authorizer",
        AuthorizerId=made["AuthorizerId"],
        AuthorizerResultTtlInSeconds=9,
        EnableSimpleResponses=True,
    )
    api.call(
        "update_integration",
        IntegrationId=target.removeprefix("integrations/"),
        TimeoutInMillis=50,
        PayloadFormatVersion="1.0",
    )
    (route,) = api.control.catalog(REGION).http_api(api.id).stages["auto"].routes
    assert route.integration is not None
    assert (route.integration.timeout_s, route.integration.payload_format) == (0.05, "1.0")
    assert route.authorizer is not None
    assert (route.authorizer.ttl_s, route.authorizer.simple) == (9.0, True)
    assert [one["Name"] for one in api.call("get_authorizers")["Items"]] == ["a"]
    api.call("update_route", RouteId=route_id, AuthorizationType="NONE")
    api.call("delete_authorizer", AuthorizerId=made["AuthorizerId"])
    (route,) = api.control.catalog(REGION).http_api(api.id).stages["auto"].routes
    assert (route.authorization, route.authorizer) == ("NONE", None)


def test_ids_are_the_same_after_a_replay(tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)
    api = Api(control)
    api.route("GET /a", Target=api.target())
    api.call("create_stage", StageName="auto", AutoDeploy=True)
    api.call("create_deployment")
    before = api.call("get_deployments")["Items"], api.call("get_stages")["Items"]
    control.close()
    control._app.reset()
    again = ControlPlane(tmp_path)
    again.replay()
    api.client = client_of(again, "apigatewayv2")
    after = api.call("get_deployments")["Items"], api.call("get_stages")["Items"]
    ids = [[one["DeploymentId"] for one in deployments] for deployments, _ in (before, after)]
    assert ids[0] == ids[1]
    assert before[1][0]["DeploymentId"] == after[1][0]["DeploymentId"]
    again.reset()
    again.close()


def test_a_deleted_api_leaves_the_journal(tmp_path: Path) -> None:
    control = ControlPlane(tmp_path)
    api = Api(control)
    api.route("GET /a", Target=api.target())
    api.call("delete_api")
    control.close()
    control._app.reset()
    again = ControlPlane(tmp_path)
    assert again.replay() == 4
    again.close()
    once_more = ControlPlane(tmp_path)
    assert once_more.replay() == 0
    once_more.close()


def test_a_subtype_keeps_its_parameters_when_it_is_changed(api: Api) -> None:
    made = api.call("create_integration", IntegrationType="AWS_PROXY", **PURGE)
    api.route("GET /a", Target=f"integrations/{made['IntegrationId']}")
    api.call("create_stage", StageName="auto", AutoDeploy=True)
    where = {"IntegrationId": made["IntegrationId"]}
    api.call("update_integration", **where, TimeoutInMillis=50)
    (route,) = api.control.catalog(REGION).http_api(api.id).stages["auto"].routes
    assert route.integration is not None
    assert (route.integration.subtype, route.integration.timeout_s) == ("SQS-PurgeQueue", 0.05)
    assert route.integration.parameters == {"QueueUrl": "u"}
    error = api.error("update_integration", **where, RequestParameters={"Other": "o"})
    assert "Other is not one of SQS-PurgeQueue" in error[1]
