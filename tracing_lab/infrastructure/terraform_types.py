"""How each type of the stack is spelt in Terraform's AWS provider, versions 5 and 6.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.errors import ExportError
from tracing_lab.stack import Resource

from .bundle import CODE_PREFIX, Bundle
from .hcl import Block, Expression, JsonText
from .naming import snake_case
from .openapi import document

Json = Mapping[str, Any]
Convert = Callable[[Resource, Bundle], list[Block]]


@dataclass(frozen=True)
class Spelling:
    """A type in Terraform.

    Parameters
    ----------
    type
        The provider's name of it.
    convert
        Makes the blocks of a resource; the first one is the resource itself.
    attributes
        Attributes whose names differ from the usual ``arn``, ``name`` and ``id``.
    """

    type: str
    convert: Convert
    attributes: Json

    def attribute(self, name: str) -> str:
        """Name an attribute as Terraform does."""
        return str(self.attributes.get(name, name.lower()))


def spelling(resource: Resource) -> Spelling:
    """Find how a resource's type is spelt.

    Parameters
    ----------
    resource
        A resource of the stack.

    Returns
    -------
    Spelling
        Its type in Terraform.

    Raises
    ------
    ExportError
        If the type is unknown here.
    """
    if resource.type not in _SPELLINGS:
        msg = (
            f"{resource.logical} is of type {resource.type}, which the export to Terraform does "
            "not know. Switch off the setting that adds it."
        )
        raise ExportError(msg)
    return _SPELLINGS[resource.type]


def address(resource: Resource) -> str:
    """Give the address of a resource, for example ``aws_iam_role.order_role``."""
    return f"{spelling(resource).type}.{snake_case(resource.logical)}"


def blocks(resource: Resource, bundle: Bundle) -> list[Block]:
    """Write a resource; texts are as they were.

    Parameters
    ----------
    resource
        A resource of the stack.
    bundle
        The functions' zips.

    Returns
    -------
    list[Block]
        The resource itself, then what Terraform keeps apart from it.

    Raises
    ------
    ExportError
        If the type is unknown here.
    """
    return spelling(resource).convert(resource, bundle)


def _block(
    resource: Resource, body: Json, nested: Mapping[str, Json] | None = None, *, apart: str = ""
) -> Block:
    """Write a block of the resource's own type, or of one that Terraform keeps apart."""
    inner = tuple(Block(kind, body=content) for kind, content in (nested or {}).items() if content)
    type_, _, suffix = apart.partition(".")
    name = f"{resource.logical}-{suffix}" if suffix else resource.logical
    kept = {key: value for key, value in body.items() if value is not None}
    return Block("resource", (type_ or spelling(resource).type, snake_case(name)), kept, inner)


def _own(resource: Resource, attribute: str) -> Expression:
    return Expression(f"{address(resource)}.{attribute}")


def _plain(**names: str) -> Convert:
    """Convert a type of which each property is one attribute."""

    def convert(resource: Resource, _bundle: Bundle) -> list[Block]:
        wanted = resource.properties
        return [_block(resource, {new: wanted.get(old) for old, new in names.items()})]

    return convert


