"""An index of the facts that filters evaluate, in columns: small, and fast to scan.

The facts of some hundred traces at a time become an immutable block of columns. A trace that has
changed is added again and its old row becomes invalid. Only the store knows which traces exist and
what their current versions are: callers pass its records, and the index returns those that it does
not have in that version as unknown. Without it, the first filter over 10,000
traces would take 3.3 s each time, and not 20 ms.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from tracing_lab.embedded.xray.store.records import TraceRecord
from tracing_lab.filters import Chooser, FactColumns, TraceFacts

from .byte_cache import ByteCache
from .cache_sizes import DEFAULT_CACHE_MB, PLACE_BYTES, CacheSizes, size_of

_TRACES_PER_BLOCK = 500
_MOST_BYTES = CacheSizes.of(DEFAULT_CACHE_MB).facts
_OPEN_SHARE = 8  # share of the limit for facts that are in no block yet
_NOWHERE: Final = (-1, -1, -1)


@dataclass(frozen=True, slots=True)
class _FactBlock:
    """Facts in columns, the ids of their traces, and the bytes of both."""

    number: int
    trace_ids: tuple[str, ...]
    columns: FactColumns
    size_bytes: int


class FactIndex:
    """The facts of many traces. Thread-safe.

    Parameters
    ----------
    traces_per_block
        Traces in a block; facts that are in no block yet are converted to columns when a filter is
        evaluated.
    most_bytes
        Memory limit; the oldest blocks are dropped.
    """

    def __init__(
        self, *, traces_per_block: int = _TRACES_PER_BLOCK, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._traces_per_block = traces_per_block
        self._most_open_bytes = most_bytes // _OPEN_SHARE
        self._blocks: ByteCache[int, _FactBlock] = ByteCache(
            most_bytes - self._most_open_bytes, attrgetter("size_bytes")
        )
        self._lock = threading.Lock()
        self._number = 0  # of the open block
        self._open_columns: FactColumns | None = None
        self.clear()

    @property
    def size_bytes(self) -> int:
        """Bytes of memory."""
        return self._blocks.size_bytes + self._open_bytes

    def add(self, found: Iterable[tuple[TraceRecord, TraceFacts, int]]) -> None:
        """Add the facts of traces, in the version of their records.

        Parameters
        ----------
        found
            Records, facts, and the approximate size of the facts in bytes.
        """
        with self._lock:
            for record, facts, size_bytes in found:
                self._places[record.trace_id] = record.version, self._number, len(self._open)
                self._open.append((record.trace_id, facts))
                self._open_columns = None
                self._open_bytes += size_bytes
                full = len(self._open) >= self._traces_per_block
                if full or self._open_bytes > self._most_open_bytes:
                    self._close_block()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            # tuples of numbers, which the garbage collector does not traverse
            self._places: dict[str, tuple[int, int, int]] = {}  # version, block, row
            self._blocks.clear()
            self._begin_block()

    def find(self, record: TraceRecord) -> tuple[FactColumns, int] | None:
        """Return the columns and row of a version of a trace; None if unknown."""
        version, number, row = self._places.get(record.trace_id, _NOWHERE)
        if version != record.version:
            return None
        block = self._blocks.get(number)
        if block is not None:
            return block.columns, row
        with self._lock:
            if number == self._number:
                return self._columns_of_open(), row
            block = self._blocks.get(number)  # closed meanwhile, or dropped
        return None if block is None else (block.columns, row)

    def _begin_block(self) -> None:
        self._number += 1
        self._open: list[tuple[str, TraceFacts]] = []
        self._open_bytes = 0
        self._open_columns = None

    def _columns_of_open(self) -> FactColumns:
        if self._open_columns is None:
            self._open_columns = FactColumns([facts for _, facts in self._open])
        return self._open_columns

    def _close_block(self) -> None:
        trace_ids = tuple(trace_id for trace_id, _ in self._open)
        columns = self._columns_of_open()
        size_bytes = size_of(columns) + PLACE_BYTES * len(trace_ids)
        block = _FactBlock(self._number, trace_ids, columns, size_bytes)
        for dropped in self._blocks.put(self._number, block):
            self._forget(dropped)
        self._begin_block()

    def _forget(self, block: _FactBlock) -> None:
        for trace_id in block.trace_ids:
            if self._places.get(trace_id, _NOWHERE)[1] == block.number:
                del self._places[trace_id]


@dataclass
class FactScan:
    """Evaluates a filter over an index: a whole block when its first trace is requested."""

    index: FactIndex
    choose: Chooser
    _chosen: dict[FactColumns, set[int]] = field(default_factory=dict)

    def fits(self, record: TraceRecord) -> bool | None:
        """Return whether a trace matches; None if the index does not have it."""
        found = self.index.find(record)
        if found is None:
            return None
        columns, row = found
        rows = self._chosen.get(columns)
        if rows is None:
            rows = self._chosen[columns] = self.choose(columns)
        return row in rows
