"""Logs, metrics, alarms and the dashboard.

The limits are those of the API references of CloudWatch Logs (PutRetentionPolicy) and CloudWatch
(PutMetricAlarm).
"""

from dataclasses import dataclass

from tracing_lab.config.declaring import setting
from tracing_lab.config.limits import Like, OneOf, Whole

RETENTION_DAYS: tuple[int, ...] = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
RETENTION_DAYS += (1096, 1827, 2192, 2557, 2922, 3288, 3653)
_KMS_KEY = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
_A_KEY = "arn:aws:kms:us-east-1:123456789012:key/ID"


@dataclass(frozen=True, kw_only=True)
class MonitoringSettings:
    """Logs, metrics, alarms and the dashboard."""

    enable_detailed_monitoring: bool = setting(
        default=True,
        help="Have metrics and access logs of the API's stage",
        feeds=(
            "AWS::ApiGateway::Account",
            "AWS::ApiGateway::Stage.AccessLogSetting",
            "AWS::ApiGateway::Stage.MetricsEnabled",
            "AWS::IAM::Role",
        ),
    )
    lambda_log_retention_days: int = setting(
        14,
        help="Days that logs are kept",
        limits=OneOf(RETENTION_DAYS),
        feeds="AWS::Logs::LogGroup.RetentionInDays",
    )
    log_kms_key_arn: str | None = setting(
        None,
        help="Key that encrypts all logs; its policy must let CloudWatch Logs use it",
        limits=Like(_KMS_KEY, _A_KEY),
        feeds="AWS::Logs::LogGroup.KmsKeyId",
    )
    metrics_namespace: str = setting(
        "TracingLab",
        help="CloudWatch namespace of the services' own metrics",
        limits=Like("(?!AWS/)[A-Za-z0-9._/#-]{1,255}", "TracingLab"),
        feeds="AWS::Lambda::Function.Environment.Variables.METRICS_NAMESPACE",
    )
    enable_alarms: bool = setting(
        default=False,
        help="Have CloudWatch alarms on errors, throttles, slowness, dead letters and 5xx",
        feeds="AWS::CloudWatch::Alarm",
    )
    alarm_p95_ms: int = setting(
        3000,
        help="What the slowest twentieth of runs and requests may take",
        limits=Whole(1, 900_000, "milliseconds"),
        feeds="AWS::CloudWatch::Alarm.Threshold",
    )
    enable_alarm_topic: bool = setting(
        default=False,
        help="Publish alarms on an SNS topic",
        feeds=(
            "AWS::SNS::Topic",
            "AWS::CloudWatch::Alarm.AlarmActions",
            "AWS::CloudWatch::Alarm.OKActions",
        ),
        needs="enable_alarms",
    )
    alarm_email: str | None = setting(
        None,
        help="Who gets the alarms of that topic by mail",
        limits=Like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "me@example.com"),
        feeds="AWS::SNS::Subscription.Endpoint",
        needs="enable_alarm_topic",
    )
    enable_dashboard: bool = setting(
        default=False,
        help="Have a CloudWatch dashboard of the stack",
        feeds="AWS::CloudWatch::Dashboard",
    )
