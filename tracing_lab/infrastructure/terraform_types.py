"""How each type of the stack is spelt in Terraform's AWS provider, versions 5 and 6.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from collections.abc import Mapping

from tracing_lab.errors import ExportError
from tracing_lab.stack import Resource

from .bundle import CODE_PREFIX, Bundle
from .hcl import Block, Expression, JsonText
from .terraform_api import API_SPELLINGS
from .terraform_items import Item, Json, Spelling, plain

_RETRY = {
    "MaximumEventAgeInSeconds": "maximum_event_age_in_seconds",
    "MaximumRetryAttempts": "maximum_retry_attempts",
}


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
    return Item(resource, spelling(resource).type).address


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
    spelt = spelling(resource)
    return spelt.convert(Item(resource, spelt.type), bundle)


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
    path = CODE_PREFIX + bundle.file_name(wanted["CodeSha256"])
    body = {
        "function_name": item.resource.name,
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
        "dead_letter_config": {"target_arn": dead_letters["TargetArn"]} if dead_letters else {},
        "environment": {"variables": wanted["Environment"]["Variables"]},
        "ephemeral_storage": {"size": wanted["EphemeralStorage"]["Size"]},
        "tracing_config": {"mode": wanted["TracingConfig"]["Mode"]},
    }
    return [item.block(body, nested)]


def _rule(item: Item, _bundle: Bundle) -> list[Block]:
    wanted = item.wanted
    body = {
        "name": item.resource.name,
        "event_bus_name": wanted["EventBusName"],
        "event_pattern": JsonText(wanted["EventPattern"]),
        "state": wanted["State"],
        "tags": wanted["Tags"],
    }
    return [item.block(body), *(_target(item, *one) for one in wanted["Targets"].items())]


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
    wanted = item.wanted
    body = {
        "rule_name": item.resource.name,
        "priority": wanted["Priority"],
        "version": 1,
        "fixed_rate": wanted["FixedRate"],
        "reservoir_size": wanted["ReservoirSize"],
        "resource_arn": wanted["ResourceARN"],
        "host": wanted["Host"],
        "http_method": wanted["HTTPMethod"],
        "service_name": wanted["ServiceName"],
        "service_type": wanted["ServiceType"],
        "url_path": wanted["URLPath"],
        "tags": wanted["Tags"],
    }
    return [item.block(body)]


_SPELLINGS: Mapping[str, Spelling] = {
    **API_SPELLINGS,
    "AWS::CloudWatch::Alarm": Spelling(
        "aws_cloudwatch_metric_alarm",
        plain(
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
        name_attribute="alarm_name",
    ),
    "AWS::CloudWatch::Dashboard": Spelling("aws_cloudwatch_dashboard", _dashboard),
    "AWS::Events::EventBus": Spelling("aws_cloudwatch_event_bus", plain(Name="name", Tags="tags")),
    "AWS::Events::Rule": Spelling("aws_cloudwatch_event_rule", _rule),
    "AWS::IAM::Role": Spelling("aws_iam_role", _role),
    "AWS::Lambda::EventInvokeConfig": Spelling(
        "aws_lambda_function_event_invoke_config",
        plain(
            FunctionName="function_name",
            Qualifier="qualifier",
            MaximumEventAgeInSeconds="maximum_event_age_in_seconds",
            MaximumRetryAttempts="maximum_retry_attempts",
        ),
    ),
    "AWS::Lambda::Function": Spelling(
        "aws_lambda_function", _function, name_attribute="function_name"
    ),
    "AWS::Lambda::Permission": Spelling("aws_lambda_permission", _permission),
    "AWS::Logs::LogGroup": Spelling(
        "aws_cloudwatch_log_group",
        plain(
            LogGroupName="name",
            RetentionInDays="retention_in_days",
            KmsKeyId="kms_key_id",
            Tags="tags",
        ),
    ),
    "AWS::SNS::Subscription": Spelling(
        "aws_sns_topic_subscription",
        plain(TopicArn="topic_arn", Protocol="protocol", Endpoint="endpoint"),
    ),
    "AWS::SNS::Topic": Spelling("aws_sns_topic", plain(TopicName="name", Tags="tags")),
    "AWS::SQS::Queue": Spelling("aws_sqs_queue", _queue),
    "AWS::XRay::Group": Spelling(
        "aws_xray_group",
        plain(GroupName="group_name", FilterExpression="filter_expression", Tags="tags"),
    ),
    "AWS::XRay::SamplingRule": Spelling("aws_xray_sampling_rule", _sampling_rule),
}
