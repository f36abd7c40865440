"""The messages of SQS queues on disk, so that they outlive the server.

moto keeps them in memory. The changes of a call are found by comparing its queue with what was
written before: messages that are new, deleted, received or hidden. That is one pass over the queue,
as every ReceiveMessage of moto's is, too.
"""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from moto.sqs.models import Message

from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.storage.older_state import forget, rows_of

_OLDER_MESSAGES = "SELECT queue, id, state FROM messages ORDER BY number"
_BYTES = "$bytes"
_Mark = tuple[int, float]
_Changed = dict[str, Any]


class QueueStore:
    """Messages by queue, in a file that survives a killed process.

    One thread at a time may use it; the control plane's lock sees to that.
    """

    def __init__(self, path: Path, *, write: Write = os.write) -> None:
        self._messages = DurableMap[str](path, write=write)
        older = path.with_suffix(".sqlite")
        rows = rows_of(older, _OLDER_MESSAGES)
        if rows and not self._messages:
            self._messages.change(*((_key(arn, row), state) for arn, row, state in rows))
        forget(older)
        self._written = self._unknown_marks()

    def add(self, queue: Any, message: Any) -> None:
        """Write one message that was just added to one of moto's queues.

        Raises
        ------
        OSError
            If it could not be written; it is removed from the queue.
        """
        if queue._messages[-1:] != [message]:  # noqa: SLF001 - a duplicate, which moto dropped
            return
        self._write([(queue, {message.id: message})])

    def sync(self, *queues: Any) -> None:
        """Write what has changed in some of moto's queues, all or nothing.

        Raises
        ------
        OSError
            If it could not be written; new messages are removed from their queues.
        """
        self._write([(queue, self._changed_in(queue)) for queue in queues])

    def forget(self, queue_arn: str) -> None:
        """Delete the messages of a deleted queue; OSError if that cannot be written."""
        gone = [_key(queue_arn, mark) for mark in self._written.get(queue_arn, ())]
        if gone:
            self._messages.change(*((key, None) for key in gone))
        self._written.pop(queue_arn, None)

    def restore(self, queue: Any) -> int:
        """Add the stored messages to one of moto's queues; return how many there were."""
        arn = queue.queue_arn
        states = [self._messages.get(_key(arn, mark)) for mark in self._marks(queue)]
        messages = [_message(state) for state in states]
        queue._messages.extend(messages)  # noqa: SLF001 - moto has no other way without sending
        queue.pending_messages.update(message for message in messages if not message.visible)
        self._marks(queue).update((message.id, _mark(message)) for message in messages)
        return len(messages)

    def arns(self) -> list[str]:
        """Return the ARNs of the queues with stored messages."""
        return [arn for arn, marks in self._written.items() if marks]

    def clear(self) -> None:
        """Forget everything."""
        self._written = {}
        self._messages.clear()

    def close(self) -> None:
        """Close the file."""
        self._messages.close()

    def _write(self, changed: Sequence[tuple[Any, _Changed]]) -> None:
        changes = [change for queue, found in changed for change in _changes(queue, found)]
        if not changes:
            return
        try:
            self._messages.change(*changes)
        except OSError:
            for queue, found in changed:
                self._withdraw(queue, found)
            raise
        for queue, found in changed:
            self._note(queue, found)

    def _changed_in(self, queue: Any) -> _Changed:
        """Return the changed messages by id, None for deleted ones."""
        marks = self._marks(queue)
        present = {message.id: message for message in queue._messages}  # noqa: SLF001 - with hidden ones
        gone: _Changed = dict.fromkeys(marks.keys() - present.keys())
        return gone | {
            key: message for key, message in present.items() if marks.get(key) != _mark(message)
        }

    def _note(self, queue: Any, changed: _Changed) -> None:
        marks = self._marks(queue)
        for message_id, message in changed.items():
            if message is None:
                del marks[message_id]
            else:
                marks[message_id] = _mark(message)

    def _withdraw(self, queue: Any, changed: _Changed) -> None:
        """Remove new messages from their queue: they will not be acknowledged."""
        new = changed.keys() - self._marks(queue).keys()
        kept = [message for message in queue._messages if message.id not in new]  # noqa: SLF001 - see above
        queue._messages[:] = kept  # noqa: SLF001 - see above

    def _marks(self, queue: Any) -> dict[str, _Mark]:
        return self._written.setdefault(queue.queue_arn, {})

    def _unknown_marks(self) -> dict[str, dict[str, _Mark]]:
        marks: dict[str, dict[str, _Mark]] = {}
        for key in self._messages:
            arn, _, message_id = key.partition(" ")
            marks.setdefault(arn, {})[message_id] = (0, 0.0)
        return marks


def _key(queue_arn: str, message_id: str) -> str:
    return f"{queue_arn} {message_id}"


def _changes(queue: Any, changed: _Changed) -> Iterator[tuple[str, Any]]:
    for message_id, message in changed.items():
        state = None if message is None else json.dumps(vars(message), default=_encoded)
        yield _key(queue.queue_arn, message_id), state


def _mark(message: Any) -> _Mark:
    """Return what changes when a message is received, hidden or shown again."""
    return message.approximate_receive_count, message.visible_at


def _message(state: str) -> Any:
    content = json.loads(state, object_hook=_decoded)
    message = Message(content["id"], content["body"])
    vars(message).update(content)
    return message


def _encoded(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    msg = f"a message has a part of type {type(value).__name__}, which cannot be written"
    raise TypeError(msg)


def _decoded(content: dict[str, Any]) -> Any:
    return base64.b64decode(content[_BYTES]) if set(content) == {_BYTES} else content
