"""The wanted resources of a replay, in the vocabulary of `tracing_lab.stack`."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from tracing_lab.package import DeploymentPackage
from tracing_lab.stack import Resource
from tracing_lab.stack.describing import named
from tracing_lab.stack.policies import trust
from tracing_lab.stack.references import Text

from .api_resources import api_resources, permission
from .model import HTTP, PUBLISH, ReplayModel, StandIn
from .shape import ReplayNames, ReplayShape

_LONGEST_S: Final = 900  # of a Lambda function
_SPARE_S: Final = 10
_MEMORY_MB: Final = 256


def replay_resources(
    names: ReplayNames, model: ReplayModel, code: Mapping[str, DeploymentPackage]
) -> list[Resource]:
    """Return the wanted resources of a model.

    Parameters
    ----------
    names
        The names.
    model
        From `derive`.
    code
        Zips by stand-in.
    """
    shape = ReplayShape.of(model)
    found = _shared(names, shape)
    for name, stand_in in model.stand_ins.items():
        found += [
            _role(names, name, _policy(names, stand_in)),
            _function(names, stand_in, code[name]),
            _log_group(names, name),
        ]
    return found


def resources_of_shape(names: ReplayNames, shape: ReplayShape) -> list[Resource]:
    """Return resources of which only names and types count, to look for what exists.

    Parameters
    ----------
    names
        The names.
    shape
        What there may be.
    """
    found = _shared(names, shape)
    for name in shape.services:
        function = {"Tags": names.stack.tags}
        found += [
            _role(names, name, {}),
            named(
                "AWS::Lambda::Function",
                f"{name}-function",
                names.stack.function(name),
                function,
                depends_on=(f"{name}-role", f"{name}-log-group"),
            ),
            _log_group(names, name),
        ]
    return found


def _shared(names: ReplayNames, shape: ReplayShape) -> list[Resource]:
    """Return the bus with its rules, and the APIs."""
    found = list[Resource]()
    if shape.has_bus:
        found.append(
            named("AWS::Events::EventBus", "bus", names.stack.bus, {"Tags": names.stack.tags})
        )
        for service in sorted(shape.listeners):
            found += [_rule(names, service), _rule_permission(names, service)]
    for api, routes in shape.routes.items():
        found += api_resources(names, api, sorted(routes))
    return found


def _rule(names: ReplayNames, service: str) -> Resource:
    properties = {
        "EventBusName": names.stack.bus,
        "EventPattern": {"detail": {"to": [service]}},
        "State": "ENABLED",
        "Tags": names.stack.tags,
        "Targets": {service: {"Arn": names.stack.function_arn(service)}},
    }
    return named(
        "AWS::Events::Rule",
        f"{service}-rule",
        names.stack.rule(service),
        properties,
        depends_on=("bus", f"{service}-function"),
    )


def _rule_permission(names: ReplayNames, service: str) -> Resource:
    return permission(
        names, service, "rule", "events.amazonaws.com", names.stack.rule_arn(service), ()
    )


def _log_group(names: ReplayNames, service: str) -> Resource:
    properties = {
        "RetentionInDays": names.stack.config.lambda_log_retention_days,
        "Tags": names.stack.tags,
    }
    group = names.stack.log_group(service)
    return named("AWS::Logs::LogGroup", f"{service}-log-group", group, properties)


def _role(names: ReplayNames, service: str, policy: Mapping[str, Any]) -> Resource:
    properties = {
        "AssumeRolePolicyDocument": trust("lambda"),
        "Policies": {"least-privilege": policy},
        "ManagedPolicyArns": [],
        "Tags": names.stack.tags,
    }
    return named("AWS::IAM::Role", f"{service}-role", names.stack.role(service), properties)


def _policy(names: ReplayNames, stand_in: StandIn) -> dict[str, Any]:
    """Return a policy: write its own log and traces, call what the recorded service called."""
    log = Text(names.stack.log_group_arn(stand_in.name), ":*")
    statements = [
        _allow("WriteOwnLog", ["logs:CreateLogStream", "logs:PutLogEvents"], log),
        _allow("WriteTraces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    ]
    targets = [*stand_in.targets]
    if any(target.how == PUBLISH for target in targets):
        statements.append(_allow("PublishToOwnBus", "events:PutEvents", names.stack.bus_arn))
    invoked = sorted({t.service for t in targets if t.how not in {PUBLISH, HTTP}})
    if invoked:
        arns = [names.stack.function_arn(service) for service in invoked]
        statements.append(_allow("InvokeCallees", "lambda:InvokeFunction", arns))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, action: object, resource: object) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def _function(names: ReplayNames, stand_in: StandIn, code: DeploymentPackage) -> Resource:
    config, service = names.stack.config, stand_in.name
    apis = sorted({target.api for target in stand_in.targets if target.how == HTTP})
    variables: dict[str, Any] = {"FUNCTION_NAME_PATTERN": names.function_pattern}
    if any(target.how == PUBLISH for target in stand_in.targets):
        variables["EVENT_BUS_NAME"] = names.stack.bus
    for api in apis:
        variables[f"API_URL_{api.upper().replace('-', '_')}"] = names.api_url(api)
    properties = {
        "Architectures": [config.lambda_architecture],
        "CodeSha256": code.sha256_base64,
        "Environment": {"Variables": variables},
        "EphemeralStorage": {"Size": config.lambda_ephemeral_storage_mb},
        "Handler": code.handler,
        "MemorySize": _MEMORY_MB,
        "Role": names.stack.role_arn(service),
        "Runtime": config.lambda_runtime,
        "Tags": names.stack.tags,
        "Timeout": _timeout_s(stand_in),
        "TracingConfig": {"Mode": "Active" if stand_in.segment is None else "PassThrough"},
    }
    return named(
        "AWS::Lambda::Function",
        f"{service}-function",
        names.stack.function(service),
        properties,
        depends_on=(f"{service}-role", f"{service}-log-group", *apis),
        bound_to=f"{service}-role",
    )


def _timeout_s(stand_in: StandIn) -> int:
    """Return a timeout that no run reaches: one that timed out fails by itself."""
    longest_s = max(run.longest_s for run in stand_in.runs)
    return min(ceil(longest_s * 1.5) + _SPARE_S, _LONGEST_S)
