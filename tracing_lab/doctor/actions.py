"""The IAM actions that apply, destroy and reading traces need.

An action is named like the operation, but for API Gateway, where it is the HTTP method
(https://docs.aws.amazon.com/service-authorization/latest/reference/).
"""

from collections.abc import Iterable, Mapping

_ALWAYS: Mapping[str, str] = {
    "apigateway": "DELETE GET PATCH POST PUT",
    "events": """
        CreateEventBus DeleteEventBus DeleteRule DescribeEventBus DescribeRule ListEventBuses
        ListRules ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets
        TagResource UntagResource
    """,
    "iam": """
        CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy
        ListAttachedRolePolicies ListRolePolicies ListRoles PassRole PutRolePolicy TagRole
        UntagRole UpdateAssumeRolePolicy
    """,
    "lambda": """
        AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency
        DeleteFunctionEventInvokeConfig GetFunction GetFunctionConfiguration
        GetFunctionEventInvokeConfig GetPolicy ListFunctions PutFunctionConcurrency
        PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource
        UpdateFunctionCode UpdateFunctionConfiguration
    """,
    "logs": """
        AssociateKmsKey CreateLogGroup DeleteLogGroup DescribeLogGroups DisassociateKmsKey
        FilterLogEvents ListTagsForResource PutRetentionPolicy TagResource UntagResource
    """,
    "tag": "GetResources",
    "xray": """
        BatchGetTraces GetGroups GetSamplingRules GetServiceGraph GetTraceGraph GetTraceSummaries
    """,
}
# Needed when the stack has resources of these services.
_SOMETIMES: Mapping[str, str] = {
    "CloudWatch": """
        cloudwatch: DeleteAlarms DeleteDashboards DescribeAlarms GetDashboard ListDashboards
        ListTagsForResource PutDashboard PutMetricAlarm TagResource UntagResource
    """,
    "SNS": """
        sns: CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic
        ListTagsForResource ListTopics Subscribe TagResource Unsubscribe UntagResource
    """,
    "SQS": """
        sqs: CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags ListQueues
        SetQueueAttributes TagQueue UntagQueue
    """,
    "WAFv2": "wafv2: AssociateWebACL DisassociateWebACL GetWebACLForResource",
    "XRay": """
        xray: CreateGroup CreateSamplingRule DeleteGroup DeleteSamplingRule ListTagsForResource
        TagResource UntagResource UpdateGroup UpdateSamplingRule
    """,
}


def needed(types: Iterable[str]) -> frozenset[str]:
    """List what a caller must be allowed to do.

    Parameters
    ----------
    types
        CloudFormation's names of the types that the stack consists of.

    Returns
    -------
    frozenset[str]
        IAM actions.

    Examples
    --------
    >>> sorted(needed(["AWS::SQS::Queue"]) - needed([]))[:2]
    ['sqs:CreateQueue', 'sqs:DeleteQueue']
    """
    found = {f"{service}:{name}" for service, names in _ALWAYS.items() for name in names.split()}
    for service in {type_.split("::")[1] for type_ in types} & set(_SOMETIMES):
        prefix, *names = _SOMETIMES[service].split()
        found |= {prefix + name for name in names}
    return frozenset(found)
