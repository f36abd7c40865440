"""The operations that targets stand for.

A templated target, such as the ARN of a function, stands for one common operation of its service;
a universal one, ``arn:aws:scheduler:::aws-sdk:sqs:sendMessage``, names any. The members in its
input begin with a capital letter, whatever the service's API does: ``LogGroupName``.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.arns import Arn, as_arn
from tracing_lab.embedded.protocol.service_models import operation_model

from .model import ScheduleTarget, TargetError, TargetOperation

UNIVERSAL: Mapping[str, str] = {
    "cloudwatch": "cloudwatch",
    "cloudwatchlogs": "logs",
    "dynamodb": "dynamodb",
    "eventbridge": "events",
    "lambda": "lambda",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
}
"""The services of universal targets that are simulated, by their names there and botocore's."""

_UNIVERSAL = re.compile(r"arn:[^:]+:scheduler:::aws-sdk:(?P<service>[^:]+):(?P<action>[^:]+)")
_READS = re.compile(
    "(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|"
    "batchget|batchdescribe|batchread|transactget|filter|head)"
)
"""How the names of operations begin that only read, which schedules may not call."""


def operation_of(target: ScheduleTarget, payload: str) -> TargetOperation:
    """Return the operation that a target stands for, with a payload.

    Raises
    ------
    TargetError
        The payload does not fit the target.

    Examples
    --------
    >>> target = ScheduleTarget("arn:aws:sns:eu-west-1:123456789012:t", "arn:role")
    >>> operation = operation_of(target, "hello")
    >>> operation.service, operation.name, operation.region, operation.members
    ('sns', 'Publish', 'eu-west-1', {'TopicArn': 'arn:aws:sns:eu-west-1:123456789012:t', \
'Message': 'hello'})
    """
    match = _UNIVERSAL.fullmatch(target.arn)
    if match:
        service, name = UNIVERSAL[match["service"]], _capitalized(match["action"])
        members = _request(payload, operation_model(service, name).input_shape)
        return TargetOperation(service, name, members)
    arn = as_arn(target.arn) or Arn("", "", "", "")
    make = _TEMPLATES[arn.service]
    return make(arn, target, payload)


def send_message(queue_arn: str, body: str, **more: Any) -> TargetOperation:
    """Return the operation that sends a message to a queue, by its ARN."""
    arn = as_arn(queue_arn) or Arn("sqs", "", "", queue_arn)
    url = f"https://sqs.{arn.region}.amazonaws.com/{arn.account_id}/{arn.resource}"
    members = {"QueueUrl": url, "MessageBody": body, **more}
    return TargetOperation("sqs", "SendMessage", members, arn.region)


def target_problem(target: ScheduleTarget) -> str | None:
    """Return why Scheduler rejects a target, in its own words where they are known; None if not.

    Examples
    --------
    >>> print(target_problem(ScheduleTarget("arn:aws:scheduler:::aws-sdk:sqs:listQueues", "r", "")))
    listQueues API is not supported
    """
    match = _UNIVERSAL.fullmatch(target.arn)
    if match:
        return _universal_problem(target, match["service"], match["action"])
    arn = as_arn(target.arn)
    if arn is None:
        return "Provided Arn is not in correct format."
    if arn.service not in _TEMPLATES:
        return f"{arn.service} is not a supported service for a target."
    if arn.service == "events" and target.detail_type is None:
        return "EventBridgeParameters must be specified for a target of EventBridge."
    if arn.service == "sqs" and arn.resource.endswith(".fifo") and not target.message_group_id:
        return "SqsParameters must be specified for a FIFO queue."
    return None


def _universal_problem(target: ScheduleTarget, service: str, action: str) -> str | None:
    if service not in UNIVERSAL:
        return f"{service} is not a supported service for a target."
    if target.input is None:
        return "You must provide an input to set this target for your schedule"
    if _READS.match(action.lower()) or not _exists(UNIVERSAL[service], action):
        return f"{action} API is not supported"
    shape = operation_model(UNIVERSAL[service], _capitalized(action)).input_shape
    try:
        members = _request(target.input, shape)
    except TargetError as error:
        return str(error)
    required = () if shape is None else shape.required_members
    missing = [_capitalized(member) for member in required if member not in members]
    if not missing:
        return None
    return (
        "Invalid RequestJson provided. Reason Request payload is missing the following "
        f"field(s): {', '.join(missing)}."
    )


def _exists(service: str, action: str) -> bool:
    try:
        operation_model(service, _capitalized(action))
    except KeyError:
        return False
    return True


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]


def _request(payload: str, shape: Any) -> Mapping[str, Any]:
    """Return the members of a request by botocore's names; others are left out."""
    try:
        members = json.loads(payload)
    except ValueError as error:
        raise _invalid_request(str(error)) from error
    if not isinstance(members, dict):
        reason = "It is not a JSON object."
        raise _invalid_request(reason)
    named: Mapping[str, Any] = {} if shape is None else _with_names_of(shape, members)
    return named


def _with_names_of(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {_capitalized(name): name for name in shape.members}
        return {
            names[key]: _with_names_of(shape.members[names[key]], item)
            for key, item in value.items()
            if key in names
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_with_names_of(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _with_names_of(shape.value, item) for key, item in value.items()}
    return value


def _invalid_request(reason: str) -> TargetError:
    message = f"Invalid RequestJson provided. Reason {reason}"
    return TargetError("ValidationException", message, is_permanent=True)


def _invoke(arn: Arn, _target: ScheduleTarget, payload: str) -> TargetOperation:
    members = {
        "FunctionName": str(arn),
        "InvocationType": "Event",
        "Payload": payload.encode(),
    }
    return TargetOperation("lambda", "Invoke", members, arn.region)


def _send(arn: Arn, target: ScheduleTarget, payload: str) -> TargetOperation:
    group = {"MessageGroupId": target.message_group_id} if target.message_group_id else {}
    return send_message(str(arn), payload, **group)


def _publish(arn: Arn, _target: ScheduleTarget, payload: str) -> TargetOperation:
    return TargetOperation("sns", "Publish", {"TopicArn": str(arn), "Message": payload}, arn.region)


def _put_event(arn: Arn, target: ScheduleTarget, payload: str) -> TargetOperation:
    entry = {
        "EventBusName": str(arn),
        "Source": target.source or "",
        "DetailType": target.detail_type or "",
        "Detail": payload,
    }
    return TargetOperation("events", "PutEvents", {"Entries": [entry]}, arn.region)


_TEMPLATES: Mapping[str, Callable[[Arn, ScheduleTarget, str], TargetOperation]] = {
    "events": _put_event,
    "lambda": _invoke,
    "sns": _publish,
    "sqs": _send,
}
