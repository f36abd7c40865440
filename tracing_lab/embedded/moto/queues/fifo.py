"""Order and duplicates in FIFO queues.

moto numbers messages at random, and only those with an explicit deduplication id; a duplicate of a
message in the queue gets an id of its own, and of a deleted one is sent again.

- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  (``SequenceNumber``: 128 bits, increasing, with gaps)
"""

import hashlib
import time
from typing import Any

_DEDUPLICATION_S = 300
_FIRST_NUMBER = 10**19  # so that all have 20 digits

_Key = tuple[str | None, str]


def deduplication_id(queue: Any, given: str | None, body: str) -> str | None:
    """Return the deduplication id of a message: the given one, or that of its content."""
    by_content = str(queue.content_based_deduplication).lower() == "true"
    return given or (hashlib.sha256(body.encode()).hexdigest() if by_content else None)


def duplicate_of(queue: Any, message_id: str | None, group_id: str | None) -> Any:
    """Return the message of the last five minutes that a new one repeats; None if there is none.

    Parameters
    ----------
    queue
        moto's queue.
    message_id
        The deduplication id of the new message.
    group_id
        Its group.
    """
    if message_id is None:
        return None
    key, oldest_ms = _key(queue, message_id, group_id), _oldest_ms()
    same = (
        message
        for message in queue._messages  # noqa: SLF001 - as in QueueStore
        if message.deduplication_id == message_id
        and message.sent_timestamp >= oldest_ms
        and _key(queue, message_id, message.group_id) == key
    )
    return next(same, None) or _deleted(queue).get(key)


def note_deleted(queue: Any, message: Any) -> None:
    """Remember a message that is deleted, for its duplicates."""
    if queue.fifo_queue and message.deduplication_id:
        _deleted(queue)[_key(queue, message.deduplication_id, message.group_id)] = message


def next_number(queue: Any) -> str:
    """Return the sequence number of the next message.

    It is made of the time, so that numbers go on increasing after a restart.
    """
    number = max(vars(queue).get("last_number", 0) + 1, _FIRST_NUMBER + time.time_ns())
    queue.last_number = number
    return str(number)


def _deleted(queue: Any) -> dict[_Key, Any]:
    sent: dict[_Key, Any] = vars(queue).setdefault("sent_before", {})
    oldest_ms = _oldest_ms()
    for key in [key for key, message in sent.items() if message.sent_timestamp < oldest_ms]:
        del sent[key]
    return sent


def _key(queue: Any, message_id: str, group_id: str | None) -> _Key:
    by_group = queue.deduplication_scope == "messageGroup"
    return group_id if by_group else None, message_id


def _oldest_ms() -> float:
    return (time.time() - _DEDUPLICATION_S) * 1000
