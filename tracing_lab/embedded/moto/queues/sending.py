"""Sends messages to moto's SQS queues without HTTP."""

import json
import uuid
from typing import Any

from moto.sqs.models import Message

from tracing_lab.arns import as_arn, parse_arn
from tracing_lab.embedded.iam.resource_policy import service_may
from tracing_lab.embedded.model import QueueMessage
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.protocol.api_call import ApiCall

_ACTION = "sqs:SendMessage"
_CHANGING = frozenset(
    {
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "DeleteMessage",
        "DeleteMessageBatch",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
    }
)


def send_to_queue(message: QueueMessage) -> tuple[Any, Any]:
    """Send a message to its queue.

    Returns
    -------
    queue, message
        moto's objects.

    Raises
    ------
    KeyError
        There is no such queue.
    PermissionError
        The queue's policy does not allow the sending service.
    ValueError
        SQS rejects the message.
    """
    arn = as_arn(message.queue_arn)
    if arn is None or arn.service != "sqs":
        msg = f"{message.queue_arn} is not the ARN of an SQS queue"
        raise ValueError(msg)
    sqs = backend("sqs", arn.region)
    queue = sqs.queues[arn.resource]
    _check_policy(queue.policy, message)
    if queue.fifo_queue:
        return queue, _send_in_order(sqs, arn.resource, message)
    return queue, _send(queue, message)


def queue_of(arn: str) -> Any:
    """Return moto's queue by ARN; None if there is no such queue."""
    parsed = parse_arn(arn)
    return backend("sqs", parsed.region).queues.get(parsed.resource)


def changed_queues(call: ApiCall) -> tuple[Any, ...]:
    """Return moto's queues whose messages a completed call may have changed."""
    if call.operation not in _CHANGING:
        return ()
    queues = backend("sqs", call.region).queues
    url = call.members.get("QueueUrl")
    queue = queues.get(str(url).rpartition("/")[2])
    if queue is None:  # the older protocol may name it in the path
        return tuple(queues.values())
    return (queue,) if queue.dead_letter_queue is None else (queue, queue.dead_letter_queue)


def _send_in_order(sqs: Any, name: str, message: QueueMessage) -> Any:
    try:
        return sqs.send_message(
            name,
            message.body,
            message_attributes=_attributes(message),
            group_id=message.group_id,
            system_attributes=_system_attributes(message),
        )
    except MOTO_ERRORS as error:
        msg = f"{message.queue_arn} rejected the message: {error}"
        raise ValueError(msg) from error


def _send(queue: Any, message: QueueMessage) -> Any:
    """Add a message without moto's own ``send_message``, which counts the whole queue each time."""
    if len(message.body.encode()) > int(queue.maximum_message_size):
        msg = (
            f"{message.queue_arn} rejected the message: it is longer than "
            f"{queue.maximum_message_size} bytes"
        )
        raise ValueError(msg)
    made = Message(str(uuid.uuid4()), message.body, _system_attributes(message))
    made.message_attributes = _attributes(message)
    made.mark_sent(delay_seconds=int(queue.delay_seconds))
    queue.add_message(made)
    return made


def _check_policy(policy: str | None, message: QueueMessage) -> None:
    """Raise PermissionError if the queue's policy does not allow the sending service."""
    if message.principal is None:
        return
    if service_may(
        json.loads(policy) if policy else {},
        _ACTION,
        message.queue_arn,
        principal=message.principal,
        source_arn=message.source_arn,
    ):
        return
    msg = (
        f"the policy of {message.queue_arn} does not let {message.principal} send for "
        f"{message.source_arn}; allow {_ACTION}"
    )
    raise PermissionError(msg)


def _attributes(message: QueueMessage) -> dict[str, dict[str, str]]:
    return {name: _attribute(value) for name, value in message.attributes.items()}


def _system_attributes(message: QueueMessage) -> dict[str, dict[str, str]]:
    if message.trace_header is None:
        return {}
    return {"AWSTraceHeader": _attribute(message.trace_header.format())}


def _attribute(value: str | int) -> dict[str, str]:
    kind = "Number" if isinstance(value, int) else "String"
    return {"DataType": kind, "StringValue": str(value)}
