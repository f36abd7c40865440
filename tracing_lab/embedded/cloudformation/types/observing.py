"""Types of CloudWatch and its logs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Logs.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudWatch.html
"""

from .model import Context, Made, Members, Properties, ResourceType, gone, no_tags
from .tagging import change_tags


async def _create_group(context: Context, properties: Properties) -> Made:
    name = properties.get("LogGroupName") or context.new_name(512)
    await context.apply("logs", "CreateLogGroup", {**properties, "LogGroupName": name})
    made = Made(name, {"Arn": context.arn("logs", f"log-group:{name}:*")})
    context.note_partial(made)
    await _set_retention(context, name, properties)
    return made


async def _set_retention(context: Context, name: str, properties: Properties) -> None:
    where = {"logGroupName": name}
    if properties.get("RetentionInDays") is not None:
        wanted = {"RetentionInDays": properties["RetentionInDays"]}
        await context.apply("logs", "PutRetentionPolicy", wanted, **where)
    else:
        await gone(context.call("logs", "DeleteRetentionPolicy", **where))


async def _set_key(context: Context, name: str, old: str | None, new: str | None) -> None:
    if new and new != old:
        await context.call("logs", "AssociateKmsKey", logGroupName=name, kmsKeyId=new)
    elif old and not new:
        await context.call("logs", "DisassociateKmsKey", logGroupName=name)


