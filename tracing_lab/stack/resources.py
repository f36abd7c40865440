"""The wanted resources: what the stack consists of, for a config, a site and four zips."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from tracing_lab.config import SERVICES, Config

from . import api, policies
from .model import Resource
from .names import Names, Site

_FIXED_NAME = {
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Lambda::Function": "FunctionName",
}
# Who feeds whom: service to source and detail types of the events that its rule lets through.
PATTERNS: Mapping[str, Mapping[str, list[str]]] = {
    "payment": {"source": ["order.service"], "detail-type": ["Order Created"]},
    "inventory": {"source": ["order.service"], "detail-type": ["Order Created"]},
    "notification": {
        "source": ["payment.service", "inventory.service"],
        "detail-type": ["Payment Processed", "Inventory Updated"],
    },
}


class FunctionCode(Protocol):
    """What the stack needs to know of a deployment zip."""

    @property
    def sha256_base64(self) -> str:
        """Hash of the zip, as Lambda gives it."""

    @property
    def handler(self) -> str:
        """Name of the function that Lambda calls."""


def resources(config: Config, site: Site, code: Mapping[str, FunctionCode]) -> list[Resource]:
    """Describe everything that shall exist.

    Parameters
    ----------
    config
        The stack's variables.
    site
        Where the stack lives.
    code
        Service name to its zip.

    Returns
    -------
    list[Resource]
        The wanted resources.
    """
    names = Names(config, site)
    wanted = [_bus(names), _log_group(names, "access", names.access_log_group)]
    for service in SERVICES:
        wanted += [_role(names, service), _function(names, service, code[service])]
        wanted += [_log_group(names, service, names.log_group(service))]
    for service, pattern in PATTERNS.items():
        wanted += [_rule(names, service, pattern), _rule_permission(names, service)]
    return [*wanted, *_account_logging(names), *api.resources(names)]


def retired(config: Config, site: Site) -> list[Resource]:
    """Describe what other settings would have made and these do not.

    Parameters
    ----------
    config
        The stack's variables.
    site
        Where the stack lives.

    Returns
    -------
    list[Resource]
        Resources to delete if they exist and are ours.
    """
    everything = _account_logging(Names(config, site), always=True)
    wanted = {resource.logical for resource in _account_logging(Names(config, site))}
    return [resource for resource in everything if resource.logical not in wanted]


def _bus(names: Names) -> Resource:
    return _resource("AWS::Events::EventBus", "bus", names.bus, {"Tags": names.tags})


def _log_group(names: Names, kind: str, name: str) -> Resource:
    properties = {
        "RetentionInDays": names.config.lambda_log_retention_days,
        "Tags": names.tags,
    }
    return _resource("AWS::Logs::LogGroup", f"{kind}-log-group", name, properties)


def _role(names: Names, service: str) -> Resource:
    properties = {
        "AssumeRolePolicyDocument": policies.trust("lambda"),
        "Policies": {"least-privilege": policies.function_policy(names, service)},
        "ManagedPolicyArns": [],
        "Tags": names.tags,
    }
    return _resource("AWS::IAM::Role", f"{service}-role", names.role(service), properties)


def _function(names: Names, service: str, code: FunctionCode) -> Resource:
    config = names.config
    properties = {
        "CodeSha256": code.sha256_base64,
        "Environment": {"Variables": _environment(names, service)},
        "Handler": code.handler,
        "MemorySize": config.lambda_memory_size,
        "Role": names.role_arn(names.role(service)),
        "Runtime": config.lambda_runtime,
        "Tags": names.tags,
        "Timeout": config.lambda_timeout,
        "TracingConfig": {"Mode": config.x_ray_tracing_mode},
    }
    # Without its log group, Lambda would make one that keeps everything for ever.
    return _resource(
        "AWS::Lambda::Function",
        f"{service}-function",
        names.function(service),
        properties,
        depends_on=(f"{service}-role", f"{service}-log-group"),
    )


def _environment(names: Names, service: str) -> dict[str, str]:
    variables = {"EVENT_BUS_NAME": names.bus, "LOG_LEVEL": "INFO", "SERVICE_NAME": service}
    if service in names.config.faults:
        variables["FAULTS"] = json.dumps(names.config.faults[service], sort_keys=True)
    return variables


def _rule(names: Names, service: str, pattern: Mapping[str, Any]) -> Resource:
    properties = {
        "EventBusName": names.bus,
        "EventPattern": pattern,
        "State": "ENABLED",
        "Tags": names.tags,
        "Targets": {service: {"Arn": names.function_arn(service)}},
    }
    return _resource(
        "AWS::Events::Rule",
        f"{service}-rule",
        names.rule(service),
        properties,
        depends_on=("bus", f"{service}-function"),
    )


def _rule_permission(names: Names, service: str) -> Resource:
    return api.permission(
        names,
        service,
        principal="events.amazonaws.com",
        source_arn=names.rule_arn(service),
        depends_on=(f"{service}-function",),
    )


def _account_logging(names: Names, *, always: bool = False) -> list[Resource]:
    """Describe the account's log role for API Gateway, unless someone else has set one.

    It is one setting for all REST APIs of the account and region, and without it no stage can
    have access logs. So we set it only where none is set, and take back only our own.
    """
    if not always and (names.site.foreign_log_role or not names.config.enable_detailed_monitoring):
        return []
    role = {
        "AssumeRolePolicyDocument": policies.trust("apigateway"),
        "Policies": {"api-logs": policies.api_log_policy()},
        "ManagedPolicyArns": [],
        "Tags": names.tags,
    }
    account = {"CloudWatchRoleArn": names.role_arn(names.api_log_role)}
    return [
        _resource("AWS::IAM::Role", "api-log-role", names.api_log_role, role),
        Resource(
            type="AWS::ApiGateway::Account",
            logical="api-account",
            name=names.api_log_role,
            properties=account,
            depends_on=("api-log-role",),
        ),
    ]


def _resource(
    type_: str,
    logical: str,
    name: str,
    properties: Mapping[str, Any],
    *,
    depends_on: tuple[str, ...] = (),
) -> Resource:
    return Resource(
        type=type_,
        logical=logical,
        name=name,
        properties={_FIXED_NAME[type_]: name, **properties},
        depends_on=depends_on,
        create_only=frozenset({_FIXED_NAME[type_]}),
    )
