"""Sending to moto's SQS queues without going through HTTP."""

import json
import uuid
from typing import Any

from moto.sqs.models import Message

from tracing_lab.embedded.model import QueueMessage

from .moto_app import backend
from .moto_errors import MOTO_ERRORS
from .resource_policy import service_may

_ACTION = "sqs:SendMessage"


def send_to_queue(message: QueueMessage) -> None:
    """Put a message into its queue.

    Raises
    ------
    KeyError
        There is no such queue.
    PermissionError
        The queue's policy does not let the sending service in.
    ValueError
        SQS refuses the message.
    """
    _, _, service, region, _, name, *_ = [*message.queue_arn.split(":"), *[""] * 6]
    if service != "sqs":
        msg = f"{message.queue_arn} is not the ARN of an SQS queue"
        raise ValueError(msg)
    queue = backend("sqs", region).queues[name]
    _check_policy(queue.policy, message)
    if queue.fifo_queue:
        _send_in_order(backend("sqs", region), name, message)
    else:
        _send(queue, message)


def _send_in_order(sqs: Any, name: str, message: QueueMessage) -> None:
    try:
        sqs.send_message(
            name,
            message.body,
            message_attributes=_attributes(message),
            group_id=message.group_id,
            system_attributes=_system_attributes(message),
        )
    except MOTO_ERRORS as error:
        msg = f"{message.queue_arn} refused the message: {error}"
        raise ValueError(msg) from error


def _send(queue: Any, message: QueueMessage) -> None:
    """Add a message without moto's own ``send_message``, which counts the whole queue each time."""
    if len(message.body.encode()) > int(queue.maximum_message_size):
        msg = (
            f"{message.queue_arn} refused the message: it is longer than "
            f"{queue.maximum_message_size} bytes"
        )
        raise ValueError(msg)
    made = Message(str(uuid.uuid4()), message.body, _system_attributes(message))
    made.message_attributes = _attributes(message)
    made.mark_sent(delay_seconds=int(queue.delay_seconds))
    queue.add_message(made)


def _check_policy(policy: str | None, message: QueueMessage) -> None:
    """Refuse a service that the queue's policy does not name; roles are not checked here."""
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
