"""Sending to moto's SQS queues without going through HTTP."""

import json
import uuid
from typing import Any

from moto.sqs.models import Message

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.iam.resource_policy import service_may
from tracing_lab.embedded.model import QueueMessage
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.operations import operation_name

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
    """Put a message into its queue.

    Returns
    -------
    queue, message
        As moto keeps them.

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
        return queue, _send_in_order(backend("sqs", region), name, message)
    return queue, _send(queue, message)


def queue_of(arn: str) -> Any:
    """Give moto's queue of an ARN; None when there is no such queue."""
    _, _, _, region, _, name = arn.split(":")
    return backend("sqs", region).queues.get(name)


def changed_queues(request: HttpRequest, region: str) -> tuple[Any, ...]:
    """Give moto's queues whose messages a call that was answered may have changed.

    Parameters
    ----------
    request
        The call.
    region
        The region of the call.
    """
    if operation_name(request) not in _CHANGING:
        return ()
    queues = backend("sqs", region).queues
    url = read_call("sqs", request).members.get("QueueUrl")
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
        msg = f"{message.queue_arn} refused the message: {error}"
        raise ValueError(msg) from error


def _send(queue: Any, message: QueueMessage) -> Any:
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
    return made


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
