"""The messages of SQS queues on disk, so that they outlive the server.

moto keeps them in memory. What a call has changed is found by comparing its queue with what was
written before: new messages, those that are gone, and those that were received or hidden. That
is one pass over the queue, as every ReceiveMessage of moto's is, too.
"""

import base64
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moto.sqs.models import Message

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (queue, id)
)
"""
_PUT = """
INSERT INTO messages (queue, id, state) VALUES (?, ?, ?)
ON CONFLICT (queue, id) DO UPDATE SET state = excluded.state
"""
_BYTES = "$bytes"
_Mark = tuple[int, float]


class QueueStore:
    """Messages by queue, in an SQLite file whose write-ahead log survives a killed process.

    One thread at a time may use it; the control plane's lock sees to that.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)
        self._written: dict[str, dict[str, _Mark]] = {}

    def add(self, queue: Any, message: Any) -> None:
        """Write one message that was just put into one of moto's queues, and nothing else."""
        if queue._messages[-1:] != [message]:  # noqa: SLF001 - a duplicate, which moto dropped
            return
        self._marks(queue)[message.id] = _mark(message)
        self._database.execute(_PUT, (queue.queue_arn, message.id, _state(message)))

    def sync(self, *queues: Any) -> None:
        """Write what has changed in some of moto's queues, all or nothing."""
        changes = [(queue.queue_arn, one) for queue in queues for one in self._changes_of(queue)]
        if not changes:
            return
        self._database.execute("BEGIN")
        for arn, (message_id, state) in changes:
            if state is None:
                self._database.execute(
                    "DELETE FROM messages WHERE queue = ? AND id = ?", (arn, message_id)
                )
            else:
                self._database.execute(_PUT, (arn, message_id, state))
        self._database.execute("COMMIT")

    def forget(self, queue_arn: str) -> None:
        """Drop the messages of a queue that is gone."""
        self._written.pop(queue_arn, None)
        self._database.execute("DELETE FROM messages WHERE queue = ?", (queue_arn,))

    def restore(self, queue: Any) -> int:
        """Put what was written back into one of moto's queues; gives the number of messages."""
        rows = self._database.execute(
            "SELECT state FROM messages WHERE queue = ? ORDER BY number", (queue.queue_arn,)
        ).fetchall()
        messages = [_message(state) for (state,) in rows]
        queue._messages.extend(messages)  # noqa: SLF001 - moto has no other way without sending
        queue.pending_messages.update(one for one in messages if not one.visible)
        self._marks(queue).update((one.id, _mark(one)) for one in messages)
        return len(messages)

    def arns(self) -> list[str]:
        """Give the ARNs of the queues that have messages here."""
        return [arn for (arn,) in self._database.execute("SELECT DISTINCT queue FROM messages")]

    def clear(self) -> None:
        """Forget everything."""
        self._written = {}
        self._database.execute("DELETE FROM messages")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _changes_of(self, queue: Any) -> Iterator[tuple[str, str | None]]:
        """Give id and state of each changed message, None for those that are gone."""
        marks = self._marks(queue)
        present = {one.id: one for one in queue._messages}  # noqa: SLF001 - with hidden ones
        for message_id in marks.keys() - present.keys():
            del marks[message_id]
            yield message_id, None
        for message_id, message in present.items():
            mark = _mark(message)
            if marks.get(message_id) != mark:
                marks[message_id] = mark
                yield message_id, _state(message)

    def _marks(self, queue: Any) -> dict[str, _Mark]:
        return self._written.setdefault(queue.queue_arn, {})


def _mark(message: Any) -> _Mark:
    """Give what changes when a message is received, hidden or shown again."""
    return message.approximate_receive_count, message.visible_at


def _state(message: Any) -> str:
    return json.dumps(vars(message), default=_encoded)


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
