"""Moving messages out of dead-letter queues: StartMessageMoveTask and its siblings.

Sources:

- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
  (``CouldNotDetermineMessageSource``: a message that no queue's redrive policy has moved here)

As there, the source has to be the dead-letter queue of another queue, and a message that was moved
is a new one with a new id. A task moves as many messages as could be received when it started, so
that those which fail again and come back are not moved in circles; messages in flight stay.

Each batch is one change of the queues' file: a message is always in one of the two queues. Tasks
that were running continue after a restart.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import Any

from tracing_lab.arns import as_arn
from tracing_lab.embedded.http.messages import json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import Override
from tracing_lab.embedded.protocol.errors import ApiError
from tracing_lab.embedded.queues.errors import invalid_value, missing_resource, out_of_range
from tracing_lab.embedded.storage.durable_map import DurableMap

from .redrive import (
    CANCELLED,
    COMPLETED,
    FAILED,
    RUNNING,
    MoveError,
    MoveTask,
    due_messages,
    move_messages,
)
from .sending import queue_of

_LOGGER = logging.getLogger(__name__)
_MAX_RATE = 500
_MAX_LISTED = 10
_BATCH = 100
_PAUSE_S = 0.001  # between batches, for calls that wait for the lock
_RETRY_S = 1.0  # after a batch that could not be written

Members = Mapping[str, Any]


class MessageMoves:
    """The tasks of all regions; each runs in a thread of its own.

    Parameters
    ----------
    tasks
        Keeps them.
    lock
        Held while queues are read or changed.
    sync
        Writes what has changed in some queues, all or nothing; raises OSError.
    """

    def __init__(
        self,
        tasks: DurableMap[str],
        *,
        lock: AbstractContextManager[Any],
        sync: Callable[..., None],
    ) -> None:
        self._tasks = tasks
        self._lock = lock
        self._sync = sync
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def overrides(self) -> Mapping[tuple[str, str], Override]:
        """Return the overrides for calls about tasks, by service and operation.

        They raise OSError if a change could not be written.
        """
        return {
            ("sqs", "StartMessageMoveTask"): self._responding(self.start),
            ("sqs", "ListMessageMoveTasks"): self._responding(self.list_tasks),
            ("sqs", "CancelMessageMoveTask"): self._responding(self.cancel),
        }

    @staticmethod
    def _responding(operation: Callable[[Members, str], dict[str, Any]]) -> Override:
        return lambda call, _call_next: json_response(200, operation(call.members, call.region))

    def start(self, members: Members, region: str) -> dict[str, Any]:
        """Start a task and return its handle.

        Parameters
        ----------
        members
            The request's.
        region
            The region of the call.

        Raises
        ------
        ApiError
            If the request is invalid.
        OSError
            If the task could not be written.
        """
        source = _queue(members["SourceArn"], region, "SourceArn")
        if not _is_dead_letter_queue(source):
            message = "Source queue must be configured as a Dead Letter Queue."
            raise invalid_value(message)
        destination, rate = (
            members.get("DestinationArn"),
            members.get("MaxNumberOfMessagesPerSecond"),
        )
        if destination is not None:
            _check_destination(_queue(destination, region, "DestinationArn"), source)
        if rate is not None and not 1 <= rate <= _MAX_RATE:
            raise out_of_range(rate, "MaxNumberOfMessagesPerSecond", _MAX_RATE)
        if any(task.status == RUNNING for task in self._of(source.queue_arn)):
            message = (
                "There is already a task running. Only one active task is allowed for a source "
                "queue arn at a given time."
            )
            raise invalid_value(message)
        task = MoveTask(
            task_id=str(uuid.uuid4()),
            source=source.queue_arn,
            destination=destination,
            rate=rate,
            to_move=len(source.messages),
            started_ms=time.time_ns() // 1_000_000,
        )
        self._keep(task)
        self._run(task)
        return {"TaskHandle": task.handle}

    def list_tasks(self, members: Members, region: str) -> dict[str, Any]:
        """Return the latest tasks of a source, newest first.

        Raises
        ------
        ApiError
            If there is no such queue, or the limit is too high.
        """
        source = _queue(members["SourceArn"], region, "SourceArn")
        most = members.get("MaxResults", 1)
        if not 1 <= most <= _MAX_LISTED:
            raise out_of_range(most, "MaxResults", _MAX_LISTED)
        newest_first = self._of(source.queue_arn)[::-1]
        return {"Results": [_description(task) for task in newest_first[:most]]}

    def cancel(self, members: Members, _region: str) -> dict[str, Any]:
        """Cancel a task that is running.

        Raises
        ------
        ApiError
            If there is no such task, or it is not running.
        OSError
            If that could not be written.
        """
        task = next((task for task in self._all() if task.handle == members["TaskHandle"]), None)
        if task is None:
            code, message = "ResourceNotFoundException", "Task does not exist."
            raise ApiError(code, message)
        if task.status != RUNNING:
            message = f"Only running tasks can be cancelled; this one is {task.status}."
            code = "AWS.SimpleQueueService.UnsupportedOperation"
            raise ApiError(code, message)
        self._keep(replace(task, status=CANCELLED))
        return {"ApproximateNumberOfMessagesMoved": task.moved}

    def resume(self) -> None:
        """Continue the tasks that were running when an earlier server ended."""
        for task in self._all():
            if task.status == RUNNING:
                self._run(task)

    def clear(self) -> None:
        """Delete all tasks; running ones end."""
        self._tasks.clear()

    def stop(self) -> None:
        """End all threads; not to be called with the lock held."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def close(self) -> None:
        """Close the file."""
        self._tasks.close()

    def _run(self, task: MoveTask) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        name = f"embedded-moves-{task.task_id}"
        thread = threading.Thread(target=self._move, args=(task.task_id, task.rate), name=name)
        thread.daemon = True
        self._threads.append(thread)
        thread.start()

    def _move(self, task_id: str, rate: int | None) -> None:
        began_s, moved = time.monotonic(), 0
        while not self._stopped.is_set():
            due = due_messages(rate, time.monotonic() - began_s) - moved
            try:
                with self._lock:
                    done = self._step(task_id, min(due, _BATCH)) if due > 0 else 0
            except OSError:
                _LOGGER.exception("messages could not be moved; trying again")
                self._stopped.wait(_RETRY_S)
                continue
            if done is None:
                return
            moved += done
            self._stopped.wait(_PAUSE_S if rate is None else 1 / rate)

    def _step(self, task_id: str, most: int) -> int | None:
        """Move some messages of a task; return how many, None if it has ended."""
        task = self._task(task_id)
        if task is None or task.status != RUNNING:
            return None
        try:
            moved = move_messages(task, min(most, task.to_move - task.moved), self._sync)
        except MoveError as error:
            moved = task.moved + error.moved
            self._keep(replace(task, status=FAILED, failure=str(error), moved=moved))
            return None
        ends = not moved or task.moved + moved == task.to_move
        status = COMPLETED if ends else RUNNING
        self._keep(replace(task, moved=task.moved + moved, status=status))
        return None if ends else moved

    def _task(self, task_id: str) -> MoveTask | None:
        found = self._tasks.get(task_id)
        return None if found is None else MoveTask(**found)

    def _all(self) -> list[MoveTask]:
        return [MoveTask(**found) for _, found in self._tasks.items()]

    def _of(self, source: str) -> list[MoveTask]:
        return [task for task in self._all() if task.source == source]

    def _keep(self, task: MoveTask) -> None:
        """Write a task, and delete the oldest of its source that cannot be listed any more."""
        others = [other.task_id for other in self._of(task.source) if other.task_id != task.task_id]
        forgotten = [(task_id, None) for task_id in others[: -(_MAX_LISTED - 1)]]
        self._tasks.change((task.task_id, asdict(task)), *forgotten)


