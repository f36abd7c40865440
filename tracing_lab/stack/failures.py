"""Retries and dead-letter queues of failed events.

A service has one dead-letter queue for both kinds of failure: EventBridge could not deliver the
event, or the function failed with it. In either case the message is the event, with the reason in
its attributes, so that one reader can read all of them and send them again.
"""

from typing import Any

from tracing_lab.config import SERVICES, Config

from .describing import named
from .model import Resource
from .names import Names

_RETENTION_S = 14 * 24 * 3600  # the longest that SQS keeps a message
# AWS's defaults (API references of RetryPolicy and PutFunctionEventInvokeConfig).
_EVENT_DEFAULTS = (185, 86400)
_LAMBDA_DEFAULTS = (2, 21600)


def resources(names: Names, *, fed_by_rules: frozenset[str]) -> list[Resource]:
    """Return dead-letter queues and retry settings, those that are enabled.

    Parameters
    ----------
    names
        The stack's names.
    fed_by_rules
        The services whose events come from EventBridge.

    Returns
    -------
    list[Resource]
        A queue and retry settings for each service.
    """
    found = []
    if names.config.enable_dead_letter_queues:
        found += [_queue(names, service, for_rule=service in fed_by_rules) for service in SERVICES]
    if _lambda_retries(names.config) != _LAMBDA_DEFAULTS:
        found += [_event_invoke_config(names, service) for service in SERVICES]
    return found


def target_settings(names: Names, service: str) -> dict[str, Any]:
    """Return the failure settings of a rule's target; none where AWS's defaults apply."""
    config = names.config
    found: dict[str, Any] = {}
    if config.enable_dead_letter_queues:
        found["DeadLetterConfig"] = {"Arn": names.queue_arn(service)}
    if (config.event_max_retries, config.event_max_age_s) != _EVENT_DEFAULTS:
        found["RetryPolicy"] = {
            "MaximumEventAgeInSeconds": config.event_max_age_s,
            "MaximumRetryAttempts": config.event_max_retries,
        }
    return found


def _queue(names: Names, service: str, *, for_rule: bool) -> Resource:
    properties = {
        "MessageRetentionPeriod": _RETENTION_S,
        "Policy": _rule_may_send(names, service) if for_rule else {},
        "Tags": names.tags,
    }
    return named("AWS::SQS::Queue", f"{service}-dead-letters", names.queue(service), properties)


def _rule_may_send(names: Names, service: str) -> dict[str, Any]:
    """Return a policy that allows one EventBridge rule to send; Lambda uses the function's role."""
    statement = {
        "Sid": "DeadLettersOfOwnRule",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": names.queue_arn(service),
        "Condition": {"ArnEquals": {"aws:SourceArn": names.rule_arn(service)}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _lambda_retries(config: Config) -> tuple[int, int]:
    return config.lambda_max_retries, config.lambda_max_event_age_s


def _event_invoke_config(names: Names, service: str) -> Resource:
    retries, age_s = _lambda_retries(names.config)
    properties = {
        "FunctionName": names.function(service),
        "MaximumEventAgeInSeconds": age_s,
        "MaximumRetryAttempts": retries,
        "Qualifier": "$LATEST",
    }
    return Resource(
        type="AWS::Lambda::EventInvokeConfig",
        logical=f"{service}-retries",
        name=names.function(service),
        properties=properties,
        depends_on=(f"{service}-function",),
        create_only=frozenset({"FunctionName", "Qualifier"}),
        part_of=f"{service}-function",
    )
