"""Describe resources with a name and tags in the same way for all types."""

from collections.abc import Mapping
from typing import Any

from .model import Resource

# The property that holds a type's physical name; a new name is a new resource.
_NAME_PROPERTY = {
    "AWS::ApiGateway::ApiKey": "Name",
    "AWS::ApiGateway::UsagePlan": "UsagePlanName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::XRay::Group": "GroupName",
    "AWS::XRay::SamplingRule": "RuleName",
}


def named(
    type_: str,
    logical: str,
    name: str,
    properties: Mapping[str, Any],
    *,
    depends_on: tuple[str, ...] = (),
    bound_to: str | None = None,
) -> Resource:
    """Return a resource that is identified by its name.

    Parameters
    ----------
    type_
        CloudFormation's name of its type.
    logical
        Its name within the stack.
    name
        Its physical name.
    properties
        Its settings, without the name.
    depends_on
        Logical names of what must exist before.
    bound_to
        Logical name of what it is bound to, as in `Resource`.

    Returns
    -------
    Resource
        The resource; its name cannot be changed.
    """
    return Resource(
        type=type_,
        logical=logical,
        name=name,
        properties={_NAME_PROPERTY[type_]: name, **properties},
        depends_on=depends_on,
        create_only=frozenset({_NAME_PROPERTY[type_]}),
        bound_to=bound_to,
    )
