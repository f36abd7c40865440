"""How each type of resource is read, made, changed and deleted."""

from collections.abc import Mapping

from tracing_lab.aws import Aws
from tracing_lab.stack import Site

from .alarms import Alarm, Dashboard
from .api import Account, RestApi
from .base import ManyProvider, Provider
from .events import Bus, Rule
from .functions import EventInvokeConfig, Function, Permission
from .logs import LogGroup
from .queues import Queue
from .roles import Role
from .stages import Deployment, Stage
from .topics import Subscription, Topic
from .tracing import SamplingRule, TraceGroup
from .usage import ApiKey, UsagePlan, UsagePlanKey
from .waf import WebAclAssociation

__all__ = ["ManyProvider", "Provider", "providers"]


def providers(aws: Aws, zips: Mapping[str, bytes], site: Site) -> dict[str, Provider]:
    """Make the providers of all types.

    Parameters
    ----------
    aws
        Makes the calls.
    zips
        Hash of a deployment zip, as Lambda gives it, to the zip.
    site
        Where the stack lives.

    Returns
    -------
    dict[str, Provider]
        CloudFormation's type name to provider.
    """
    gateway_arn = f"arn:{site.partition}:apigateway:{site.region}::"
    apis_arn = f"{gateway_arn}/restapis"
    topics_arn = f"arn:{site.partition}:sns:{site.region}:{site.account_id}"
    return {
        "AWS::ApiGateway::Account": Account(aws.gateway),
        "AWS::ApiGateway::ApiKey": ApiKey(aws.usage, gateway_arn),
        "AWS::ApiGateway::Deployment": Deployment(aws.gateway),
        "AWS::ApiGateway::RestApi": RestApi(aws.gateway, apis_arn),
        "AWS::ApiGateway::Stage": Stage(aws.gateway, apis_arn),
        "AWS::ApiGateway::UsagePlan": UsagePlan(aws.usage, gateway_arn),
        "AWS::ApiGateway::UsagePlanKey": UsagePlanKey(aws.usage),
        "AWS::CloudWatch::Alarm": Alarm(aws.cloudwatch),
        "AWS::CloudWatch::Dashboard": Dashboard(aws.cloudwatch),
        "AWS::Events::EventBus": Bus(aws.events),
        "AWS::Events::Rule": Rule(aws.events),
        "AWS::IAM::Role": Role(aws.iam),
        "AWS::Lambda::EventInvokeConfig": EventInvokeConfig(aws.lambda_),
        "AWS::Lambda::Function": Function(aws.lambda_, zips),
        "AWS::Lambda::Permission": Permission(aws.lambda_),
        "AWS::Logs::LogGroup": LogGroup(aws.logs),
        "AWS::SNS::Subscription": Subscription(aws.sns),
        "AWS::SNS::Topic": Topic(aws.sns, topics_arn),
        "AWS::SQS::Queue": Queue(aws.sqs),
        "AWS::WAFv2::WebACLAssociation": WebAclAssociation(aws.wafv2, aws.gateway),
        "AWS::XRay::Group": TraceGroup(aws.xray_settings),
        "AWS::XRay::SamplingRule": SamplingRule(aws.xray_settings),
    }
