"""Convert the API and its parts to Terraform's AWS provider.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from collections.abc import Mapping

from .bundle import Bundle
from .hcl import Block, JsonText
from .openapi import document
from .terraform_items import Item, TypeMapping, plain

_ACCESS_LOG = {"DestinationArn": "destination_arn", "Format": "format"}
_LIMITS = {"BurstLimit": "burst_limit", "RateLimit": "rate_limit"}


def _api(item: Item, _bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    body = {
        "name": item.resource.name,
        "body": JsonText(document(wanted)),
        "policy": JsonText(wanted["Policy"]) if wanted.get("Policy") else None,
        "tags": wanted["Tags"],
    }
    return [item.block(body, {"endpoint_configuration": {"types": [wanted["EndpointType"]]}})]


def _deployment(item: Item, _bundle: Bundle) -> list[Block]:
    body = {
        "rest_api_id": item.wanted["RestApiId"],
        "description": item.wanted["Description"],
        # Terraform creates a new snapshot only when one of these changes.
        "triggers": {"methods": item.resource.name.rpartition("/")[2]},
    }
    return [item.block(body, {"lifecycle": {"create_before_destroy": True}})]


def _stage(item: Item, _bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    body = {
        "rest_api_id": wanted["RestApiId"],
        "deployment_id": wanted["DeploymentId"],
        "stage_name": wanted["StageName"],
        "xray_tracing_enabled": wanted["TracingEnabled"],
        "tags": wanted["Tags"],
    }
    log = {_ACCESS_LOG[key]: value for key, value in wanted["AccessLogSetting"].items()}
    return [item.block(body, {"access_log_settings": log}), _method_settings(item)]


def _method_settings(stage: Item) -> Block:
    limits = stage.wanted.get("Throttling", {})
    settings = {
        "metrics_enabled": stage.wanted["MetricsEnabled"],
        **{f"throttling_{_LIMITS[key]}": value for key, value in limits.items()},
    }
    body = {
        "rest_api_id": stage.wanted["RestApiId"],
        "stage_name": stage.own("stage_name"),
        "method_path": "*/*",
    }
    return stage.apart("aws_api_gateway_method_settings", "", body, {"settings": settings})


def _usage_plan(item: Item, _bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    (stage,) = wanted["ApiStages"]
    nested = {
        "api_stages": {"api_id": stage["ApiId"], "stage": stage["Stage"]},
        "quota_settings": {key.lower(): value for key, value in wanted["Quota"].items()},
        "throttle_settings": {_LIMITS[key]: value for key, value in wanted["Throttle"].items()},
    }
    return [item.block({"name": item.resource.name, "tags": wanted["Tags"]}, nested)]


def _usage_plan_key(item: Item, _bundle: Bundle) -> list[Block]:
    body = {
        "key_id": item.wanted["KeyId"],
        "key_type": "API_KEY",
        "usage_plan_id": item.wanted["UsagePlanId"],
    }
    return [item.block(body)]


API_MAPPINGS: Mapping[str, TypeMapping] = {
    "AWS::ApiGateway::Account": TypeMapping(
        "aws_api_gateway_account", plain(CloudWatchRoleArn="cloudwatch_role_arn")
    ),
    "AWS::ApiGateway::ApiKey": TypeMapping("aws_api_gateway_api_key", plain()),
    "AWS::ApiGateway::Deployment": TypeMapping("aws_api_gateway_deployment", _deployment),
    "AWS::ApiGateway::RestApi": TypeMapping("aws_api_gateway_rest_api", _api),
    "AWS::ApiGateway::Stage": TypeMapping("aws_api_gateway_stage", _stage),
    "AWS::ApiGateway::UsagePlan": TypeMapping("aws_api_gateway_usage_plan", _usage_plan),
    "AWS::ApiGateway::UsagePlanKey": TypeMapping("aws_api_gateway_usage_plan_key", _usage_plan_key),
    "AWS::WAFv2::WebACLAssociation": TypeMapping("aws_wafv2_web_acl_association", plain()),
}
"""CloudFormation's name of a type to its mapping."""
