"""Reads REST APIs in moto's state into plain specs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.arns import Arn, log_group_in
from tracing_lab.embedded.apigateway.admission.resource_policy import read_policy
from tracing_lab.embedded.model import (
    BodyModelSpec,
    GatewayResponseSpec,
    MethodSettings,
    MethodSpec,
    QuotaSpec,
    StageSpec,
    ThrottleSpec,
    UsagePlanSpec,
)

from .integration_specs import FUNCTION_IN_URI, authorizer_spec, integration_spec

_MODEL_URL = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/(?P<name>\w+)")

_STATUSES = range(200, 600)  # final statuses

_BUILT_IN_MODELS = {
    "Empty": '{"type": "object"}',
    "Error": '{"type": "object", "properties": {"message": {"type": "string"}}}',
}
"""Models that every new API has on AWS, and lacks in moto."""


@dataclass(frozen=True)
class ApiSnapshot:
    """An API as it was when a deployment was made."""

    methods: tuple[MethodSpec, ...] = ()
    gateway_responses: tuple[GatewayResponseSpec, ...] = ()
    binary_media_types: tuple[str, ...] = ()
    policy: Mapping[str, Any] | None = None
    api_key_source: str = "HEADER"


def snapshot_of(api: Any) -> ApiSnapshot:
    """Return a snapshot of one of moto's APIs."""
    return ApiSnapshot(
        methods=tuple(_methods(api)),
        gateway_responses=tuple(map(_gateway_response, api.gateway_responses.values())),
        binary_media_types=tuple(
            str(media_type).replace("~1", "/") for media_type in api.binaryMediaTypes
        ),
        policy=read_policy(
            str(api.policy or ""),
            str(Arn("execute-api", api.region_name, api.account_id, api.id)),
        ),
        api_key_source=str(api.api_key_source or "HEADER"),
    )


def stage_spec(apis: Any, api_id: str, stage_name: str, snapshot: ApiSnapshot) -> StageSpec:
    """Describe a stage.

    Raises
    ------
    KeyError
        There is no such API or stage.
    """
    api = apis.apis[api_id]
    stage = api.stages[stage_name]
    access_log = stage.access_log_settings or {}
    return StageSpec(
        api_id=api_id,
        api_name=api.name,
        stage_name=stage_name,
        tracing=bool(stage.tracing_enabled),
        methods=snapshot.methods,
        deployment_id=str(stage.deployment_id or ""),
        variables=dict(stage.variables or {}),
        access_log_group=_log_group(access_log.get("destinationArn")),
        access_log_format=access_log.get("format"),
        method_settings={
            key if key == "*/*" else _method_name(key): _settings(setting)
            for key, setting in (stage.method_settings or {}).items()
        },
        gateway_responses=snapshot.gateway_responses,
        binary_media_types=snapshot.binary_media_types,
        policy=snapshot.policy,
        api_key_source=snapshot.api_key_source,
        usage_plans=tuple(_usage_plans(apis, api_id, stage_name)),
    )


def _log_group(arn: str | None) -> str | None:
    """Return the log group of a destination; None for a delivery stream, which is not simulated."""
    return log_group_in(arn or "")


def usage_plan_spec(apis: Any, plan_id: str) -> UsagePlanSpec:
    """Return a usage plan, without its settings for single stages.

    Raises
    ------
    KeyError
        There is no such plan.
    """
    return _usage_plan(apis, apis.usage_plans[plan_id], {})


def _settings(settings: Mapping[str, Any]) -> MethodSettings:
    throttle = {
        "rateLimit": settings.get("throttlingRateLimit"),
        "burstLimit": settings.get("throttlingBurstLimit"),
    }
    return MethodSettings(
        metrics=bool(settings.get("metricsEnabled")), throttle=_throttle(throttle)
    )


def _method_name(key: str) -> str:
    """Name a method as `MethodSpec.name` does: ``~1orders~1{id}/POST`` -> ``/orders/{id}/POST``."""
    return f"/{key.replace('~1', '/').lstrip('/')}"


def _usage_plans(apis: Any, api_id: str, stage_name: str) -> Iterable[UsagePlanSpec]:
    for plan in apis.usage_plans.values():
        for stage in plan.api_stages:
            if (stage.get("apiId"), stage.get("stage")) == (api_id, stage_name):
                yield _usage_plan(apis, plan, stage)


