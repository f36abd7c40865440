"""The log stream of an environment, which writes messages in batches."""

import asyncio
import time
from collections.abc import Iterable

from tracing_lab.embedded.model import WriteLogs

TAIL_BYTES = 4096
"""Length of the log that Invoke returns with ``LogType=Tail``.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""


class LogStream:
    """Buffers log events and writes them in order.

    Parameters
    ----------
    write
        Where batches go.
    group
        Log group.
    name
        Log stream.
    flush_s
        Longest time in seconds that an event stays in the buffer.
    """

    def __init__(self, write: WriteLogs, *, group: str, name: str, flush_s: float) -> None:
        self.group = group
        self.name = name
        self._write = write
        self._flush_s = flush_s
        self._events: list[tuple[int, str]] = []
        self._tail = ""
        self._timer: asyncio.TimerHandle | None = None

    def append(self, messages: Iterable[str]) -> None:
        """Add messages with the current time in milliseconds."""
        now_ms = time.time_ns() // 1_000_000
        added = [(now_ms, message) for message in messages]
        self._events += added
        self._tail = (self._tail + "".join(message for _, message in added))[-TAIL_BYTES:]
        if self._timer is None and self._events:
            self._timer = asyncio.get_running_loop().call_later(self._flush_s, self.flush)

    def start_tail(self) -> None:
        """Start a new tail, for the next invocation."""
        self._tail = ""

    def tail(self) -> bytes:
        """Return the last 4 KB since `start_tail`."""
        return self._tail.encode()[-TAIL_BYTES:]

    def flush(self) -> None:
        """Write the buffered messages."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        events, self._events = self._events, []
        if events:
            self._write(self.group, self.name, events)
