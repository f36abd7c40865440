"""The actions of CloudWatch alarms: messages to topics and events to functions.

- https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
- https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tracing_lab.arns import service_in
from tracing_lab.embedded.model import QueueMessage, ServiceCall
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID

_LOGGER = logging.getLogger(__name__)

TOPIC_PRINCIPAL = "cloudwatch.amazonaws.com"
FUNCTION_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"

_REGION_NAMES = {
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-2": "US West (Oregon)",
}
"""Names of regions in messages; other regions appear by their code."""


@dataclass(frozen=True)
class AlarmState:
    """The state of an alarm before it changed."""

    value: str
    reason: str
    reason_data: str
    since: datetime


@dataclass(frozen=True)
class Transition:
    """An alarm of moto's that has just changed its state.

    Parameters
    ----------
    alarm
        The alarm as it is now.
    before
        Its state until then.
    """

    alarm: Any
    before: AlarmState


def state_of(alarm: Any) -> AlarmState:
    """Return the present state of one of moto's alarms."""
    return AlarmState(
        alarm.state_value,
        alarm.state_reason,
        alarm.state_reason_data,
        alarm.state_updated_timestamp,
    )


def run_actions(
    transition: Transition,
    publish: Callable[[QueueMessage], None],
    call: Callable[[ServiceCall], None],
) -> None:
    """Run an alarm's actions for its new state; log those that fail.

    Topics and functions are notified. Other actions (EC2, Auto Scaling, Systems Manager) do
    nothing.
    """
    alarm = transition.alarm
    for arn in _actions(alarm) if alarm.actions_enabled else ():
        service = service_in(arn)
        try:
            if service == "sns":
                publish(_topic_message(transition, arn))
            elif service == "lambda":
                payload = json.dumps(function_event(transition)).encode()
                call(ServiceCall(arn, payload, FUNCTION_PRINCIPAL, alarm.alarm_arn))
        except (KeyError, PermissionError, ValueError) as error:
            _LOGGER.warning("Alarm %s could not notify %s: %s", alarm.name, arn, error)


def topic_content(transition: Transition) -> dict[str, Any]:
    """Return the JSON message that topics get."""
    alarm = transition.alarm
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT_ID,
        "AlarmConfigurationUpdatedTimestamp": _time(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _time(alarm.state_updated_timestamp),
        "Region": _REGION_NAMES.get(alarm.region_name, alarm.region_name),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": transition.before.value,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": _trigger(alarm),
    }


def function_event(transition: Transition) -> dict[str, Any]:
    """Return the event that functions get."""
    alarm, before = transition.alarm, transition.before
    stat = {
        "metric": {
            "namespace": alarm.namespace,
            "name": alarm.metric_name,
            "dimensions": {dimension.name: dimension.value for dimension in alarm.dimensions},
        },
        "period": alarm.period,
        "stat": alarm.statistic or alarm.extended_statistic,
    }
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": ACCOUNT_ID,
        "time": _time(alarm.state_updated_timestamp),
        "region": alarm.region_name,
        "alarmData": {
            "alarmName": alarm.name,
            "state": _state(state_of(alarm)),
            "previousState": _state(before),
            "configuration": {
                "description": alarm.description,
                "metrics": [{"id": "m1", "metricStat": stat, "returnData": True}],
            },
        },
    }


def _actions(alarm: Any) -> list[str]:
    by_state = {"OK": alarm.ok_actions, "ALARM": alarm.alarm_actions}
    return list(by_state.get(alarm.state_value, alarm.insufficient_data_actions) or ())


def _topic_message(transition: Transition, arn: str) -> QueueMessage:
    alarm, content = transition.alarm, topic_content(transition)
    return QueueMessage(
        arn,
        json.dumps(content),
        principal=TOPIC_PRINCIPAL,
        source_arn=alarm.alarm_arn,
        subject=f'{alarm.state_value}: "{alarm.name}" in {content["Region"]}',
    )


def _trigger(alarm: Any) -> dict[str, Any]:
    if alarm.metric_data_queries:
        queries = [_query(query) for query in alarm.metric_data_queries]
        return {"Metrics": queries, **_settings(alarm)}
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.extended_statistic}
        if alarm.extended_statistic
        else {"StatisticType": "Statistic", "Statistic": str(alarm.statistic).upper()}
    )
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        **statistic,
        "Unit": alarm.unit,
        "Dimensions": [
            {"value": dimension.value, "name": dimension.name} for dimension in alarm.dimensions
        ],
        "Period": alarm.period,
        **_settings(alarm),
    }


def _query(query: Any) -> dict[str, Any]:
    shown = {"Id": query.id, "ReturnData": str(query.return_data).lower() == "true"}
    if query.metric_stat is None:
        return {"Expression": query.expression, "Label": query.label, **shown}
    stat = query.metric_stat
    metric = {
        "Dimensions": [
            {"value": dimension.value, "name": dimension.name}
            for dimension in stat.metric.dimensions
        ],
        "MetricName": stat.metric.metric_name,
        "Namespace": stat.metric.namespace,
    }
    return {"MetricStat": {"Metric": metric, "Period": stat.period, "Stat": stat.stat}, **shown}


def _settings(alarm: Any) -> dict[str, Any]:
    return {
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm or alarm.evaluation_periods,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }


def _state(state: AlarmState) -> dict[str, Any]:
    return {
        "value": state.value,
        "reason": state.reason,
        "reasonData": state.reason_data,
        "timestamp": _time(state.since),
    }


def _time(moment: datetime) -> str:
    """Return one of moto's times, which have no zone, in AWS's format."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{known.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}+0000"
