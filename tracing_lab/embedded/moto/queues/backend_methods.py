"""Sending, receiving and deleting of messages, in place of moto's methods of the same names.

moto counts all messages of a queue for each message that is sent or received, does not delete
messages that are too old, and forgets the order of a FIFO group that becomes visible again. Its
responses, and the checks of their parameters, stay moto's. What is special in FIFO queues is in
`fifo`. Queues have the time of the call that made them, in whole seconds.

Sources:

- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
  (``MessageRetentionPeriod``, ``RedrivePolicy``)
"""

import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid
from moto.sqs.models import Message, _filter_message_attributes

from tracing_lab.embedded.moto.replaying.call_clock import CLOCK

from . import fifo

_MAX_DELAY_S = 900
_INVALID_HANDLE = "ReceiptHandleIsInvalid"


def replace_methods(backend: Any) -> None:
    """Make one of moto's backends use the functions of this module."""
    if "receive_message" in vars(backend):
        return
    backend.create_queue = partial(_create_queue, backend, type(backend).create_queue)
    backend.set_queue_attributes = partial(
        _set_attributes, backend, type(backend).set_queue_attributes
    )
    backend.send_message = partial(_send, backend)
    backend.receive_message = partial(receive, backend)
    backend.delete_message = partial(_delete, backend)
    backend.delete_message_batch = partial(delete_batch, backend)


def receive(
    backend: Any,
    queue_name: str,
    count: int,
    _wait_s: int,
    visibility_s: int,
    attribute_names: Sequence[str] | None = None,
) -> list[Any]:
    """Receive messages: copies of those that are visible now, oldest first.

    Messages that have been received too often go to the dead-letter queue, and old ones are
    deleted. A FIFO group whose messages are being processed has to wait.

    Parameters
    ----------
    backend
        moto's backend.
    queue_name
        The queue.
    count
        How many messages, at most.
    visibility_s
        How long they are hidden.
    attribute_names
        Message attributes that the copies have.
    """
    queue = backend.get_queue(queue_name)
    now_ms = time.time() * 1000
    _drop_old(queue, now_ms)
    busy = _busy_groups(queue, now_ms)
    received: list[Any] = []
    for message in list(queue._messages):  # noqa: SLF001 - as in QueueStore
        if len(received) >= count:
            break
        if not is_available(message, now_ms) or (queue.fifo_queue and message.group_id in busy):
            continue
        if _is_dead(queue, message):
            queue._messages.remove(message)  # noqa: SLF001 - see above
            queue.dead_letter_queue.add_message(message)
            continue
        _mark_received(message, now_ms, visibility_s)
        queue.pending_messages.add(message)
        received.append(_copy(message, attribute_names or []))
    return received


