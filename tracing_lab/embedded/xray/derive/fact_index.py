"""What filters look at in each trace, kept in columns: small, and fast to look through.

The facts of some hundred traces at a time become a block of columns that never changes. A trace
that has changed is added again and its old row counts no longer. Which traces there are and which
version of them is the last one, only the store knows: whoever asks brings its records, and what the
index has not got in that version it gives back as unknown.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracing_lab.embedded.xray.store.traces import TraceRecord
from tracing_lab.filters import (
    Chooser,
    Expression,
    FactColumns,
    Groups,
    Matcher,
    TraceFacts,
    chooser,
    matcher,
)

from .byte_cache import ByteCache
from .cache_sizes import DEFAULT_CACHE_MB, PLACE_BYTES, CacheSizes, size_of

_TRACES_PER_BLOCK = 500
_MOST_BYTES = CacheSizes.of(DEFAULT_CACHE_MB).facts
_FRESH_SHARE = 8  # the facts that are in no block yet may take one part in so many
_NOWHERE: Final = (-1, -1, -1)


@dataclass(frozen=True)
class TraceFilter:
    """A filter expression, ready for one trace and for a block of them.

    Parameters
    ----------
    matches
        Tells whether it holds for the facts of a trace.
    choose
        Gives the numbers of the traces in columns that it holds for.
    """

    matches: Matcher
    choose: Chooser

    @classmethod
    def of(cls, expression: Expression, groups: Groups) -> "TraceFilter":
        """Compile an expression.

        Raises
        ------
        FilterSyntaxError
            If it names a group that is unknown or refers to itself.
        """
        return cls(matcher(expression, groups=groups), chooser(expression, groups=groups))


@dataclass(frozen=True, slots=True)
class _Block:
    """Facts in columns, whose they are, and the bytes of that with the places of the traces."""

    number: int
    trace_ids: tuple[str, ...]
    columns: FactColumns
    size_bytes: int

    @classmethod
    def of(cls, number: int, trace_ids: tuple[str, ...], facts: Sequence[TraceFacts]) -> "_Block":
        """Make a block and measure it."""
        columns = FactColumns(facts)
        size_bytes = size_of(columns) + PLACE_BYTES * len(trace_ids)
        return cls(number, trace_ids, columns, size_bytes)


class FactIndex:
    """The facts of many traces. Safe to use from several threads.

    Parameters
    ----------
    traces_per_block
        Traces that are put into columns together; the facts of fewer than that are kept as they
        come, to be added to the next block.
    most_bytes
        Memory that all of it may take; the oldest blocks are dropped.
    """

    def __init__(
        self, *, traces_per_block: int = _TRACES_PER_BLOCK, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._traces_per_block = traces_per_block
        self._most_fresh_bytes = most_bytes // _FRESH_SHARE
        self._blocks: ByteCache[int, _Block] = ByteCache(
            most_bytes - self._most_fresh_bytes, _size_of_block
        )
        self._lock = threading.Lock()
        self._made = 0
        self._clear()

    @property
    def size_bytes(self) -> int:
        """Bytes of memory that it takes."""
        return self._blocks.size_bytes + self._fresh_bytes

    def add(self, found: Iterable[tuple[TraceRecord, TraceFacts, int]]) -> None:
        """Keep the facts of traces, in the version that their records name.

        Parameters
        ----------
        found
            Records, facts, and about how many bytes the facts take.
        """
        with self._lock:
            for record, facts, size_bytes in found:
                replaced = self._fresh.get(record.trace_id)
                replaced_bytes = 0 if replaced is None else replaced[-1]
                self._fresh[record.trace_id] = record.version, facts, size_bytes
                self._fresh_bytes += size_bytes - replaced_bytes
                full = len(self._fresh) >= self._traces_per_block
                if full or self._fresh_bytes > self._most_fresh_bytes:
                    self._make_block()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._clear()

    def place(self, record: TraceRecord) -> tuple[int, int] | None:
        """Give the number of the block of a version of a trace and its row there, None for none."""
        version, block, row = self._places.get(record.trace_id, _NOWHERE)
        return (block, row) if version == record.version else None

    def block(self, number: int) -> FactColumns | None:
        """Give a block; None when it has been dropped."""
        block = self._blocks.get(number)
        return None if block is None else block.columns

    def fresh(self, record: TraceRecord) -> TraceFacts | None:
        """Give the facts of a version of a trace that is in no block yet, None when not known."""
        version, facts, _ = self._fresh.get(record.trace_id, (None, None, 0))
        return facts if version == record.version else None

    def _clear(self) -> None:
        # numbers only, so that the garbage collector has nothing to look for in them
        self._places: dict[str, tuple[int, int, int]] = {}  # version, block, row
        self._fresh: dict[str, tuple[int, TraceFacts, int]] = {}  # version, facts, bytes
        self._fresh_bytes = 0
        self._blocks.clear()

    def _make_block(self) -> None:
        fresh, self._fresh, self._fresh_bytes = self._fresh, {}, 0
        self._made += 1
        for row, (trace_id, (version, *_)) in enumerate(fresh.items()):
            self._places[trace_id] = version, self._made, row
        block = _Block.of(self._made, tuple(fresh), [facts for _, facts, _ in fresh.values()])
        for dropped in self._blocks.put(self._made, block):
            self._forget(dropped)

    def _forget(self, block: _Block) -> None:
        for trace_id in block.trace_ids:
            if self._places.get(trace_id, _NOWHERE)[1] == block.number:
                del self._places[trace_id]


def _size_of_block(block: _Block) -> int:
    return block.size_bytes


@dataclass
class FactScan:
    """One filter over an index: each block is looked through once, when its first trace comes.

    Parameters
    ----------
    index
        What is known of the traces.
    trace_filter
        The filter.
    """

    index: FactIndex
    trace_filter: TraceFilter
    _chosen: dict[int, set[int]] = field(default_factory=dict)

    def fits(self, record: TraceRecord) -> bool | None:
        """Tell whether a trace fits; None when the index does not know."""
        place = self.index.place(record)
        if place is not None:
            block, row = place
            rows = self._chosen.get(block)
            rows = self._choose(block) if rows is None else rows
            if rows is not None:
                return row in rows
        facts = self.index.fresh(record)
        return None if facts is None else self.trace_filter.matches(facts)

    def _choose(self, number: int) -> set[int] | None:
        block = self.index.block(number)
        if block is not None and number not in self._chosen:
            self._chosen[number] = self.trace_filter.choose(block)
        return self._chosen.get(number)
