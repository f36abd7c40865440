"""What was accepted and is not done yet, in a file that survives ``kill -9``.

A new item is one append before the call returns. That an item is done is written together with the
next item, at the latest with a few others or when nothing is left to do: whoever is killed in
between does those again, which AWS may do too.
"""

import itertools
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tracing_lab.embedded.model import Document

from .append_log import Write
from .durable_map import DurableMap

_LOGGER = logging.getLogger(__name__)

MOST_UNWRITTEN = 16
"""From so many items that are done on, that is written without waiting for the next item."""


class DurableQueue:
    """Items that wait to be done, each under a ticket.

    To be used by one process and one thread at a time.

    Parameters
    ----------
    path
        The file; made when needed.
    write
        Writes to the file.
    """

    def __init__(self, path: Path, *, write: Write = os.write) -> None:
        self._path = path
        self._items = DurableMap[int](path, write=write)
        self._tickets = itertools.count(max(self._items, default=0) + 1)
        self._done: set[int] = set()  # not written yet
        self._closed = False

    def __len__(self) -> int:
        return len(self._items) - len(self._done)

    def items(self) -> list[tuple[int, Document]]:
        """Return tickets and items in the order in which they were put."""
        return [pair for pair in sorted(self._items.items()) if pair[0] not in self._done]

    def get(self, ticket: int) -> Document:
        """Return an item; KeyError when it is not there."""
        if ticket not in self._items:
            raise KeyError(ticket)
        item: Document = self._items.get(ticket)
        return item

    def put(self, item: Document) -> int:
        """Keep an item; returns its ticket.

        Parameters
        ----------
        item
            JSON-able data.

        Raises
        ------
        OSError
            It could not be written, and is not kept.
        """
        return self.put_all([item])[0]

    def put_all(self, items: Sequence[Document]) -> list[int]:
        """Keep all items or none; returns their tickets; OSError as in `put`."""
        tickets = [next(self._tickets) for _ in items]
        self._write(zip(tickets, items, strict=True))
        return tickets

    def replace(self, ticket: int, item: Document) -> None:
        """Keep an item in the place of another; OSError when it could not be written."""
        self._write([(ticket, item)])

    def remove(self, ticket: int) -> None:
        """Note that an item is done; one that is not there is no error."""
        if self._closed or ticket not in self._items:
            return
        self._done.add(ticket)
        if not len(self) or len(self._done) % MOST_UNWRITTEN == 0:
            self._write_done()

    def close(self) -> None:
        """Close the file; what is not done stays in it."""
        if not self._closed and self._done:
            self._write_done()
        self._closed = True
        self._items.close()

    def _write(self, changes: Iterable[tuple[int, Document]]) -> None:
        done = [(ticket, None) for ticket in sorted(self._done)]
        self._items.change(*done, *changes)
        self._done.clear()

    def _write_done(self) -> None:
        try:
            self._write([])
        except OSError as error:
            _LOGGER.warning("what was done may be done again: %s: %s", self._path, error)


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
