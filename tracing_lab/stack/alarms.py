"""CloudWatch alarms, and the SNS topic that notifies of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.config import SERVICES

from .describing import named
from .model import Resource
from .names import Names

_PERIOD_S = 60
_P95 = "p95"


def resources(names: Names) -> list[Resource]:
    """Return alarms, topic and subscription, those that are enabled.

    Returns
    -------
    list[Resource]
        Three alarms per function, one per dead-letter queue, two of the API; topic and
        subscription before them.
    """
    config = names.config
    found = []
    if config.enable_alarm_topic:
        found.append(named("AWS::SNS::Topic", "alarm-topic", names.topic, {"Tags": names.tags}))
    if config.alarm_email is not None:
        found.append(_subscription(names, config.alarm_email))
    if config.enable_alarms:
        found += [*_function_alarms(names), *_queue_alarms(names), *_api_alarms(names)]
    return found


def _subscription(names: Names, email: str) -> Resource:
    properties = {"Endpoint": email, "Protocol": "email", "TopicArn": names.topic_arn}
    return Resource(
        type="AWS::SNS::Subscription",
        logical="alarm-subscription",
        name=f"{names.topic}/{email}",
        properties=properties,
        depends_on=("alarm-topic",),
        create_only=frozenset(properties),
        part_of="alarm-topic",
    )


def _function_alarms(names: Names) -> Iterator[Resource]:
    for service in SERVICES:
        of_function = {"FunctionName": names.function(service)}
        metric = _metric("AWS/Lambda", of_function)
        yield _alarm(names, f"{service}-errors", {**metric, **_any("Errors")})
        yield _alarm(names, f"{service}-throttles", {**metric, **_any("Throttles")})
        yield _alarm(names, f"{service}-duration", {**metric, **_slow(names, "Duration")})


def _queue_alarms(names: Names) -> Iterator[Resource]:
    if not names.config.enable_dead_letter_queues:
        return
    for service in SERVICES:
        metric = _metric("AWS/SQS", {"QueueName": names.queue(service)})
        waiting = _any("ApproximateNumberOfMessagesVisible", statistic="Maximum")
        yield _alarm(names, f"{service}-dead-letters-depth", {**metric, **waiting})


def _api_alarms(names: Names) -> Iterator[Resource]:
    stage = {"ApiName": names.api, "Stage": names.config.api_gateway_stage_name}
    metric = _metric("AWS/ApiGateway", stage)
    yield _alarm(names, "api-server-errors", {**metric, **_any("5XXError")})
    yield _alarm(names, "api-latency", {**metric, **_slow(names, "Latency")})


def _metric(namespace: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    return {"Namespace": namespace, "Dimensions": dict(sorted(dimensions.items()))}


def _any(metric: str, *, statistic: str = "Sum") -> dict[str, Any]:
    """Return an alarm on the first occurrence within a period."""
    return {"MetricName": metric, "Statistic": statistic, "Threshold": 0.0}


def _slow(names: Names, metric: str) -> dict[str, Any]:
    """Return an alarm on the 95th percentile, however few samples there are."""
    return {
        "EvaluateLowSampleCountPercentile": "evaluate",
        "ExtendedStatistic": _P95,
        "MetricName": metric,
        "Threshold": float(names.config.alarm_p95_ms),
    }


def _alarm(names: Names, kind: str, properties: Mapping[str, Any]) -> Resource:
    actions = [names.topic_arn] if names.config.enable_alarm_topic else []
    return named(
        "AWS::CloudWatch::Alarm",
        f"{kind}-alarm",
        names.name(kind),
        {
            "ActionsEnabled": True,
            "AlarmActions": actions,
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "OKActions": actions,
            "Period": _PERIOD_S,
            "Tags": names.tags,
            "TreatMissingData": "notBreaching",  # no traffic is not an error
            **properties,
        },
        depends_on=("alarm-topic",) if actions else (),
    )
