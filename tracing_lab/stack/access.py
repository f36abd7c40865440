"""Access to the API: API key, usage plan, throttling, resource policy, models and web ACL."""

from typing import Any

from .describing import named
from .model import Resource
from .names import Names
from .references import output

ORDER_MODEL = "Order"
BODY_VALIDATOR = "body"
_ID = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
# What the order service accepts; it validates all of it again.
ORDER_SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Order",
    "type": "object",
    "required": ["productId"],
    "properties": {
        "amount": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "orderId": _ID,
        "productId": _ID,
        "quantity": {"type": "integer", "minimum": 1, "maximum": 1000},
    },
}


def resources(names: Names) -> list[Resource]:
    """Return API key, usage plan and web ACL, those that are enabled.

    Returns
    -------
    list[Resource]
        The key with its plan, and the association of the web ACL.
    """
    config = names.config
    found = []
    if config.enable_api_key:
        found += [_key(names), _usage_plan(names), _membership(names)]
    if config.waf_web_acl_arn is not None:
        found.append(_web_acl(names, config.waf_web_acl_arn))
    return found


def method_settings(names: Names) -> dict[str, Any]:
    """Return what ``POST /orders/{customerId}`` requires of a request.

    Returns
    -------
    dict[str, Any]
        Members of the method; none where every request is accepted.
    """
    config = names.config
    found: dict[str, Any] = {}
    if config.enable_api_key:
        found["ApiKeyRequired"] = True
    if config.enable_request_validation:
        models = {"application/json": ORDER_MODEL}
        found |= {"RequestModels": models, "RequestValidator": BODY_VALIDATOR}
    return found


def api_settings(names: Names) -> dict[str, Any]:
    """Return models, validators and resource policy of the API.

    Returns
    -------
    dict[str, Any]
        Properties of the API; only those that are wanted.
    """
    config = names.config
    found: dict[str, Any] = {}
    if config.enable_request_validation:
        checks = {"ValidateRequestBody": True, "ValidateRequestParameters": False}
        found = {"Models": {ORDER_MODEL: ORDER_SCHEMA}, "Validators": {BODY_VALIDATOR: checks}}
    if config.api_allowed_cidrs:
        found["Policy"] = _policy(list(config.api_allowed_cidrs))
    return found


def throttling(names: Names) -> dict[str, Any]:
    """Return the throttling of the stage; nothing where AWS's limits apply."""
    limits = _limits(names.config.api_throttle_rate, names.config.api_throttle_burst)
    return {"Throttling": limits} if limits else {}


def _policy(cidrs: list[str]) -> dict[str, Any]:
    """Return a policy that allows calls from some address ranges only."""
    statement = {
        "Sid": "AllowedAddresses",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
        "Condition": {"IpAddress": {"aws:SourceIp": cidrs}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _limits(rate: float | None, burst: int | None) -> dict[str, Any]:
    return {} if rate is None else {"BurstLimit": burst, "RateLimit": float(rate)}


def _key(names: Names) -> Resource:
    properties = {"Enabled": True, "Tags": names.tags}
    return named("AWS::ApiGateway::ApiKey", "api-key", names.api_key, properties)


def _usage_plan(names: Names) -> Resource:
    config = names.config
    quota = {"Limit": config.usage_plan_quota, "Period": config.usage_plan_quota_period}
    stage = {"ApiId": output("api"), "Stage": config.api_gateway_stage_name}
    properties = {
        "ApiStages": [stage],
        "Quota": quota if config.usage_plan_quota is not None else {},
        "Tags": names.tags,
        "Throttle": _limits(config.usage_plan_rate, config.usage_plan_burst),
    }
    return named(
        "AWS::ApiGateway::UsagePlan",
        "usage-plan",
        names.usage_plan,
        properties,
        depends_on=("api", "stage"),
    )


def _membership(names: Names) -> Resource:
    properties = {"KeyId": output("api-key"), "UsagePlanId": output("usage-plan")}
    return Resource(
        type="AWS::ApiGateway::UsagePlanKey",
        logical="usage-plan-key",
        name=names.usage_plan,
        properties=properties,
        depends_on=("api-key", "usage-plan"),
        create_only=frozenset(properties),
        part_of="usage-plan",
    )


def _web_acl(names: Names, web_acl_arn: str) -> Resource:
    properties = {"ResourceArn": names.stage_arn(output("api")), "WebACLArn": web_acl_arn}
    return Resource(
        type="AWS::WAFv2::WebACLAssociation",
        logical="web-acl",
        name=f"{names.api}/{names.config.api_gateway_stage_name}",
        properties=properties,
        depends_on=("api", "stage"),
        create_only=frozenset({"ResourceArn"}),
        part_of="api",  # and of its stage, which is deleted with it
    )
