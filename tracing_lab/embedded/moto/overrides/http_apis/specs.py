"""Reads HTTP APIs in moto's state into plain specs."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.arns import log_group_in
from tracing_lab.embedded.apigateway.http_apis.specs import (
    CorsSpec,
    HttpApiSpec,
    HttpAuthorizerSpec,
    HttpIntegrationSpec,
    HttpStageSpec,
    RouteSettings,
    RouteSpec,
)
from tracing_lab.embedded.model import ThrottleSpec
from tracing_lab.embedded.moto.adapter import backend

SERVICE = "apigatewayv2"
_LOADED = f"moto.{SERVICE}.models"
_DEPLOYMENTS = "tracing_lab_deployments"  # attribute of moto's APIs, which have none
_FUNCTION_IN_URI = re.compile(r"/functions/(?P<arn>arn:[^/]+)/invocations")
_TARGET = "integrations/"


@dataclass
class Deployment:
    """A deployment of an HTTP API, with its routes as they were."""

    id: str
    created: str
    auto: bool
    description: str | None = None
    routes: tuple[RouteSpec, ...] = field(default=(), repr=False)


def http_api(region: str, api_id: str) -> Any:
    """Return moto's object of an HTTP API.

    Raises
    ------
    KeyError
        There is no such API.
    """
    if _LOADED not in sys.modules:  # importing it takes time, and without it there is no API
        raise KeyError(api_id)
    return backend(SERVICE, region).apis[api_id]


def deployments_of(api: Any) -> dict[str, Deployment]:
    """Return the deployments of an API by id, oldest first."""
    found: dict[str, Deployment] = api.__dict__.setdefault(_DEPLOYMENTS, {})
    return found


def http_api_spec(api: Any) -> HttpApiSpec:
    """Describe an HTTP API with its deployed stages."""
    return HttpApiSpec(
        id=api.api_id,
        name=str(api.name),
        stages={name: _stage(api, stage) for name, stage in api.stages.items()},
        cors=cors_spec(api.cors_configuration),
        disabled=api.disable_execute_api_endpoint is True,
    )


def routes_of(api: Any) -> tuple[RouteSpec, ...]:
    """Describe the routes of an API as they are now."""
    return tuple(_route(api, route) for route in api.routes.values())


def cors_spec(configuration: Mapping[str, Any] | None) -> CorsSpec | None:
    """Describe a CORS configuration, of an API or, with capital letters, of a function URL.

    Examples
    --------
    >>> cors_spec({"AllowOrigins": ["*"], "MaxAge": 5}).max_age_s
    5
    """
    if not configuration:
        return None
    found = {name[:1].lower() + name[1:]: value for name, value in configuration.items()}
    max_age = found.get("maxAge")
    return CorsSpec(
        allow_origins=tuple(found.get("allowOrigins") or ()),
        allow_methods=tuple(found.get("allowMethods") or ()),
        allow_headers=tuple(found.get("allowHeaders") or ()),
        expose_headers=tuple(found.get("exposeHeaders") or ()),
        max_age_s=None if max_age is None else int(max_age),
        allow_credentials=found.get("allowCredentials") is True,
    )


def function_arn_in(uri: str) -> str:
    """Return the function that a URI of an integration or authorizer calls.

    Examples
    --------
    >>> function_arn_in("arn:aws:lambda:us-east-1:1:function:f")
    'arn:aws:lambda:us-east-1:1:function:f'
    >>> path = "2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"
    >>> function_arn_in(f"arn:aws:apigateway:us-east-1:lambda:path/{path}")
    'arn:aws:lambda:us-east-1:1:function:f'
    """
    match = _FUNCTION_IN_URI.search(uri)
    return match["arn"] if match else uri


def _stage(api: Any, stage: Any) -> HttpStageSpec:
    deployment_id = getattr(stage, "deployment_id", None)
    deployment = deployments_of(api).get(deployment_id or "")
    access_log = stage.access_log_settings or {}
    return HttpStageSpec(
        name=stage.name,
        deployment_id=deployment_id,
        routes=deployment.routes if deployment else (),
        variables=dict(stage.stage_variables or {}),
        access_log_group=log_group_in(access_log.get("destinationArn") or ""),
        access_log_format=access_log.get("format"),
        default_settings=_settings(stage.default_route_settings or {}),
        route_settings={
            key: _settings(settings) for key, settings in (stage.route_settings or {}).items()
        },
    )


def _settings(settings: Mapping[str, Any]) -> RouteSettings:
    rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
    throttle = None
    if rate is not None and burst is not None:
        throttle = ThrottleSpec(rate_per_s=float(rate), burst=int(burst))
    return RouteSettings(throttle, metrics=settings.get("detailedMetricsEnabled") is True)


def _route(api: Any, route: Any) -> RouteSpec:
    integration = api.integrations.get(str(route.target or "").removeprefix(_TARGET))
    authorizer = api.authorizers.get(route.authorizer_id or "")
    return RouteSpec(
        key=route.route_key,
        integration=None if integration is None else _integration(integration),
        authorization=str(route.authorization_type or "NONE"),
        authorizer=None if authorizer is None else _authorizer(authorizer),
    )


def _integration(integration: Any) -> HttpIntegrationSpec:
    return HttpIntegrationSpec(
        function_arn=function_arn_in(str(integration.integration_uri or "")),
        subtype=str(integration.integration_subtype or ""),
        parameters=dict(integration.request_parameters or {}),
        payload_format=str(integration.payload_format_version or "1.0"),
        timeout_s=integration.timeout_in_millis / 1000,
        credentials_arn=integration.credentials_arn or None,
    )


def _authorizer(authorizer: Any) -> HttpAuthorizerSpec:
    return HttpAuthorizerSpec(
        id=authorizer.id,
        function_arn=function_arn_in(str(authorizer.authorizer_uri or "")),
        payload_format=str(authorizer.auth_payload_format_version or "1.0"),
        simple=authorizer.enable_simple_response is True,
        identity_sources=tuple(authorizer.identity_source or ()),
        ttl_s=float(authorizer.auth_result_ttl or 0),
        credentials_arn=authorizer.auth_creds_arn or None,
    )