async def _update_group(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    await _set_key(context, made.ref, old.get("KmsKeyId"), new.get("KmsKeyId"))
    await _set_retention(context, made.ref, new)
    arn = made.attributes["Arn"].removesuffix(":*")
    await change_tags(context, "logs", old, new, resourceArn=arn)
    return made


async def _delete_group(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("logs", "DeleteLogGroup", logGroupName=made.ref))


async def _create_stream(context: Context, properties: Properties) -> Made:
    wanted = {"LogStreamName": context.new_name(512), **properties}
    await context.apply("logs", "CreateLogStream", wanted)
    return Made(str(wanted["LogStreamName"]))


async def _delete_stream(context: Context, made: Made, properties: Properties) -> None:
    where = {"logGroupName": properties["LogGroupName"], "logStreamName": made.ref}
    await gone(context.call("logs", "DeleteLogStream", **where))


def _transformed(properties: Properties) -> Members:
    """Return a metric filter's properties with dimensions by name, as the call has them."""
    changes = [
        {**change, "Dimensions": {item["Key"]: item["Value"] for item in change["Dimensions"]}}
        if "Dimensions" in change
        else change
        for change in properties["MetricTransformations"]
    ]
    return {**properties, "MetricTransformations": changes}


async def _put_metric_filter(context: Context, properties: Properties) -> Made:
    wanted = {"FilterName": context.new_name(512), **_transformed(properties)}
    await context.apply("logs", "PutMetricFilter", wanted)
    return Made(str(wanted["FilterName"]))


async def _update_metric_filter(
    context: Context, made: Made, _: Properties, new: Properties
) -> Made:
    wanted = {**_transformed(new), "FilterName": made.ref}
    await context.apply("logs", "PutMetricFilter", wanted)
    return made


async def _delete_metric_filter(context: Context, made: Made, properties: Properties) -> None:
    where = {"logGroupName": properties["LogGroupName"], "filterName": made.ref}
    await gone(context.call("logs", "DeleteMetricFilter", **where))


async def _put_subscription(context: Context, properties: Properties) -> Made:
    wanted = {"FilterName": context.new_name(512), **properties}
    await context.apply("logs", "PutSubscriptionFilter", wanted)
    return Made(str(wanted["FilterName"]))


async def _update_subscription(
    context: Context, made: Made, _: Properties, new: Properties
) -> Made:
    await context.apply("logs", "PutSubscriptionFilter", {**new, "FilterName": made.ref})
    return made


async def _delete_subscription(context: Context, made: Made, properties: Properties) -> None:
    where = {"logGroupName": properties["LogGroupName"], "filterName": made.ref}
    await gone(context.call("logs", "DeleteSubscriptionFilter", **where))


async def _put_query(context: Context, properties: Properties) -> Made:
    made = await context.apply("logs", "PutQueryDefinition", properties)
    identifier = made["queryDefinitionId"]
    return Made(identifier, {"QueryDefinitionId": identifier})


async def _update_query(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await context.apply("logs", "PutQueryDefinition", new, queryDefinitionId=made.ref)
    return made


async def _delete_query(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("logs", "DeleteQueryDefinition", queryDefinitionId=made.ref))


async def _put_log_policy(context: Context, properties: Properties) -> Made:
    await context.apply("logs", "PutResourcePolicy", properties)
    return Made(str(properties["PolicyName"]))


async def _update_log_policy(context: Context, _: Made, __: Properties, new: Properties) -> Made:
    return await _put_log_policy(context, new)


async def _delete_log_policy(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("logs", "DeleteResourcePolicy", policyName=made.ref))


async def _create_alarm(context: Context, properties: Properties) -> Made:
    wanted = {"AlarmName": context.new_name(255), **properties}
    await context.apply("cloudwatch", "PutMetricAlarm", wanted)
    name = str(wanted["AlarmName"])
    return Made(name, {"Arn": context.arn("cloudwatch", f"alarm:{name}")})


async def _update_alarm(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    wanted = {**no_tags(new), "AlarmName": made.ref}
    await context.apply("cloudwatch", "PutMetricAlarm", wanted)
    await change_tags(context, "cloudwatch", old, new, ResourceARN=made.attributes["Arn"])
    return made


async def _delete_alarm(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("cloudwatch", "DeleteAlarms", AlarmNames=[made.ref]))


async def _put_dashboard(context: Context, properties: Properties) -> Made:
    wanted = {"DashboardName": context.new_name(255), **properties}
    await context.apply("cloudwatch", "PutDashboard", wanted)
    return Made(str(wanted["DashboardName"]))


async def _update_dashboard(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    wanted = {**no_tags(new), "DashboardName": made.ref}
    await context.apply("cloudwatch", "PutDashboard", wanted)
    arn = f"arn:aws:cloudwatch::{context.account_id}:dashboard/{made.ref}"
    await change_tags(context, "cloudwatch", old, new, ResourceARN=arn)
    return made


async def _delete_dashboard(context: Context, made: Made, _: Properties) -> None:
    where = {"DashboardNames": [made.ref]}
    await gone(context.call("cloudwatch", "DeleteDashboards", **where), "DashboardNotFoundError")


TYPES = (
    ResourceType(
        name="AWS::Logs::LogGroup",
        create=_create_group,
        update=_update_group,
        delete=_delete_group,
        calls=(("logs", "CreateLogGroup"), ("logs", "PutRetentionPolicy")),
        replaced_by=frozenset({"LogGroupName"}),
        named_by="LogGroupName",
    ),
    ResourceType(
        name="AWS::Logs::LogStream",
        create=_create_stream,
        delete=_delete_stream,
        calls=(("logs", "CreateLogStream"),),
        required=frozenset({"LogGroupName"}),
    ),
    ResourceType(
        name="AWS::Logs::MetricFilter",
        create=_put_metric_filter,
        update=_update_metric_filter,
        delete=_delete_metric_filter,
        calls=(("logs", "PutMetricFilter"),),
        required=frozenset({"FilterPattern", "LogGroupName", "MetricTransformations"}),
        replaced_by=frozenset({"FilterName", "LogGroupName"}),
        named_by="FilterName",
    ),
    ResourceType(
        name="AWS::Logs::SubscriptionFilter",
        create=_put_subscription,
        update=_update_subscription,
        delete=_delete_subscription,
        calls=(("logs", "PutSubscriptionFilter"),),
        required=frozenset({"DestinationArn", "FilterPattern", "LogGroupName"}),
        replaced_by=frozenset({"FilterName", "LogGroupName"}),
        named_by="FilterName",
    ),
    ResourceType(
        name="AWS::Logs::QueryDefinition",
        create=_put_query,
        update=_update_query,
        delete=_delete_query,
        calls=(("logs", "PutQueryDefinition"),),
        required=frozenset({"Name", "QueryString"}),
    ),
    ResourceType(
        name="AWS::Logs::ResourcePolicy",
        create=_put_log_policy,
        update=_update_log_policy,
        delete=_delete_log_policy,
        properties=frozenset({"PolicyDocument", "PolicyName"}),
        required=frozenset({"PolicyDocument", "PolicyName"}),
        replaced_by=frozenset({"PolicyName"}),
    ),
    ResourceType(
        name="AWS::CloudWatch::Alarm",
        create=_create_alarm,
        update=_update_alarm,
        delete=_delete_alarm,
        calls=(("cloudwatch", "PutMetricAlarm"),),
        required=frozenset({"ComparisonOperator", "EvaluationPeriods"}),
        replaced_by=frozenset({"AlarmName"}),
        named_by="AlarmName",
    ),
    ResourceType(
        name="AWS::CloudWatch::Dashboard",
        create=_put_dashboard,
        update=_update_dashboard,
        delete=_delete_dashboard,
        calls=(("cloudwatch", "PutDashboard"),),
        required=frozenset({"DashboardBody"}),
        replaced_by=frozenset({"DashboardName"}),
        named_by="DashboardName",
    ),
)