def _usage_plan(apis: Any, plan: Any, stage: Mapping[str, Any]) -> UsagePlanSpec:
    members = apis.usage_plan_keys.get(plan.id, {})
    keys = [apis.keys[key_id] for key_id in members if key_id in apis.keys]
    per_method = {
        _method_name(key): _throttle(limits)
        for key, limits in (stage.get("throttle") or {}).items()
    }
    return UsagePlanSpec(
        id=plan.id,
        key_ids={key.value: key.id for key in keys if key.enabled},
        throttle=_throttle(plan.throttle),
        method_throttles={
            name: limits for name, limits in per_method.items() if limits is not None
        },
        quota=_quota(plan.quota),
    )


def _quota(quota: Mapping[str, Any]) -> QuotaSpec | None:
    limit = _number(quota.get("limit"))
    if limit is None:
        return None
    offset = int(_number(quota.get("offset")) or 0)
    return QuotaSpec(int(limit), str(quota.get("period") or "DAY"), offset)


def _throttle(limits: Mapping[str, Any] | None) -> ThrottleSpec | None:
    rate = _number((limits or {}).get("rateLimit"))
    burst = _number((limits or {}).get("burstLimit"))
    if rate is None or burst is None or rate < 0:  # -1 stands for no limit
        return None
    return ThrottleSpec(rate_per_s=rate, burst=int(burst))


def _number(value: Any) -> float | None:
    """Return a number, None for anything else: moto does not check the type."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _gateway_response(response: Any) -> GatewayResponseSpec:
    status = _number(response.status_code)
    return GatewayResponseSpec(
        type=response.response_type,
        status=int(status) if status is not None and status in _STATUSES else None,
        parameters=dict(response.response_parameters or {}),
        templates=dict(response.response_templates or {}),
    )


def _methods(api: Any) -> list[MethodSpec]:
    return [
        _method(api, resource, method)
        for resource in api.resources.values()
        for method in resource.resource_methods.values()
        if method.method_integration is not None
    ]


def _method(api: Any, resource: Any, method: Any) -> MethodSpec:
    integration = method.method_integration
    match = FUNCTION_IN_URI.search(integration.uri or "")
    validator = api.request_validators.get(method.request_validator_id)
    return MethodSpec(
        resource_id=resource.id,
        resource_path=resource.get_path(),
        http_method=method.http_method,
        integration_type=str(integration.integration_type).upper(),
        function_arn=match["arn"] if match else None,
        integration_method=str(integration.http_method or "POST"),
        timeout_s=_seconds(integration.timeout_in_millis),
        credentials_arn=integration.credentials or None,
        authorization=str(method.authorization_type or "NONE"),
        authorizer=authorizer_spec(api.authorizers.get(method.authorizer_id)),
        api_key_required=_is_true(method.api_key_required),
        integration=integration_spec(integration),
        required_parameters=tuple(_required_parameters(method))
        if validator is not None and _is_true(validator.validate_request_parameters)
        else (),
        body_models=_body_models(api, method)
        if validator is not None and _is_true(validator.validate_request_body)
        else {},
    )


def _seconds(milliseconds: Any) -> float | None:
    number = _number(milliseconds)
    return None if number is None else number / 1000


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _required_parameters(method: Any) -> Iterable[str]:
    prefix = "method.request."
    for name, required in (method.request_parameters or {}).items():
        if _is_true(required) and name.startswith(prefix):
            yield name.removeprefix(prefix)


def _body_models(api: Any, method: Any) -> dict[str, BodyModelSpec]:
    return {
        content_type.lower(): body_model(name, _models(api))
        for content_type, name in (method.request_models or {}).items()
    }


def _models(api: Any) -> dict[str, str]:
    own = {model.name: str(model.schema) for model in api.models.values() if model.schema}
    return {**_BUILT_IN_MODELS, **own}


def body_model(name: str, models: Mapping[str, str]) -> BodyModelSpec:
    """Return a model's schema with all models that it refers to, by URL, directly or not.

    Parameters
    ----------
    name
        The model.
    models
        Name -> JSON schema, of all models of the API.

    Examples
    --------
    >>> body_model("A", {"A": '{"type": "object"}', "B": "{}"})
    BodyModelSpec(schema='{"type": "object"}', referenced=())
    """
    schema = models.get(name, "{}")
    found: dict[str, str] = {}
    waiting = [schema]
    while waiting:
        for match in _MODEL_URL.finditer(waiting.pop()):
            other = models.get(match["name"])
            if other is not None and match[0] not in found:
                found[match[0]] = other
                waiting.append(other)
    return BodyModelSpec(schema, tuple(found.items()))
