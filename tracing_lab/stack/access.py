"""Who may call the API, how often, and with which bodies."""

from typing import Any

from .describing import named
from .model import Resource
from .names import Names

ORDER_MODEL = "Order"
BODY_VALIDATOR = "body"
_ID = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
# What the order service takes; it checks all of it once more, whoever calls it.
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
    """Describe API key, usage plan and web ACL, as far as they are wanted.

    Parameters
    ----------
    names
        The stack's names.

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
    """Describe what ``POST /orders/{customerId}`` asks of a request.

    Parameters
    ----------
    names
        The stack's names.

    Returns
    -------
    dict[str, Any]
        Members of the method; none where everything is let through.
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
    """Describe models, validators and resource policy of the API.

    Parameters
    ----------
    names
        The stack's names.

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
    """Describe how much the stage answers; nothing where AWS's limits hold.

    Parameters
    ----------
    names
        The stack's names.

    Returns
    -------
    dict[str, Any]
        A property of the stage.
    """
    limits = _limits(names.config.api_throttle_rate, names.config.api_throttle_burst)
    return {"Throttling": limits} if limits else {}


def _policy(cidrs: list[str]) -> dict[str, Any]:
    """Let in who calls from one of some address ranges; nobody else is allowed anything."""
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
    stage = {"ApiId": "${api.Id}", "Stage": config.api_gateway_stage_name}
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
    properties = {"KeyId": "${api-key.Id}", "UsagePlanId": "${usage-plan.Id}"}
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
    properties = {"ResourceArn": names.stage_arn("${api.Id}"), "WebACLArn": web_acl_arn}
    return Resource(
        type="AWS::WAFv2::WebACLAssociation",
        logical="web-acl",
        name=f"{names.api}/{names.config.api_gateway_stage_name}",
        properties=properties,
        depends_on=("api", "stage"),
        create_only=frozenset({"ResourceArn"}),
        part_of="api",  # and of its stage, which goes with it
    )
