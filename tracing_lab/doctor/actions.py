"""The IAM actions that apply, destroy, and reading traces, logs and dead letters need.

An action is named like the operation, but for API Gateway, where it is the HTTP method
(https://docs.aws.amazon.com/service-authorization/latest/reference/).
"""

from collections.abc import Iterable, Mapping

from tracing_lab.arns import Arn
from tracing_lab.stack import Names

_ALWAYS: Mapping[str, str] = {
    "apigateway": "DELETE GET PATCH POST PUT",
    "events": """
        CreateEventBus DeleteEventBus DeleteRule DescribeEventBus DescribeRule DisableRule
        EnableRule ListEventBuses ListRules ListTagsForResource ListTargetsByRule PutRule
        PutTargets RemoveTargets TagResource UntagResource
    """,
    "iam": """
        CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy
        ListAttachedRolePolicies ListRolePolicies ListRoles PassRole PutRolePolicy TagRole
        UntagRole UpdateAssumeRolePolicy
    """,
    "lambda": """
        AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency
        DeleteFunctionEventInvokeConfig DeleteLayerVersion GetFunction GetFunctionConfiguration
        GetFunctionEventInvokeConfig GetLayerVersion GetPolicy ListFunctions ListLayerVersions
        ListLayers ListTags PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission
        TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration
    """,
    "logs": """
        AssociateKmsKey CreateLogGroup DeleteLogGroup DescribeLogGroups DisassociateKmsKey
        FilterLogEvents GetQueryResults ListTagsForResource PutRetentionPolicy StartQuery
        StopQuery TagResource UntagResource
    """,
    "tag": "GetResources",
    "xray": """
        BatchGetTraces GetGroups GetSamplingRules GetServiceGraph GetTraceGraph GetTraceSummaries
    """,
}
# Needed when the stack has resources of these services.
_OF_A_LAYER = "lambda:PublishLayerVersion"
_SOMETIMES: Mapping[str, str] = {
    "CloudWatch": """
        cloudwatch: DeleteAlarms DeleteDashboards DescribeAlarms GetDashboard GetMetricStatistics
        ListDashboards ListTagsForResource PutDashboard PutMetricAlarm TagResource UntagResource
    """,
    "SNS": """
        sns: CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic
        ListTagsForResource ListTopics Subscribe TagResource Unsubscribe UntagResource
    """,
    "SQS": """
        sqs: ChangeMessageVisibility CreateQueue DeleteMessage DeleteQueue GetQueueAttributes
        GetQueueUrl ListQueueTags ListQueues ReceiveMessage SetQueueAttributes TagQueue
        UntagQueue
    """,
    "WAFv2": "wafv2: AssociateWebACL DisassociateWebACL GetWebACLForResource",
    "XRay": """
        xray: CreateGroup CreateSamplingRule DeleteGroup DeleteSamplingRule ListTagsForResource
        TagResource UntagResource UpdateGroup UpdateSamplingRule
    """,
}


def needed(types: Iterable[str]) -> frozenset[str]:
    """Return the actions that a caller must be allowed.

    Parameters
    ----------
    types
        CloudFormation's names of the stack's resource types.

    Examples
    --------
    >>> sorted(needed(["AWS::SQS::Queue"]) - needed([]))[:2]
    ['sqs:ChangeMessageVisibility', 'sqs:CreateQueue']
    """
    found = {f"{service}:{name}" for service, names in _ALWAYS.items() for name in names.split()}
    types = set(types)
    if "AWS::Lambda::LayerVersion" in types:
        found.add(_OF_A_LAYER)
    for service in {type_.split("::")[1] for type_ in types} & set(_SOMETIMES):
        prefix, *names = _SOMETIMES[service].split()
        found |= {prefix + name for name in names}
    return frozenset(found)


def by_resource(actions: Iterable[str], names: Names) -> dict[str, list[str]]:
    """Return actions by the ARN of the stack's resource that they act on.

    Permissions may be limited to resources of some names. For an action without resource-level
    permissions any ARN will do.
    """
    found: dict[str, list[str]] = {}
    for action in sorted(actions):
        found.setdefault(_resource(action, names), []).append(action)
    return found


def _resource(action: str, names: Names) -> str:
    service, _, operation = action.partition(":")
    site = names.site
    if service == "events":
        return names.bus_arn if "EventBus" in operation else names.rule_arn("payment")
    if service == "cloudwatch":
        resource = f"dashboard/{names.dashboard}"
        dashboard = str(Arn("cloudwatch", "", site.account_id, resource, site.partition))
        alarm = names.arn("cloudwatch", f"alarm:{names.alarm('order-errors')}")
        return dashboard if "Dashboard" in operation else alarm
    if "Layer" in operation:
        return names.arn("lambda", f"layer:{names.layer}:1")
    arns = {
        "apigateway": str(Arn("apigateway", site.region, "", "/restapis", site.partition)),
        "iam": names.role_arn("order"),
        "lambda": names.function_arn("order"),
        "logs": names.log_group_arn("order") + ":*",
        "sns": names.topic_arn,
        "sqs": names.queue_arn("order"),
    }
    return arns.get(service, "*")
