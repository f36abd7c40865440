"""The API, and who may call it how often.

The limits are those of API Gateway's API reference (CreateStage, CreateUsagePlan).
"""

from dataclasses import dataclass

from tracing_lab.config.declaring import setting
from tracing_lab.config.limits import Between, Custom, Like, Matching, OneOf, Whole, check_addresses

_STAGE = "(?!test-invoke-stage$)[A-Za-z0-9_-]{1,128}"
_WEB_ACL = r"arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9-]+"
_A_WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/NAME/ID"
# Of an account and region, unless they were raised.
_RATE = Between(0, 10_000, "requests a second")
_BURST = Whole(0, 5_000, "requests")


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """The API, and who may call it how often."""

    api_gateway_stage_name: str = setting(
        "prod",
        help="Name of the API's stage, the last part of its URL",
        limits=Matching(_STAGE, "1 to 128 letters, digits, - and _"),
        feeds=(
            "AWS::ApiGateway::Stage.StageName",
            "AWS::ApiGateway::UsagePlan.ApiStages",
            "AWS::CloudWatch::Alarm.Dimensions",
            "AWS::Lambda::Permission.SourceArn",
            "AWS::WAFv2::WebACLAssociation.ResourceArn",
            "AWS::XRay::SamplingRule.ResourceARN",
        ),
    )
    api_throttle_rate: float | None = setting(
        None,
        help="Requests a second that the stage accepts; if none is given, AWS's limit holds",
        limits=_RATE,
        feeds="AWS::ApiGateway::Stage.Throttling.RateLimit",
        pair="api_throttle_burst",
    )
    api_throttle_burst: int | None = setting(
        None,
        help="Requests at once that the stage accepts; if none is given, AWS's limit holds",
        limits=_BURST,
        feeds="AWS::ApiGateway::Stage.Throttling.BurstLimit",
    )
    api_allowed_cidrs: tuple[str, ...] = setting(
        (),
        help="Address ranges that may call the API; if none is given, all may",
        limits=Custom("at most 100, as `10.0.0.0/8,203.0.113.0/24`", check_addresses),
        feeds="AWS::ApiGateway::RestApi.Policy",
    )
    enable_request_validation: bool = setting(
        default=False,
        help="Have the API itself reject orders that break the order schema",
        feeds=(
            "AWS::ApiGateway::RestApi.Methods",
            "AWS::ApiGateway::RestApi.Models",
            "AWS::ApiGateway::RestApi.Validators",
        ),
    )
    enable_api_key: bool = setting(
        default=False,
        help="Require the stack's API key for orders; `tracing-lab output api_key` shows it",
        feeds=(
            "AWS::ApiGateway::ApiKey",
            "AWS::ApiGateway::RestApi.Methods",
            "AWS::ApiGateway::UsagePlan",
            "AWS::ApiGateway::UsagePlanKey",
        ),
    )
    usage_plan_rate: float | None = setting(
        None,
        help="Requests a second that the key is good for",
        limits=_RATE,
        feeds="AWS::ApiGateway::UsagePlan.Throttle.RateLimit",
        needs="enable_api_key",
        pair="usage_plan_burst",
    )
    usage_plan_burst: int | None = setting(
        None,
        help="Requests at once that the key is good for",
        limits=_BURST,
        feeds="AWS::ApiGateway::UsagePlan.Throttle.BurstLimit",
        needs="enable_api_key",
    )
    usage_plan_quota: int | None = setting(
        None,
        help="Requests that the key is good for in a period",
        limits=Whole(1, 2**31 - 1, "requests"),
        feeds="AWS::ApiGateway::UsagePlan.Quota.Limit",
        needs="enable_api_key",
    )
    usage_plan_quota_period: str = setting(
        "MONTH",
        help="The period of `usage_plan_quota`",
        limits=OneOf(("DAY", "WEEK", "MONTH")),
        feeds="AWS::ApiGateway::UsagePlan.Quota.Period",
    )
    waf_web_acl_arn: str | None = setting(
        None,
        help="A web ACL of yours that protects the stage",
        limits=Like(_WEB_ACL, _A_WEB_ACL),
        feeds="AWS::WAFv2::WebACLAssociation.WebACLArn",
    )
