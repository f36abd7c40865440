"""The providers: how each type of resource is observed, created, updated and deleted."""

from collections.abc import Mapping

from tracing_lab.aws import Aws
from tracing_lab.stack import Site

from .alarms import AlarmProvider, DashboardProvider
from .api import RestApiProvider
from .api_account import AccountProvider
from .base import ManyProvider, Provider
from .events import BusProvider, RuleProvider
from .functions import EventInvokeConfigProvider, FunctionProvider, PermissionProvider
from .layers import LayerVersionProvider
from .logs import LogGroupProvider
from .queues import QueueProvider
from .roles import RoleProvider
from .stages import DeploymentProvider, StageProvider
from .topics import SubscriptionProvider, TopicProvider
from .tracing import SamplingRuleProvider, TraceGroupProvider
from .usage import ApiKeyProvider, UsagePlanKeyProvider, UsagePlanProvider
from .waf import WebAclAssociationProvider

__all__ = ["FunctionProvider", "ManyProvider", "Provider", "providers"]


def providers(aws: Aws, zips: Mapping[str, bytes], site: Site) -> dict[str, Provider]:
    """Return the providers of all types.

    Parameters
    ----------
    aws
        The AWS clients.
    zips
        Deployment zips by their hash, as Lambda reports it.
    site
        Where the stack lives.

    Returns
    -------
    dict[str, Provider]
        Provider by CloudFormation's type name.
    """
    gateway_arn = f"arn:{site.partition}:apigateway:{site.region}::"
    apis_arn = f"{gateway_arn}/restapis"
    topics_arn = f"arn:{site.partition}:sns:{site.region}:{site.account_id}"
    return {
        "AWS::ApiGateway::Account": AccountProvider(aws.gateway),
        "AWS::ApiGateway::ApiKey": ApiKeyProvider(aws.usage, gateway_arn),
        "AWS::ApiGateway::Deployment": DeploymentProvider(aws.gateway),
        "AWS::ApiGateway::RestApi": RestApiProvider(aws.gateway, apis_arn),
        "AWS::ApiGateway::Stage": StageProvider(aws.gateway, apis_arn),
        "AWS::ApiGateway::UsagePlan": UsagePlanProvider(aws.usage, gateway_arn),
        "AWS::ApiGateway::UsagePlanKey": UsagePlanKeyProvider(aws.usage),
        "AWS::CloudWatch::Alarm": AlarmProvider(aws.cloudwatch),
        "AWS::CloudWatch::Dashboard": DashboardProvider(aws.cloudwatch),
        "AWS::Events::EventBus": BusProvider(aws.events),
        "AWS::Events::Rule": RuleProvider(aws.events),
        "AWS::IAM::Role": RoleProvider(aws.iam),
        "AWS::Lambda::EventInvokeConfig": EventInvokeConfigProvider(aws.lambda_),
        "AWS::Lambda::Function": FunctionProvider(aws.lambda_, zips),
        "AWS::Lambda::LayerVersion": LayerVersionProvider(aws.lambda_, zips),
        "AWS::Lambda::Permission": PermissionProvider(aws.lambda_),
        "AWS::Logs::LogGroup": LogGroupProvider(aws.logs),
        "AWS::SNS::Subscription": SubscriptionProvider(aws.sns),
        "AWS::SNS::Topic": TopicProvider(aws.sns, topics_arn),
        "AWS::SQS::Queue": QueueProvider(aws.sqs),
        "AWS::WAFv2::WebACLAssociation": WebAclAssociationProvider(aws.wafv2, aws.gateway),
        "AWS::XRay::Group": TraceGroupProvider(aws.xray_settings),
        "AWS::XRay::SamplingRule": SamplingRuleProvider(aws.xray_settings),
    }
