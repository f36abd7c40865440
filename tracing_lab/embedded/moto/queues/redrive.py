"""Moves messages of moto's queues out of dead-letter queues.

A batch is one change of the queues' file, so that a message is always in one of the two queues. A
message that was moved is a new one with a new id, as documented:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

import base64
import json
import uuid
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import Message

from .dead_letters import source_arn_of
from .sending import queue_of

NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
NO_SOURCE = "CouldNotDetermineMessageSource"
"""Reasons of failure."""

RUNNING, COMPLETED, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLED", "FAILED"


@dataclass(frozen=True)
class MoveTask:
    """A task and its progress.

    Parameters
    ----------
    task_id
        Its id.
    source, destination
        ARNs of the queues; without a destination each message returns to its source.
    rate
        Most messages a second; None for as fast as possible.
    to_move
        How many messages there were when it started.
    started_ms
        When it started, in epoch milliseconds.
    status
        ``RUNNING``, ``COMPLETED``, ``CANCELLED`` or ``FAILED``.
    moved
        How many messages have been moved.
    failure
        Why it failed.
    """

    task_id: str
    source: str
    destination: str | None
    rate: int | None
    to_move: int
    started_ms: int
    status: str = RUNNING
    moved: int = 0
    failure: str | None = None

    @property
    def handle(self) -> str:
        """The task handle of the API."""
        parts = {"taskId": self.task_id, "sourceArn": self.source}
        return base64.b64encode(json.dumps(parts).encode()).decode()


def due_messages(rate: int | None, elapsed_s: float) -> int:
    """Return how many messages may be moved after some time: the first one immediately.

    Examples
    --------
    >>> due_messages(2, 0.0), due_messages(2, 3.2)
    (1, 7)
    """
    return 1 << 62 if rate is None else 1 + int(rate * elapsed_s)


class MoveError(Exception):
    """A task cannot continue.

    Parameters
    ----------
    reason
        The value of ``FailureReason``.
    moved
        How many messages were moved before.
    """

    def __init__(self, reason: str, moved: int = 0) -> None:
        super().__init__(reason)
        self.moved = moved


def move_messages(task: MoveTask, most: int, sync: Callable[..., None]) -> int:
    """Move up to `most` messages of a task and return how many.

    Parameters
    ----------
    task
        The task.
    most
        How many.
    sync
        Writes what has changed in some queues, all or nothing.

    Raises
    ------
    MoveError
        If no more can be moved.
    OSError
        If it could not be written; nothing was moved.
    """
    source = queue_of(task.source)
    if source is None:
        raise MoveError(NO_QUEUE)
    chosen, failure, before = [], None, list(source._messages)  # noqa: SLF001 - as in QueueStore
    for message in source.messages[:most]:
        destination = _destination(task, message)
        if isinstance(destination, str):
            failure = destination
            break
        chosen.append((message, destination))
    gone = {message.id for message, _ in chosen}
    for message, destination in chosen:
        _append(destination, _copy(message))
    source._messages[:] = [message for message in before if message.id not in gone]  # noqa: SLF001 - see above
    try:
        sync(source, *{queue.queue_arn: queue for _, queue in chosen}.values())
    except OSError:
        source._messages[:] = before  # noqa: SLF001 - see above
        raise
    source.pending_messages.difference_update(message for message, _ in chosen)
    if failure is not None:
        raise MoveError(failure, len(chosen))
    return len(chosen)


def _destination(task: MoveTask, message: Any) -> Any:
    """Return the queue that a message goes to, or the reason for failure."""
    arn = task.destination or source_arn_of(message)
    if arn is None:
        return NO_SOURCE
    return queue_of(arn) or NO_QUEUE


def _copy(message: Any) -> Any:
    copy = Message(str(uuid.uuid4()), message.body, deepcopy(message.system_attributes))
    copy.message_attributes = deepcopy(message.message_attributes)
    copy.group_id, copy.deduplication_id = message.group_id, message.deduplication_id
    copy.sequence_number = message.sequence_number
    copy.mark_sent()
    return copy


def _append(queue: Any, message: Any) -> None:
    """Put a message into a queue, which must not drop it as a duplicate."""
    with queue._messages_lock:  # noqa: SLF001 - as in QueueStore
        queue._messages.append(message)  # noqa: SLF001 - see above
        queue._messages_lock.notify_all()  # noqa: SLF001 - see above
