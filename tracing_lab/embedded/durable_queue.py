"""What was accepted and is not done yet, in a file that survives ``kill -9``.

A new item is one append that has reached the operating system when the call returns: that costs
microseconds, outlives the process, and only a crash of the whole machine could lose it. That an
item is done is written together with the next item, at the latest with a few others or when
nothing is left to do: whoever is killed in between does those again, which AWS may do too.
"""

import itertools
import logging
import os
from pathlib import Path

import orjson

from .model import Document

_LOGGER = logging.getLogger(__name__)

COMPACT_BYTES = 8 * 1024**2
"""Size from which a file that is mostly history is written anew."""

MOST_UNWRITTEN = 16
"""From so many items that are done on, that is written without waiting for the next item."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class DurableQueue:
    """Items that wait to be done, each under a ticket.

    To be used by one process and one thread at a time.

    Parameters
    ----------
    path
        The file; made when needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lines = _read(path)
        self._tickets = itertools.count(max(self._lines, default=0) + 1)
        self._done = b""  # lines that tell of items that are done, not written yet
        self._fd = -1
        self._size = self._limit = 0
        self._rewrite()

    def __len__(self) -> int:
        return len(self._lines)

    def items(self) -> list[tuple[int, Document]]:
        """Give tickets and items in the order in which they were put."""
        return [(ticket, orjson.loads(line)[1]) for ticket, line in sorted(self._lines.items())]

    def put(self, item: Document) -> int:
        """Keep an item; gives its ticket.

        Parameters
        ----------
        item
            JSON-able data.

        Raises
        ------
        OSError
            It could not be written, and is not kept.
        """
        ticket = next(self._tickets)
        self.replace(ticket, item)
        return ticket

    def replace(self, ticket: int, item: Document) -> None:
        """Keep an item in the place of another; OSError when it could not be written."""
        line = orjson.dumps([ticket, item]) + b"\n"
        self._append(line)
        self._lines[ticket] = line

    def receipt(self, item: Document) -> "Receipt":
        """Keep an item that several parties have to be done with; OSError as in `put`."""
        return Receipt(self, self.put(item))

    def remove(self, ticket: int) -> None:
        """Note that an item is done; one that is not there is no error."""
        if self._lines.pop(ticket, None) is None or self._fd < 0:
            return
        self._done += b"[%d]\n" % ticket
        if not self._lines or self._done.count(b"\n") >= MOST_UNWRITTEN:
            self._write_done()

    def _write_done(self) -> None:
        try:
            self._append(b"")
        except OSError:
            _LOGGER.exception("%s cannot be written; what was done may be done again", self._path)

    def close(self) -> None:
        """Close the file; what is not done stays in it."""
        if self._fd >= 0:
            if self._done:
                self._write_done()
            os.close(self._fd)
        self._fd = -1

    def _append(self, line: bytes) -> None:
        if self._size > self._limit:
            self._rewrite()
        lines, self._done = self._done + line, b""
        written = os.write(self._fd, lines)
        self._size += written
        if written < len(lines):  # no place left: a torn line is not read, but must end
            os.write(self._fd, b"\n")
            message = f"{self._path} took {written} of {len(lines)} bytes"
            raise OSError(message)

    def _rewrite(self) -> None:
        """Write what is not done into a new file, which takes the place of the old one."""
        self._done = b""  # what is done is not in the new file
        self.close()
        content = b"".join(self._lines[ticket] for ticket in sorted(self._lines))
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(self._path)
        self._fd = os.open(self._path, _FLAGS, 0o600)
        self._size = len(content)
        self._limit = 2 * len(content) + COMPACT_BYTES  # so rewriting costs little per item


class Receipt:
    """Removes an item from its queue when everything that it takes is done.

    Whoever is cut off in the middle never says `done`, so the item stays.

    Parameters
    ----------
    queue
        Keeps the item.
    ticket
        The item's.
    """

    def __init__(self, queue: DurableQueue, ticket: int) -> None:
        self._queue = queue
        self._ticket = ticket
        self._open = 1

    def begin(self) -> None:
        """Note that there is one part more to do."""
        self._open += 1

    def done(self) -> None:
        """Note that a part is done; the first one is there from the beginning."""
        self._open -= 1
        if not self._open:
            self._queue.remove(self._ticket)


def _read(path: Path) -> dict[int, bytes]:
    """Give ticket -> line of what is not done."""
    lines: dict[int, bytes] = {}
    content = path.read_bytes() if path.exists() else b""
    for line in content.splitlines():
        try:
            ticket, *item = orjson.loads(line)
        except ValueError:
            _LOGGER.warning("%s has a torn line, of something that was not acknowledged", path)
            continue
        if item:
            lines[ticket] = line + b"\n"
        else:
            lines.pop(ticket, None)
    return lines
