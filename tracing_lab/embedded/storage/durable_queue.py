"""A queue of accepted, unfinished items in a file that survives ``kill -9``.

A new item is one append before the call returns. Finished items are written together with the next
item, at the latest with a few others or when the queue is empty. A process that is killed in
between handles those items again: delivery is at least once, as on AWS.
"""

import itertools
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tracing_lab.embedded.model import Document

from .append_log import Write
from .durable_map import DurableMap

_LOGGER = logging.getLogger(__name__)

MOST_UNWRITTEN = 16
"""Number of finished items from which they are written without waiting for the next item."""


class DurableQueue:
    """Unfinished items by id.

    Not thread-safe, and for one process.

    Parameters
    ----------
    path
        The file; created when needed.
    write
        Writes to the file.
    before_done
        Called before finished items are written: makes durable what finishing them has led to.
    """

    def __init__(
        self,
        path: Path,
        *,
        write: Write = os.write,
        before_done: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._before_done = before_done
        self._items = DurableMap[int](path, write=write)
        self._ids = itertools.count(max(self._items, default=0) + 1)
        self._done: set[int] = set()  # not written yet
        self._closed = False

    def __len__(self) -> int:
        return len(self._items) - len(self._done)

    def items(self) -> list[tuple[int, Document]]:
        """Return ids and items in the order of insertion."""
        return [pair for pair in sorted(self._items.items()) if pair[0] not in self._done]

    def get(self, item_id: int) -> Document:
        """Return an item; KeyError if there is none with the id."""
        if item_id not in self._items:
            raise KeyError(item_id)
        item: Document = self._items.get(item_id)
        return item

    def put(self, item: Document) -> int:
        """Add an item and return its id.

        Parameters
        ----------
        item
            JSON-able data.

        Raises
        ------
        OSError
            It could not be written, and is not added.
        """
        return self.put_all([item])[0]

    def put_all(self, items: Sequence[Document]) -> list[int]:
        """Add all items or none, and return their ids; OSError as in `put`."""
        item_ids = [next(self._ids) for _ in items]
        self._write(zip(item_ids, items, strict=True))
        return item_ids

    def replace(self, item_id: int, item: Document) -> None:
        """Replace an item; OSError if it could not be written."""
        self._write([(item_id, item)])

    def remove(self, item_id: int) -> None:
        """Remove a finished item; unknown ids are ignored."""
        if self._closed or item_id not in self._items:
            return
        self._done.add(item_id)
        if not len(self) or len(self._done) % MOST_UNWRITTEN == 0:
            self._write_done()

    def close(self) -> None:
        """Close the file; unfinished items stay in it."""
        if not self._closed and self._done:
            self._write_done()
        self._closed = True
        self._items.close()

    def _write(self, changes: Iterable[tuple[int, Document]]) -> None:
        if self._done:
            self._before_done()
        done = [(item_id, None) for item_id in sorted(self._done)]
        self._items.change(*done, *changes)
        self._done.clear()

    def _write_done(self) -> None:
        try:
            self._write([])
        except OSError as error:
            _LOGGER.warning("finished items may be handled again: %s: %s", self._path, error)


class Acknowledgement:
    """Removes an item from its queue when all parts of its work are done.

    If the process ends before `done` is called for each part, the item stays.
    """

    def __init__(self, queue: DurableQueue, item_id: int) -> None:
        self._queue = queue
        self._item_id = item_id
        self._open = 1

    def begin(self) -> None:
        """Add a part that must be done."""
        self._open += 1

    def done(self) -> None:
        """Complete a part; one exists from the start."""
        self._open -= 1
        if not self._open:
            self._queue.remove(self._item_id)
