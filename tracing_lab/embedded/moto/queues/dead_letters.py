"""What moto lacks of dead-letter queues.

It does not keep from which queue a message came, ignores ``RedriveAllowPolicy``, and drops a
queue's policy when other attributes are set.

Sources:

- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
  (``RedriveAllowPolicy``)
- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
  (``DeadLetterQueueSourceArn``)
"""

import json
from collections.abc import Mapping
from typing import Any

from tracing_lab.arns import Arn, service_in
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError
from tracing_lab.embedded.queues.errors import invalid_value

from .sending import changed_queues, queue_of

_SOURCE_ATTRIBUTE = "DeadLetterQueueSourceArn"
_KEPT_AS = "dead_letter_source_arn"
_REDRIVE_POLICY = "RedrivePolicy"
_ALLOW_POLICY = "RedriveAllowPolicy"
_PERMISSIONS = ("allowAll", "denyAll", "byQueue")
_MAX_SOURCES = 10


def source_arn_of(message: Any) -> str | None:
    """Return the ARN of the queue that a dead letter came from; None if it was sent here."""
    arn: str | None = getattr(message, _KEPT_AS, None)
    return arn


def receive(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to ReceiveMessage, and store which queue dead letters came from."""
    queues = changed_queues(call)
    candidates = [
        (queue, [message for message in queue._messages if message.approximate_receive_count])  # noqa: SLF001 - as in QueueStore
        for queue in queues
        if queue.dead_letter_queue is not None
    ]
    response = call_next(call)
    for queue, messages in candidates:
        left = set(map(id, queue._messages))  # noqa: SLF001 - see above
        for message in messages:
            if id(message) not in left:  # moved to the dead-letter queue
                setattr(message, _KEPT_AS, queue.queue_arn)
    return _with_sources(response, call.members, queues)


def _with_sources(
    response: HttpResponse, members: Mapping[str, Any], queues: tuple[Any, ...]
) -> HttpResponse:
    """Add the source to received dead letters, if the call requests it."""
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
    content = content_of(response)
    for message in content.get("Messages") or ():
        if message["MessageId"] in sources:
            attributes = message.setdefault("Attributes", {})
            attributes[_SOURCE_ATTRIBUTE] = sources[message["MessageId"]]
    return with_content(response, content)


def create_queue(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateQueue; reject a redrive policy that is malformed or not allowed."""
    arn = Arn("sqs", call.region, ACCOUNT_ID, str(call.members.get("QueueName")))
    _check_attributes(call.members.get("Attributes") or {}, str(arn))
    return call_next(call)


def set_attributes(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to SetQueueAttributes likewise, and keep the queue's policy."""
    queue = _named_queue(call)
    if queue is None:
        return call_next(call)
    attributes = call.members.get("Attributes") or {}
    _check_attributes(attributes, queue.queue_arn)
    policy = queue.policy
    response = call_next(call)
    if "Policy" not in attributes:
        queue.policy = policy
    return response


def get_attributes(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to GetQueueAttributes, ``RedriveAllowPolicy`` included."""
    names = call.members.get("AttributeNames") or []
    queue = _named_queue(call)
    if queue is None or not {"All", _ALLOW_POLICY} & set(names):
        return call_next(call)
    known = [name for name in names if name != _ALLOW_POLICY]
    response = call_next(call.with_members({**call.members, "AttributeNames": known}))
    policy = getattr(queue, "redrive_allow_policy", None)
    if policy is None or not succeeded(response):
        return response
    content = content_of(response)
    content.setdefault("Attributes", {})[_ALLOW_POLICY] = policy
    return with_content(response, content)


def _named_queue(call: ApiCall) -> Any:
    name = str(call.members.get("QueueUrl")).rpartition("/")[2]
    return backend("sqs", call.region).queues.get(name)


def _check_attributes(attributes: Mapping[str, Any], queue_arn: str) -> None:
    if attributes.get(_ALLOW_POLICY):
        _check_allow_policy(attributes[_ALLOW_POLICY])
    text = attributes.get(_REDRIVE_POLICY)
    target_arn = str(_json_object(text).get("deadLetterTargetArn", "")) if text else ""
    target = queue_of(target_arn) if service_in(target_arn) == "sqs" else None
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


def _invalid(parameter: str, value: Any, reason: str) -> ApiError:
    return invalid_value(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}.")
