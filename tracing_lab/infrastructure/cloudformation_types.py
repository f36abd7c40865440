"""Convert each resource type of the stack to CloudFormation.

The stack's description is CloudFormation's, except where another form is easier to compare: tags,
policies and targets are keyed by name, and functions have a hash for their code.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.errors import ExportError
from tracing_lab.stack import Resource, output

from .bundle import Bundle
from .openapi import document

Json = dict[str, Any]
Convert = Callable[[Resource, Bundle], list[Json]]

ATTRIBUTES: Mapping[tuple[str, str], str] = {
    ("AWS::Events::EventBus", "Arn"): "${id.Arn}",
    ("AWS::Events::EventBus", "Name"): "${id.Name}",
    ("AWS::Events::Rule", "Arn"): "${id.Arn}",
    ("AWS::IAM::Role", "Arn"): "${id.Arn}",
    ("AWS::Lambda::Function", "Arn"): "${id.Arn}",
    # CloudFormation's own Arn of a log group ends in ":*", which access logs reject.
    ("AWS::Logs::LogGroup", "Arn"): (
        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${id}"
    ),
    ("AWS::SNS::Topic", "Name"): "${id.TopicName}",
    ("AWS::SQS::Queue", "Arn"): "${id.Arn}",
    ("AWS::SQS::Queue", "Name"): "${id.QueueName}",
}
"""Type and attribute to how ``Fn::Sub`` writes it; a plain reference where none is given."""


def written(resource: Resource, bundle: Bundle) -> list[Json]:
    """Return a resource in CloudFormation's form; strings are unchanged.

    Returns
    -------
    list[dict[str, Any]]
        ``Type`` and ``Properties`` of the resource, then of its separate parts.

    Raises
    ------
    ExportError
        If the type is not supported.
    """
    if resource.type not in _CONVERSIONS:
        msg = (
            f"{resource.logical} is of type {resource.type}, which the export to CloudFormation "
            "and SAM does not know. Switch off the setting that adds it."
        )
        raise ExportError(msg)
    return _CONVERSIONS[resource.type](resource, bundle)


def tag_list(tags: Mapping[str, str]) -> list[Json]:
    """Return tags as most types expect them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _made(type_: str, properties: Mapping[str, Any]) -> Json:
    """Return a resource without its empty properties."""
    kept = {key: properties[key] for key in sorted(properties) if properties[key] not in ({}, [])}
    return {"Type": type_, "Properties": kept}


def _same(resource: Resource, _bundle: Bundle) -> list[Json]:
    return [_made(resource.type, resource.properties)]


def _tagged(resource: Resource, **changes: Any) -> list[Json]:
    """Return a resource with tags as a list and some properties changed, without empty ones."""
    tags = tag_list(resource.properties["Tags"])
    return [_made(resource.type, {**resource.properties, "Tags": tags, **changes})]


def _only_tagged(resource: Resource, _bundle: Bundle) -> list[Json]:
    return _tagged(resource)


def _role(resource: Resource, _bundle: Bundle) -> list[Json]:
    policies = [
        {"PolicyName": name, "PolicyDocument": text}
        for name, text in resource.properties["Policies"].items()
    ]
    return _tagged(resource, Policies=policies)


def _function(resource: Resource, bundle: Bundle) -> list[Json]:
    return _tagged(resource, Code=_zip(resource, bundle), CodeSha256={})


def _layer(resource: Resource, bundle: Bundle) -> list[Json]:
    changes = {"CodeSha256": {}, "Content": _zip(resource, bundle)}
    return [_made(resource.type, {**resource.properties, **changes})]


def _zip(resource: Resource, bundle: Bundle) -> Json:
    name = bundle.file_name(resource.properties["CodeSha256"])
    return {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Fn::Sub": "${CodePrefix}" + name}}


def _rule(resource: Resource, _bundle: Bundle) -> list[Json]:
    targets = [{"Id": name, **target} for name, target in resource.properties["Targets"].items()]
    return _tagged(resource, Targets=targets)


def _queue(resource: Resource, _bundle: Bundle) -> list[Json]:
    policy = resource.properties["Policy"]
    apart = {"PolicyDocument": policy, "Queues": [output(resource.logical, "Url")]}
    return [
        *_tagged(resource, Policy={}),
        *([_made("AWS::SQS::QueuePolicy", apart)] if policy else []),
    ]


def _alarm(resource: Resource, _bundle: Bundle) -> list[Json]:
    dimensions = [
        {"Name": name, "Value": value} for name, value in resource.properties["Dimensions"].items()
    ]
    return _tagged(resource, Dimensions=dimensions)


def _dashboard(resource: Resource, _bundle: Bundle) -> list[Json]:
    body = json.dumps(resource.properties["DashboardBody"], separators=(",", ":"))
    return _tagged(resource, DashboardBody=body)


def _api(resource: Resource, _bundle: Bundle) -> list[Json]:
    endpoint = {"Types": [resource.properties["EndpointType"]]}
    body = document(resource.properties)
    within_body: Json = {"Methods": {}, "Models": {}, "Validators": {}}
    changes = {"EndpointType": {}, "EndpointConfiguration": endpoint, "Body": body}
    return _tagged(resource, **within_body, **changes)


def _stage(resource: Resource, _bundle: Bundle) -> list[Json]:
    wanted = resource.properties
    settings = {
        "HttpMethod": "*",
        "ResourcePath": "/*",
        "MetricsEnabled": wanted["MetricsEnabled"],
        **{f"Throttling{name}": limit for name, limit in wanted.get("Throttling", {}).items()},
    }
    return _tagged(resource, MetricsEnabled={}, Throttling={}, MethodSettings=[settings])


def _usage_plan_key(resource: Resource, _bundle: Bundle) -> list[Json]:
    return [_made(resource.type, {**resource.properties, "KeyType": "API_KEY"})]


def _sampling_rule(resource: Resource, _bundle: Bundle) -> list[Json]:
    rule = {key: value for key, value in resource.properties.items() if key != "Tags"}
    tags = tag_list(resource.properties["Tags"])
    return [_made(resource.type, {"SamplingRule": {**rule, "Version": 1}, "Tags": tags})]


_CONVERSIONS: Mapping[str, Convert] = {
    "AWS::ApiGateway::Account": _same,
    "AWS::ApiGateway::ApiKey": _only_tagged,
    "AWS::ApiGateway::Deployment": _same,
    "AWS::ApiGateway::RestApi": _api,
    "AWS::ApiGateway::Stage": _stage,
    "AWS::ApiGateway::UsagePlan": _only_tagged,
    "AWS::ApiGateway::UsagePlanKey": _usage_plan_key,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::Events::EventBus": _only_tagged,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::EventInvokeConfig": _same,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Permission": _same,
    "AWS::Logs::LogGroup": _only_tagged,
    "AWS::SNS::Subscription": _same,
    "AWS::SNS::Topic": _only_tagged,
    "AWS::SQS::Queue": _queue,
    "AWS::WAFv2::WebACLAssociation": _same,
    "AWS::XRay::Group": _only_tagged,
    "AWS::XRay::SamplingRule": _sampling_rule,
}