def _queue(arn: Any, region: str, parameter: str) -> Any:
    shape = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
    parsed = as_arn(str(arn))
    if parsed is None or parsed.service != "sqs":
        message = f"You must use this format to specify the {parameter}: {shape}"
        raise invalid_value(message)
    queue = queue_of(arn) if parsed.region == region else None
    if queue is None:
        raise missing_resource(parameter)
    return queue


def _is_dead_letter_queue(queue: Any) -> bool:
    queues = backend("sqs", queue.region).queues.values()
    return any(other.dead_letter_queue is queue for other in queues)


def _check_destination(destination: Any, source: Any) -> None:
    if destination is source:
        message = "Source queue arn and destination queue arn cannot be the same."
        raise invalid_value(message)
    if destination.fifo_queue != source.fifo_queue:
        message = "Source queue and destination queue must be of the same type."
        raise invalid_value(message)


def _description(task: MoveTask) -> dict[str, Any]:
    described = {
        "TaskHandle": task.handle if task.status == RUNNING else None,
        "Status": task.status,
        "SourceArn": task.source,
        "DestinationArn": task.destination,
        "MaxNumberOfMessagesPerSecond": task.rate,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "FailureReason": task.failure,
        "StartedTimestamp": task.started_ms,
    }
    return {name: value for name, value in described.items() if value is not None}