def _permission(resource: Resource, _bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    body = {
        "statement_id": resource.name,
        "action": wanted["Action"],
        "function_name": wanted["FunctionName"],
        "principal": wanted["Principal"],
        "source_arn": wanted["SourceArn"],
    }
    return [_block(resource, body)]


def _role(resource: Resource, _bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    trust = JsonText(wanted["AssumeRolePolicyDocument"])
    body = {"name": resource.name, "assume_role_policy": trust, "tags": wanted["Tags"]}
    policies = [
        _block(
            resource,
            {"name": name, "role": _own(resource, "name"), "policy": JsonText(text)},
            apart=f"aws_iam_role_policy.{name}",
        )
        for name, text in wanted["Policies"].items()
    ]
    return [_block(resource, body), *policies]


def _function(resource: Resource, bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    path = CODE_PREFIX + bundle.file_name(wanted["CodeSha256"])
    body = {
        "function_name": resource.name,
        "filename": Expression(f'"${{path.module}}/{path}"'),
        "source_code_hash": wanted["CodeSha256"],
        "architectures": wanted["Architectures"],
        "handler": wanted["Handler"],
        "memory_size": wanted["MemorySize"],
        "reserved_concurrent_executions": wanted.get("ReservedConcurrentExecutions"),
        "role": wanted["Role"],
        "runtime": wanted["Runtime"],
        "timeout": wanted["Timeout"],
        "tags": wanted["Tags"],
    }
    dead_letters = wanted.get("DeadLetterConfig", {})
    nested = {
        "dead_letter_config": ({"target_arn": dead_letters["TargetArn"]} if dead_letters else {}),
        "environment": {"variables": wanted["Environment"]["Variables"]},
        "tracing_config": {"mode": wanted["TracingConfig"]["Mode"]},
    }
    return [_block(resource, body, nested)]


def _rule(resource: Resource, _bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    body = {
        "name": resource.name,
        "event_bus_name": wanted["EventBusName"],
        "event_pattern": JsonText(wanted["EventPattern"]),
        "state": wanted["State"],
        "tags": wanted["Tags"],
    }
    targets = [_target(resource, name, one) for name, one in wanted["Targets"].items()]
    return [_block(resource, body), *targets]


def _target(rule: Resource, name: str, target: Json) -> Block:
    body = {
        "rule": _own(rule, "name"),
        "event_bus_name": rule.properties["EventBusName"],
        "target_id": name,
        "arn": target["Arn"],
    }
    dead_letters, retry = target.get("DeadLetterConfig", {}), target.get("RetryPolicy", {})
    nested = {
        "dead_letter_config": {"arn": dead_letters["Arn"]} if dead_letters else {},
        "retry_policy": {_RETRY[key]: value for key, value in retry.items()},
    }
    return _block(rule, body, nested, apart=f"aws_cloudwatch_event_target.{name}")


def _queue(resource: Resource, _bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    seconds = wanted["MessageRetentionPeriod"]
    body = {
        "name": resource.name,
        "message_retention_seconds": seconds,
        "tags": wanted["Tags"],
    }
    policy = {"queue_url": _own(resource, "url"), "policy": JsonText(wanted["Policy"])}
    apart = [_block(resource, policy, apart="aws_sqs_queue_policy")] if wanted["Policy"] else []
    return [_block(resource, body), *apart]


def _dashboard(resource: Resource, _bundle: Bundle) -> list[Block]:
    body = JsonText(resource.properties["DashboardBody"])
    return [_block(resource, {"dashboard_name": resource.name, "dashboard_body": body})]


def _api(resource: Resource, _bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    body = {
        "name": resource.name,
        "body": JsonText(document(resource.name, wanted["Methods"])),
        "tags": wanted["Tags"],
    }
    return [_block(resource, body, {"endpoint_configuration": {"types": [wanted["EndpointType"]]}})]


def _deployment(resource: Resource, _bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    body = {
        "rest_api_id": wanted["RestApiId"],
        "description": wanted["Description"],
        # Terraform takes a new snapshot only when one of these changes.
        "triggers": {"methods": resource.name.rpartition("/")[2]},
    }
    return [_block(resource, body, {"lifecycle": {"create_before_destroy": True}})]


def _stage(resource: Resource, _bundle: Bundle) -> list[Block]:
    wanted = resource.properties
    body = {
        "rest_api_id": wanted["RestApiId"],
        "deployment_id": wanted["DeploymentId"],
        "stage_name": wanted["StageName"],
        "xray_tracing_enabled": wanted["TracingEnabled"],
        "tags": wanted["Tags"],
    }
    log = wanted["AccessLogSetting"]
    nested = {"access_log_settings": {_ACCESS_LOG[key]: value for key, value in log.items()}}
    settings = {
        "rest_api_id": wanted["RestApiId"],
        "stage_name": _own(resource, "stage_name"),
        "method_path": "*/*",
    }
    switches = {"settings": {"metrics_enabled": wanted["MetricsEnabled"]}}
    apart = _block(resource, settings, switches, apart="aws_api_gateway_method_settings")
    return [_block(resource, body, nested), apart]


def _spelt(type_: str, convert: Convert, **attributes: str) -> Spelling:
    return Spelling(type_, convert, attributes)


_ACCESS_LOG = {"DestinationArn": "destination_arn", "Format": "format"}
_RETRY = {
    "MaximumEventAgeInSeconds": "maximum_event_age_in_seconds",
    "MaximumRetryAttempts": "maximum_retry_attempts",
}
_SPELLINGS: Mapping[str, Spelling] = {
    "AWS::ApiGateway::Account": _spelt(
        "aws_api_gateway_account", _plain(CloudWatchRoleArn="cloudwatch_role_arn")
    ),
    "AWS::ApiGateway::Deployment": _spelt("aws_api_gateway_deployment", _deployment),
    "AWS::ApiGateway::RestApi": _spelt("aws_api_gateway_rest_api", _api),
    "AWS::ApiGateway::Stage": _spelt("aws_api_gateway_stage", _stage),
    "AWS::CloudWatch::Alarm": _spelt(
        "aws_cloudwatch_metric_alarm",
        _plain(
            AlarmName="alarm_name",
            Namespace="namespace",
            MetricName="metric_name",
            Dimensions="dimensions",
            Statistic="statistic",
            ExtendedStatistic="extended_statistic",
            EvaluateLowSampleCountPercentile="evaluate_low_sample_count_percentiles",
            Period="period",
            EvaluationPeriods="evaluation_periods",
            ComparisonOperator="comparison_operator",
            Threshold="threshold",
            TreatMissingData="treat_missing_data",
            ActionsEnabled="actions_enabled",
            AlarmActions="alarm_actions",
            OKActions="ok_actions",
            Tags="tags",
        ),
    ),
    "AWS::CloudWatch::Dashboard": _spelt("aws_cloudwatch_dashboard", _dashboard),
    "AWS::Events::EventBus": _spelt("aws_cloudwatch_event_bus", _plain(Name="name", Tags="tags")),
    "AWS::Events::Rule": _spelt("aws_cloudwatch_event_rule", _rule),
    "AWS::IAM::Role": _spelt("aws_iam_role", _role),
    "AWS::Lambda::EventInvokeConfig": _spelt(
        "aws_lambda_function_event_invoke_config",
        _plain(
            FunctionName="function_name",
            Qualifier="qualifier",
            MaximumEventAgeInSeconds="maximum_event_age_in_seconds",
            MaximumRetryAttempts="maximum_retry_attempts",
        ),
    ),
    "AWS::Lambda::Function": _spelt("aws_lambda_function", _function, Name="function_name"),
    "AWS::Lambda::Permission": _spelt("aws_lambda_permission", _permission),
    "AWS::Logs::LogGroup": _spelt(
        "aws_cloudwatch_log_group",
        _plain(
            LogGroupName="name",
            RetentionInDays="retention_in_days",
            KmsKeyId="kms_key_id",
            Tags="tags",
        ),
    ),
    "AWS::SNS::Subscription": _spelt(
        "aws_sns_topic_subscription",
        _plain(TopicArn="topic_arn", Protocol="protocol", Endpoint="endpoint"),
    ),
    "AWS::SNS::Topic": _spelt("aws_sns_topic", _plain(TopicName="name", Tags="tags")),
    "AWS::SQS::Queue": _spelt("aws_sqs_queue", _queue),
}
