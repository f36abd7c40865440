"""The wanted resources of a stack, for a config, a site and four zips."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tracing_lab.config import SERVICES, SETTINGS, Config

from . import access, alarms, api, dashboard, events, failures, otel, policies, tracing
from .describing import named
from .model import Resource
from .names import Names, Site

# With these, a config has all resources that any config can have.
_ALL_OPTIONS: Mapping[str, Any] = {
    **{name: True for name, setting in SETTINGS.items() if setting.is_switch},
    "alarm_email": "someone@example.com",
    "endpoint_url": None,
    "lambda_max_retries": 0,
    "otel_layer_arn": None,
    "target": "embedded",  # where the stack has a layer of its own
    "tracer": "opentelemetry",
    "waf_web_acl_arn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/any/any",
    "x_ray_sampling_rate": 1.0,
}


class FunctionCode(Protocol):
    """The protocol of a deployment zip, as far as the stack needs it."""

    @property
    def sha256_base64(self) -> str:
        """Hash of the zip, as Lambda reports it."""

    @property
    def handler(self) -> str:
        """Name of the function that Lambda calls."""


@dataclass(frozen=True)
class _NoCode:
    sha256_base64: str = ""
    handler: str = ""


NO_CODE: Mapping[str, FunctionCode] = dict.fromkeys(SERVICES, _NoCode())
"""Stands for the deployment zips where only the names, types and number of resources matter."""


def resources(
    config: Config, site: Site, code: Mapping[str, FunctionCode], *, layer_sha256: str = ""
) -> list[Resource]:
    """Return the wanted resources.

    Parameters
    ----------
    config
        The stack's variables.
    site
        The account and region of the stack.
    code
        Zips by service name.
    layer_sha256
        Hash of the layer's zip, where the stack has one.
    """
    names = Names(config, site)
    wanted = [_log_group(names, "access", names.access_log_group)]
    for service in SERVICES:
        wanted += [_role(names, service), _function(names, service, code[service])]
        wanted += [_log_group(names, service, names.log_group(service))]
    optional = _optional(names, layer_sha256)
    return [*events.resources(names), *wanted, *optional, *api.resources(names)]


def retired(config: Config, site: Site) -> list[Resource]:
    """Return the resources that other settings have and these do not.

    Parameters
    ----------
    config
        The stack's variables.
    site
        The account and region of the stack.

    Returns
    -------
    list[Resource]
        Resources to delete if they exist and the stack owns them.
    """
    wanted = {resource.logical for resource in _optional(Names(config, site))}
    full_config, free_site = config.replace(**_ALL_OPTIONS), replace(site, foreign_log_role=False)
    everything = _optional(Names(full_config, free_site))
    return [resource for resource in everything if resource.logical not in wanted]


def optional_names(config: Config) -> set[str]:
    """Return the logical names of the optional resources that these settings have."""
    return {resource.logical for resource in _optional(Names(config, Site("", "")))}


def _optional(names: Names, layer_sha256: str = "") -> list[Resource]:
    """Return the resources that exist with some settings only."""
    return [
        *otel.resources(names, layer_sha256),
        *_account_logging(names),
        *failures.resources(names, fed_by_rules=frozenset(events.PATTERNS)),
        *alarms.resources(names),
        *dashboard.resources(names),
        *access.resources(names),
        *tracing.resources(names),
    ]


def _log_group(names: Names, kind: str, name: str) -> Resource:
    key = names.config.log_kms_key_arn
    properties = {
        **({"KmsKeyId": key} if key else {}),
        "RetentionInDays": names.config.lambda_log_retention_days,
        "Tags": names.tags,
    }
    return named("AWS::Logs::LogGroup", f"{kind}-log-group", name, properties)


def _role(names: Names, service: str) -> Resource:
    properties = {
        "AssumeRolePolicyDocument": policies.trust("lambda"),
        "Policies": {"least-privilege": policies.function_policy(names, service)},
        "ManagedPolicyArns": [],
        "Tags": names.tags,
    }
    return named("AWS::IAM::Role", f"{service}-role", names.role(service), properties)


def _function(names: Names, service: str, code: FunctionCode) -> Resource:
    config = names.config
    properties = {
        "Architectures": [config.lambda_architecture],
        "CodeSha256": code.sha256_base64,
        "Environment": {"Variables": _environment(names, service)},
        "EphemeralStorage": {"Size": config.lambda_ephemeral_storage_mb},
        "Handler": code.handler,
        "MemorySize": config.lambda_memory_size,
        "Role": names.role_arn(service),
        "Runtime": config.lambda_runtime,
        "Tags": names.tags,
        "Timeout": config.lambda_timeout,
        "TracingConfig": {"Mode": config.x_ray_tracing_mode},
        **_function_options(names, service),
    }
    # Without its log group, Lambda would create one without retention. The variables are decrypted
    # by a grant for the role's unique id, which is not for a later role of the same name.
    return named(
        "AWS::Lambda::Function",
        f"{service}-function",
        names.function(service),
        properties,
        depends_on=(
            f"{service}-role",
            f"{service}-log-group",
            f"{service}-dead-letters",
            otel.LAYER,
        ),
        bound_to=f"{service}-role",
    )


def _function_options(names: Names, service: str) -> dict[str, Any]:
    config = names.config
    found = otel.layers(config)
    if config.enable_dead_letter_queues:
        found["DeadLetterConfig"] = {"TargetArn": names.queue_arn(service)}
    if service in config.lambda_reserved_concurrency:
        reserved = config.lambda_reserved_concurrency[service]
        found["ReservedConcurrentExecutions"] = reserved
    return found


def _environment(names: Names, service: str) -> dict[str, str]:
    variables = {
        "EVENT_BUS_NAME": names.bus,
        "LOG_LEVEL": "INFO",
        "METRICS_NAMESPACE": names.config.metrics_namespace,
        "SERVICE_NAME": service,
        **otel.variables(names.config),
    }
    if service in names.config.faults:
        variables["FAULTS"] = json.dumps(names.config.faults[service], sort_keys=True)
    return variables


def _account_logging(names: Names) -> list[Resource]:
    """Return the account's role for API logs, unless someone else's is set.

    It is one setting for all REST APIs of the account and region, and without it no stage can have
    access logs. So it is set only where none is set, and only the stack's own is unset.
    """
    if names.site.foreign_log_role or not names.config.enable_detailed_monitoring:
        return []
    role = {
        "AssumeRolePolicyDocument": policies.trust("apigateway"),
        "Policies": {"api-logs": policies.api_log_policy()},
        "ManagedPolicyArns": [],
        "Tags": names.tags,
    }
    account = {"CloudWatchRoleArn": names.api_log_role_arn}
    return [
        named("AWS::IAM::Role", "api-log-role", names.api_log_role, role),
        Resource(
            type="AWS::ApiGateway::Account",
            logical="api-account",
            name=names.api_log_role,
            properties=account,
            depends_on=("api-log-role",),
        ),
    ]
