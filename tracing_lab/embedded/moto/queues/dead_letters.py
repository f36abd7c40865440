"""What moto leaves out of dead-letter queues.

It forgets from which queue a message came, does not know ``RedriveAllowPolicy``, and drops a
queue's policy when other attributes are set.

Sources:

- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
  (``RedriveAllowPolicy``)
- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
  (``DeadLetterQueueSourceArn``)
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.operations import operation_name
from tracing_lab.embedded.queues.errors import QueueCallError, invalid_value

from .sending import changed_queues, queue_of

Answer = Callable[[HttpRequest], HttpResponse]

_TARGET = "AmazonSQS."
_SOURCE_ATTRIBUTE = "DeadLetterQueueSourceArn"
_KEPT_AS = "dead_letter_source_arn"
_REDRIVE_POLICY = "RedrivePolicy"
_ALLOW_POLICY = "RedriveAllowPolicy"
_PERMISSIONS = ("allowAll", "denyAll", "byQueue")
_MAX_SOURCES = 10


def concerns_redrive(request: HttpRequest) -> bool:
    """Return whether a call may be about dead letters or attributes of queues."""
    name = operation_name(request)
    is_json = (request.header("X-Amz-Target") or "").startswith(_TARGET)
    return is_json and name in _OPERATIONS


def answer_redrive(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer a call of SQS's JSON protocol.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    try:
        return _OPERATIONS[str(operation_name(request))](answer, request, region)
    except QueueCallError as error:
        return error.response()


def source_arn_of(message: Any) -> str | None:
    """Return the ARN of the queue that a dead letter came from; None if it was sent here.

    Parameters
    ----------
    message
        One of moto's.
    """
    arn: str | None = getattr(message, _KEPT_AS, None)
    return arn


def _receive(answer: Answer, request: HttpRequest, region: str) -> HttpResponse:
    queues = changed_queues(request, region)
    candidates = [
        (queue, [one for one in queue._messages if one.approximate_receive_count])  # noqa: SLF001 - as in QueueStore
        for queue in queues
        if queue.dead_letter_queue is not None
    ]
    response = answer(request)
    for queue, messages in candidates:
        left = set(map(id, queue._messages))  # noqa: SLF001 - see above
        for message in messages:
            if id(message) not in left:  # gone to the dead-letter queue
                setattr(message, _KEPT_AS, queue.queue_arn)
    return _with_sources(response, request, queues)


def _with_sources(
    response: HttpResponse, request: HttpRequest, queues: tuple[Any, ...]
) -> HttpResponse:
    """Add to received dead letters where they came from, if that is asked for."""
    members = read_call("sqs", request).members
    asked = {
        name
        for member in ("AttributeNames", "MessageSystemAttributeNames")
        for name in members.get(member) or ()
    }
    sources = {
        message.id: source_arn_of(message)
        for queue in queues
        for message in queue._messages  # noqa: SLF001 - as in QueueStore
        if source_arn_of(message) is not None
    }
    if not sources or not asked & {"All", _SOURCE_ATTRIBUTE}:
        return response
    content = json.loads(response.body)
    for message in content.get("Messages") or ():
        if message["MessageId"] in sources:
            attributes = message.setdefault("Attributes", {})
            attributes[_SOURCE_ATTRIBUTE] = sources[message["MessageId"]]
    return replace(response, body=json.dumps(content).encode())


def _create(answer: Answer, request: HttpRequest, region: str) -> HttpResponse:
    members = read_call("sqs", request).members
    arn = f"arn:aws:sqs:{region}:{ACCOUNT_ID}:{members.get('QueueName')}"
    _check_attributes(members.get("Attributes") or {}, arn)
    return answer(request)


def _set_attributes(answer: Answer, request: HttpRequest, region: str) -> HttpResponse:
    members = read_call("sqs", request).members
    queue = _named_queue(members, region)
    if queue is None:
        return answer(request)
    attributes = members.get("Attributes") or {}
    _check_attributes(attributes, queue.queue_arn)
    policy = queue.policy
    response = answer(request)
    if "Policy" not in attributes:
        queue.policy = policy
    return response


def _get_attributes(answer: Answer, request: HttpRequest, region: str) -> HttpResponse:
    members = read_call("sqs", request).members
    names = members.get("AttributeNames") or []
    queue = _named_queue(members, region)
    if queue is None or not {"All", _ALLOW_POLICY} & set(names):
        return answer(request)
    known = {**members, "AttributeNames": [name for name in names if name != _ALLOW_POLICY]}
    response = answer(replace(request, body=json.dumps(known).encode()))
    policy = getattr(queue, "redrive_allow_policy", None)
    if policy is None or response.status >= 400:  # noqa: PLR2004 - an HTTP error
        return response
    content = json.loads(response.body or b"{}")
    content.setdefault("Attributes", {})[_ALLOW_POLICY] = policy
    return replace(response, body=json.dumps(content).encode())


def _named_queue(members: Mapping[str, Any], region: str) -> Any:
    name = str(members.get("QueueUrl")).rpartition("/")[2]
    return backend("sqs", region).queues.get(name)


def _check_attributes(attributes: Mapping[str, Any], queue_arn: str) -> None:
    if attributes.get(_ALLOW_POLICY):
        _check_allow_policy(attributes[_ALLOW_POLICY])
    text = attributes.get(_REDRIVE_POLICY)
    target_arn = str(_json_object(text).get("deadLetterTargetArn", "")) if text else ""
    target = queue_of(target_arn) if target_arn.count(":") == queue_arn.count(":") else None
    if target is not None and not _allows(target, queue_arn):
        reason = f"{target_arn} does not allow {queue_arn} to use it"
        raise _invalid(_REDRIVE_POLICY, text, reason)


def _check_allow_policy(text: str) -> None:
    policy = _json_object(text)
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in _PERMISSIONS:
        reason = f"redrivePermission must be one of {', '.join(_PERMISSIONS)}"
    elif permission != "byQueue":
        reason = "" if sources is None else "sourceQueueArns needs the permission byQueue"
    else:
        is_list = isinstance(sources, list) and 1 <= len(sources) <= _MAX_SOURCES
        reason = "" if is_list else f"byQueue needs 1 to {_MAX_SOURCES} sourceQueueArns"
    if reason:
        raise _invalid(_ALLOW_POLICY, text, reason)


def _allows(target: Any, source_arn: str) -> bool:
    policy = _json_object(getattr(target, "redrive_allow_policy", None))
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (
        permission == "byQueue" and source_arn in policy["sourceQueueArns"]
    )


def _json_object(text: Any) -> Mapping[str, Any]:
    try:
        content = json.loads(text or "{}")
    except (TypeError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _invalid(parameter: str, value: Any, reason: str) -> QueueCallError:
    return invalid_value(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}.")


_OPERATIONS: Mapping[str, Callable[[Answer, HttpRequest, str], HttpResponse]] = {
    "CreateQueue": _create,
    "GetQueueAttributes": _get_attributes,
    "ReceiveMessage": _receive,
    "SetQueueAttributes": _set_attributes,
}
