"""Events that fail: how often they are retried, and where they are kept.

The limits are those of the API references of Lambda (PutFunctionEventInvokeConfig) and
EventBridge (RetryPolicy).
"""

from dataclasses import dataclass

from tracing_lab.config.declaring import setting
from tracing_lab.config.limits import Whole


@dataclass(frozen=True, kw_only=True)
class FailureSettings:
    """Events that fail: how often they are retried, and where they are kept."""

    lambda_max_retries: int = setting(
        2,
        help="How often Lambda retries an event that a function failed with",
        limits=Whole(0, 2),
        feeds="AWS::Lambda::EventInvokeConfig.MaximumRetryAttempts",
    )
    lambda_max_event_age_s: int = setting(
        21600,
        help="For how long Lambda retries such an event, at most",
        limits=Whole(60, 21600, "seconds"),
        feeds="AWS::Lambda::EventInvokeConfig.MaximumEventAgeInSeconds",
    )
    event_max_retries: int = setting(
        185,
        help="How often EventBridge retries an event that it could not deliver",
        limits=Whole(0, 185),
        feeds="AWS::Events::Rule.Targets",
    )
    event_max_age_s: int = setting(
        86400,
        help="For how long EventBridge retries such an event, at most",
        limits=Whole(60, 86400, "seconds"),
        feeds="AWS::Events::Rule.Targets",
    )
    enable_dead_letter_queues: bool = setting(
        default=False,
        help="Keep events that Lambda or EventBridge gave up, in an SQS queue per service",
        feeds=(
            "AWS::SQS::Queue",
            "AWS::Lambda::Function.DeadLetterConfig",
            "AWS::Events::Rule.Targets",
            "AWS::IAM::Role.Policies",
            "AWS::CloudWatch::Alarm",
        ),
    )
