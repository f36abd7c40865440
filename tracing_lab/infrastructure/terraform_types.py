"""Convert each resource type of the stack to Terraform's AWS provider, versions 5 and 6.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from collections.abc import Mapping

from tracing_lab.errors import ExportError
from tracing_lab.stack import Resource

from .bundle import CODE_PREFIX, Bundle
from .hcl import Block, Expression, JsonText
from .naming import attribute_name
from .terraform_api import API_MAPPINGS
from .terraform_items import Item, Json, TypeMapping, plain

_RETRY = {
    "MaximumEventAgeInSeconds": "maximum_event_age_in_seconds",
    "MaximumRetryAttempts": "maximum_retry_attempts",
}


def type_mapping(resource: Resource) -> TypeMapping:
    """Return the conversion of a resource's type.

    Raises
    ------
    ExportError
        If the type is not supported.
    """
    if resource.type not in _MAPPINGS:
        msg = (
            f"{resource.logical} is of type {resource.type}, which the export to Terraform does "
            "not know. Switch off the setting that adds it."
        )
        raise ExportError(msg)
    return _MAPPINGS[resource.type]


def address(resource: Resource) -> str:
    """Return the address of a resource, for example ``aws_iam_role.order_role``."""
    return Item(resource, type_mapping(resource).type).address


def blocks(resource: Resource, bundle: Bundle) -> list[Block]:
    """Return the blocks of a resource; strings are unchanged.

    Returns
    -------
    list[Block]
        The resource itself, then its separate parts.

    Raises
    ------
    ExportError
        If the type is not supported.
    """
    mapping = type_mapping(resource)
    return mapping.convert(Item(resource, mapping.type), bundle)


def _permission(item: Item, _bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    body = {
        "statement_id": item.resource.name,
        "action": wanted["Action"],
        "function_name": wanted["FunctionName"],
        "principal": wanted["Principal"],
        "source_arn": wanted["SourceArn"],
    }
    return [item.block(body)]


def _role(item: Item, _bundle: Bundle) -> list[Block]:
    trust = JsonText(item.wanted["AssumeRolePolicyDocument"])
    body = {"name": item.resource.name, "assume_role_policy": trust, "tags": item.wanted["Tags"]}
    policies = [
        item.apart(
            "aws_iam_role_policy",
            name,
            {"name": name, "role": item.own("name"), "policy": JsonText(text)},
        )
        for name, text in item.wanted["Policies"].items()
    ]
    return [item.block(body), *policies]


def _function(item: Item, bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    body = {
        "function_name": item.resource.name,
        **_zip(item, bundle),
        "architectures": wanted["Architectures"],
        "handler": wanted["Handler"],
        "layers": wanted.get("Layers"),
        "memory_size": wanted["MemorySize"],
        "reserved_concurrent_executions": wanted.get("ReservedConcurrentExecutions"),
        "role": wanted["Role"],
        "runtime": wanted["Runtime"],
        "timeout": wanted["Timeout"],
        "tags": wanted["Tags"],
    }
    dead_letters = wanted.get("DeadLetterConfig", {})
    nested = {
        "dead_letter_config": {"target_arn": dead_letters["TargetArn"]} if dead_letters else {},
        "environment": {"variables": wanted["Environment"]["Variables"]},
        "ephemeral_storage": {"size": wanted["EphemeralStorage"]["Size"]},
        "tracing_config": {"mode": wanted["TracingConfig"]["Mode"]},
    }
    return [item.block(body, nested)]


def _layer(item: Item, bundle: Bundle) -> list[Block]:
    body = {
        "layer_name": item.resource.name,
        "description": item.wanted["Description"],
        **_zip(item, bundle),
    }
    return [item.block(body)]


def _zip(item: Item, bundle: Bundle) -> Json:
    path = CODE_PREFIX + bundle.file_name(item.wanted["CodeSha256"])
    return {
        "filename": Expression(f'"${{path.module}}/{path}"'),
        "source_code_hash": item.wanted["CodeSha256"],
    }


def _rule(item: Item, _bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    body = {
        "name": item.resource.name,
        "event_bus_name": wanted["EventBusName"],
        "event_pattern": JsonText(wanted["EventPattern"]),
        "state": wanted["State"],
        "tags": wanted["Tags"],
    }
    return [item.block(body), *(_target(item, *target) for target in wanted["Targets"].items())]


def _target(rule: Item, name: str, target: Json) -> Block:
    body = {
        "rule": rule.own("name"),
        "event_bus_name": rule.wanted["EventBusName"],
        "target_id": name,
        "arn": target["Arn"],
    }
    dead_letters, retry = target.get("DeadLetterConfig", {}), target.get("RetryPolicy", {})
    nested = {
        "dead_letter_config": {"arn": dead_letters["Arn"]} if dead_letters else {},
        "retry_policy": {_RETRY[key]: value for key, value in retry.items()},
    }
    return rule.apart("aws_cloudwatch_event_target", name, body, nested)


def _queue(item: Item, _bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    body = {
        "name": item.resource.name,
        "message_retention_seconds": wanted["MessageRetentionPeriod"],
        "tags": wanted["Tags"],
    }
    policy = {"queue_url": item.own("url"), "policy": JsonText(wanted["Policy"])}
    apart = [item.apart("aws_sqs_queue_policy", "", policy)] if wanted["Policy"] else []
    return [item.block(body), *apart]


def _dashboard(item: Item, _bundle: Bundle) -> list[Block]:
    body = JsonText(item.wanted["DashboardBody"])
    return [item.block({"dashboard_name": item.resource.name, "dashboard_body": body})]


def _sampling_rule(item: Item, _bundle: Bundle) -> list[Block]:
    body = {attribute_name(name): value for name, value in item.wanted.items()}
    return [item.block({**body, "attributes": body["attributes"] or None, "version": 1})]


_MAPPINGS: Mapping[str, TypeMapping] = {
    **API_MAPPINGS,
    "AWS::CloudWatch::Alarm": TypeMapping(
        "aws_cloudwatch_metric_alarm",
        plain(EvaluateLowSampleCountPercentile="evaluate_low_sample_count_percentiles"),
        name_attribute="alarm_name",
    ),
    "AWS::CloudWatch::Dashboard": TypeMapping("aws_cloudwatch_dashboard", _dashboard),
    "AWS::Events::EventBus": TypeMapping("aws_cloudwatch_event_bus", plain()),
    "AWS::Events::Rule": TypeMapping("aws_cloudwatch_event_rule", _rule),
    "AWS::IAM::Role": TypeMapping("aws_iam_role", _role),
    "AWS::Lambda::EventInvokeConfig": TypeMapping(
        "aws_lambda_function_event_invoke_config",
        plain(),
    ),
    "AWS::Lambda::Function": TypeMapping(
        "aws_lambda_function", _function, name_attribute="function_name"
    ),
    "AWS::Lambda::LayerVersion": TypeMapping(
        "aws_lambda_layer_version", _layer, name_attribute="layer_name"
    ),
    "AWS::Lambda::Permission": TypeMapping("aws_lambda_permission", _permission),
    "AWS::Logs::LogGroup": TypeMapping(
        "aws_cloudwatch_log_group",
        plain(LogGroupName="name"),
    ),
    "AWS::SNS::Subscription": TypeMapping(
        "aws_sns_topic_subscription",
        plain(),
    ),
    "AWS::SNS::Topic": TypeMapping("aws_sns_topic", plain(TopicName="name")),
    "AWS::SQS::Queue": TypeMapping("aws_sqs_queue", _queue),
    "AWS::XRay::Group": TypeMapping(
        "aws_xray_group",
        plain(),
    ),
    "AWS::XRay::SamplingRule": TypeMapping("aws_xray_sampling_rule", _sampling_rule),
}