def delete_batch(
    backend: Any, queue_name: str, receipts: Sequence[Mapping[str, str]]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Delete messages by any of their receipt handles, in one pass over the queue.

    Returns
    -------
    ids, errors
        Ids of entries that succeeded, and the others' errors. A handle of a message that is gone
        succeeds.
    """
    queue = backend.get_queue(queue_name)
    wanted = {receipt["ReceiptHandle"] for receipt in receipts}
    gone = [
        message
        for message in queue._messages  # noqa: SLF001 - see above
        if not wanted.isdisjoint(message.all_receipt_handles)
    ]
    for message in gone:
        queue.pending_messages.discard(message)
        queue.deleted_messages.update(message.all_receipt_handles)
        fifo.note_deleted(queue, message)
    if gone:
        marks = set(map(id, gone))
        queue._messages = [message for message in queue._messages if id(message) not in marks]  # noqa: SLF001 - see above
    known = {
        receipt["Id"]: receipt["ReceiptHandle"] in queue.deleted_messages for receipt in receipts
    }
    errors = [_invalid_handle(receipt) for receipt in receipts if not known[receipt["Id"]]]
    return [name for name, is_known in known.items() if is_known], errors


def _invalid_handle(receipt: Mapping[str, str]) -> dict[str, Any]:
    message = (
        f'The input receipt handle "{receipt["ReceiptHandle"]}" is not a valid receipt handle.'
    )
    error = {"Code": _INVALID_HANDLE, "Message": message}
    return {"Id": receipt["Id"], "SenderFault": True, **error}


def _send(  # noqa: PLR0913, PLR0917 - moto's signature
    backend: Any,
    queue_name: str,
    message_body: str,
    message_attributes: dict[str, Any] | None = None,
    delay_seconds: int | None = None,
    deduplication_id: str | None = None,
    group_id: str | None = None,
    system_attributes: dict[str, Any] | None = None,
    validate_group_id: bool = True,  # noqa: FBT001, FBT002 - moto's signature
) -> Any:
    queue = backend.get_queue(queue_name)
    delay_s = int(queue.delay_seconds if delay_seconds is None else delay_seconds)
    own_s = int(delay_seconds or 0) if queue.fifo_queue else delay_s
    backend._validate_message(  # noqa: SLF001 - moto's own checks
        queue, message_body, own_s, deduplication_id, group_id, validate_group_id
    )
    if delay_s > _MAX_DELAY_S:
        reason = f"DelaySeconds must be >= 0 and <= {_MAX_DELAY_S}."
        msg = f"Value {delay_s} for parameter DelaySeconds is invalid. Reason: {reason}"
        raise InvalidParameterValue(msg)
    message = Message(str(uuid.uuid4()), message_body, system_attributes)
    message.message_attributes = message_attributes or {}
    message.group_id = group_id
    message.mark_sent(delay_seconds=delay_s)
    if not queue.fifo_queue:
        queue.add_message(message)
        return message
    return _send_in_order(
        queue, message, fifo.deduplication_id(queue, deduplication_id, message_body)
    )


def _send_in_order(queue: Any, message: Any, deduplication_id: str | None) -> Any:
    """Add a message to a FIFO queue; return it, or a copy of the one that it repeats."""
    earlier = fifo.duplicate_of(queue, deduplication_id, message.group_id)
    if earlier is not None:
        copy = Message(earlier.id, earlier.body)
        vars(copy).update(vars(earlier))
        return copy
    message.deduplication_id = deduplication_id
    message.sequence_number = fifo.next_number(queue)
    queue._messages.append(message)  # noqa: SLF001 - moto looks for duplicates in its own way
    return message


def _create_queue(
    backend: Any, create: Any, name: str, tags: dict[str, str] | None = None, **settings: Any
) -> Any:
    is_new = name not in backend.queues
    queue = create(backend, name, tags, **settings)
    if is_new:
        queue.created_timestamp = queue.last_modified_timestamp = int(CLOCK.time_s())
    return queue


def _set_attributes(
    backend: Any, set_attributes: Any, queue_name: str, attributes: dict[str, Any]
) -> Any:
    queue = set_attributes(backend, queue_name, attributes)
    queue.last_modified_timestamp = int(CLOCK.time_s())
    return queue


def _delete(backend: Any, queue_name: str, receipt_handle: str) -> None:
    _, errors = delete_batch(backend, queue_name, [{"Id": "1", "ReceiptHandle": receipt_handle}])
    if errors:
        raise ReceiptHandleIsInvalid


def _drop_old(queue: Any, now_ms: float) -> None:
    oldest_ms = now_ms - 1000 * int(queue.message_retention_period)
    if any(message.sent_timestamp <= oldest_ms for message in queue._messages):  # noqa: SLF001 - see above
        old = [message for message in queue._messages if message.sent_timestamp <= oldest_ms]  # noqa: SLF001 - see above
        queue.pending_messages.difference_update(old)
        queue._messages = [  # noqa: SLF001 - see above
            message
            for message in queue._messages  # noqa: SLF001 - see above
            if message.sent_timestamp > oldest_ms
        ]


def _busy_groups(queue: Any, now_ms: float) -> set[str]:
    """Return the groups of a FIFO queue whose messages are being processed."""
    visible = [message for message in queue.pending_messages if now_ms > message.visible_at]
    queue.pending_messages.difference_update(visible)
    return {message.group_id for message in queue.pending_messages if message.group_id}


def is_available(message: Any, now_ms: float) -> bool:
    """Return whether a message is neither hidden nor delayed at a time in epoch milliseconds."""
    return bool(now_ms > message.visible_at and now_ms >= message.delayed_until)


def _is_dead(queue: Any, message: Any) -> bool:
    if queue.dead_letter_queue is None or not queue.redrive_policy:
        return False
    most = int(queue.redrive_policy["maxReceiveCount"])
    return bool(message.approximate_receive_count >= most)


def _mark_received(message: Any, now_ms: float, visibility_s: int) -> None:
    message.approximate_first_receive_timestamp = (
        message.approximate_first_receive_timestamp or int(now_ms)
    )
    message.approximate_receive_count += 1
    if visibility_s:
        message.visible_at = now_ms + 1000 * int(visibility_s)
    message._old_receipt_handles.append(message.receipt_handle)  # noqa: SLF001 - see above
    message.receipt_handle = secrets.token_urlsafe(138)


def _copy(message: Any, attribute_names: Sequence[str]) -> Any:
    copy = Message(message.id, message.body)
    vars(copy).update(vars(message))
    copy.message_attributes = deepcopy(message.message_attributes)
    _filter_message_attributes(copy, list(attribute_names))
    return copy
