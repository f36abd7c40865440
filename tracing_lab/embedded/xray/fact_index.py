"""What filters look at in each trace, kept in columns: small, and fast to look through.

The facts of some hundred traces at a time become a block of columns that never changes. A trace
that has changed is added again and its old row counts no longer. Which traces there are and which
version of them is the last one, only the store knows: whoever asks brings its records, and what the
index has not got in that version it gives back as unknown.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

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

from .store import TraceRecord

_TRACES_PER_BLOCK = 500
_MOST_BLOCKS = 400
_NOWHERE: Final = (-1, -1, -1)
MOST_TRACES = _TRACES_PER_BLOCK * _MOST_BLOCKS
"""Traces that an index has room for; one of 6 documents takes about 1 KB."""


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


class FactIndex:
    """The facts of many traces. Safe to use from several threads.

    Parameters
    ----------
    traces_per_block
        Traces that are put into columns together; the facts of fewer than that are kept as they
        come, to be added to the next block.
    most_blocks
        Blocks to keep; the oldest are dropped.
    """

    def __init__(
        self, *, traces_per_block: int = _TRACES_PER_BLOCK, most_blocks: int = _MOST_BLOCKS
    ) -> None:
        self._traces_per_block = traces_per_block
        self._most_blocks = most_blocks
        self._lock = threading.Lock()
        self._made = 0
        self._clear()

    def add(self, found: Iterable[tuple[TraceRecord, TraceFacts]]) -> None:
        """Keep the facts of traces, in the version that their records name."""
        with self._lock:
            for record, facts in found:
                self._fresh[record.trace_id] = record.version, facts
                if len(self._fresh) >= self._traces_per_block:
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
        return self._blocks.get(number)

    def fresh(self, record: TraceRecord) -> TraceFacts | None:
        """Give the facts of a version of a trace that is in no block yet, None when not known."""
        version, facts = self._fresh.get(record.trace_id, (None, None))
        return facts if version == record.version else None

    def _clear(self) -> None:
        # numbers only, so that the garbage collector has nothing to look for in them
        self._places: dict[str, tuple[int, int, int]] = {}  # version, block, row
        self._fresh: dict[str, tuple[int, TraceFacts]] = {}
        self._blocks: dict[int, FactColumns] = {}
        self._members: deque[tuple[int, tuple[str, ...]]] = deque()

    def _make_block(self) -> None:
        fresh, self._fresh = self._fresh, {}
        self._made += 1
        self._blocks[self._made] = FactColumns([facts for _, facts in fresh.values()])
        for row, (trace_id, (version, _)) in enumerate(fresh.items()):
            self._places[trace_id] = version, self._made, row
        self._members.append((self._made, tuple(fresh)))
        while len(self._members) > self._most_blocks:
            self._drop(*self._members.popleft())

    def _drop(self, block: int, trace_ids: Iterable[str]) -> None:
        del self._blocks[block]
        for trace_id in trace_ids:
            if self._places.get(trace_id, _NOWHERE)[1] == block:
                del self._places[trace_id]


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
