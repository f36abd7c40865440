"""Polls streams for event source mappings, and runs their functions with batches of records.

The records of a stream are processed in order. A batch that fails is tried again until the function
succeeds, or it is given up by the mapping's limits; until then nothing after it is processed.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from tracing_lab.embedded.model import (
    FunctionSpec,
    Invocation,
    InvokeFunction,
    InvokeResult,
    Throttled,
)
from tracing_lab.embedded.queues.pollers import POLL_INTERVAL_S, Pollers
from tracing_lab.embedded.storage.durable_map import DurableMap

from .failures import EXHAUSTED, TOO_OLD, GivenUp
from .mappings import (
    ENDLESS,
    Record,
    RecordBatch,
    StreamMapping,
    created_s,
    first_failure,
    fitting,
    sequence_number,
    stream_event,
)

_LOGGER = logging.getLogger(__name__)
_LONGEST_WAIT = 100
"""How long a batch that fails again and again waits at most, in intervals of polling; the waits
double. AWS documents no numbers."""


class StreamSource(Protocol):
    """Reads streams; each method raises KeyError if there is no such stream."""

    shard_id: str

    def has_records(self, stream_arn: str, number: int) -> bool:
        """Return whether there are records from a sequence number on, quickly."""

    async def start(self, stream_arn: str, *, at_end: bool) -> int:
        """Return the sequence number of the oldest record, or of the next one."""

    async def read(self, stream_arn: str, number: int, limit: int) -> Sequence[Record]:
        """Return records from a sequence number on."""


class StreamPolling(Pollers[StreamMapping]):
    """Runs functions for the mappings of a region's streams.

    Parameters
    ----------
    mappings
        Returns the enabled mappings.
    source
        Reads streams.
    positions
        The next sequence number of each mapping, by its id; kept over a restart.
    function
        Returns a function by ARN; raises KeyError.
    invoke
        Runs a function and waits for its response.
    may_read
        Returns whether the role of a function may read a stream.
    give_up
        Reports a batch that was given up to the mapping's destination.
    interval_s
        Seconds between two looks at a stream that has nothing new.
    """

    def __init__(
        self,
        *,
        mappings: Callable[[], Sequence[StreamMapping]],
        source: StreamSource,
        positions: DurableMap[str],
        function: Callable[[str], FunctionSpec],
        invoke: InvokeFunction,
        may_read: Callable[[FunctionSpec, str], bool],
        give_up: Callable[[GivenUp], Awaitable[None]],
        interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        super().__init__(mappings, interval_s)
        self._source = source
        self._positions = positions
        self._function = function
        self._invoke = invoke
        self._may_read = may_read
        self._give_up = give_up

    async def close(self) -> None:
        """Stop polling; batches that are cut off are processed again by the next server."""
        await super().close()
        self._positions.close()

    async def _poll(self, mapping: StreamMapping) -> None:
        while self._is_polled_here(mapping):
            try:
                done = await self._turn(mapping)
            except KeyError:
                done = False  # the stream or function is gone, perhaps for now
            except Exception:
                _LOGGER.exception("mapping %s of %s failed", mapping.id, mapping.stream_arn)
                done = False
            if not done:
                await asyncio.sleep(self._interval_s)

    async def _turn(self, mapping: StreamMapping) -> bool:
        """Process a batch; return whether there was one."""
        number = await self._position(mapping)
        if not (self._source.has_records(mapping.stream_arn, number) and self._allowed(mapping)):
            return False
        records, following = await self._collect(mapping, number)
        if records:
            await self._process(mapping, records)
        if self._is_polled_here(mapping):  # another one of the same id may go on otherwise
            self._save(mapping, following)
        return following > number

    async def _position(self, mapping: StreamMapping) -> int:
        """Return where a mapping goes on; its starting position counts once."""
        known = self._positions.get(mapping.id)
        if known is not None:
            return int(known)
        number = await self._source.start(mapping.stream_arn, at_end=mapping.starts_at_end)
        self._save(mapping, number)
        return number

    def _save(self, mapping: StreamMapping, number: int) -> None:
        self._positions.change((mapping.id, str(number)))

    def _allowed(self, mapping: StreamMapping) -> bool:
        function = self._function(mapping.function_arn)
        allowed = self._may_read(function, mapping.stream_arn)
        if not allowed:
            _LOGGER.debug("%s may not read %s", function.role_arn, mapping.stream_arn)
        return allowed

    async def _collect(self, mapping: StreamMapping, number: int) -> tuple[list[Record], int]:
        """Return the records of a batch that pass the filters, and the number after it."""
        deadline_s = time.monotonic() + mapping.window_s
        wanted: list[Record] = []
        while len(wanted) < mapping.batch_size:
            most = mapping.batch_size - len(wanted)
            found = await self._source.read(mapping.stream_arn, number, most)
            kept = [
                record for record in found if mapping.matches is None or mapping.matches(record)
            ]
            room = fitting([*wanted, *kept]) - len(wanted)
            if room < len(kept):
                return wanted + kept[:room], sequence_number(kept[room])
            wanted += kept
            number = sequence_number(found[-1]) + 1 if found else number
            if not found and (not mapping.window_s or time.monotonic() >= deadline_s):
                break
            if not found:
                await asyncio.sleep(self._interval_s)
        return wanted, number

    async def _process(self, mapping: StreamMapping, records: Sequence[Record]) -> None:
        """Run the function until all records are processed or given up."""
        waiting = deque([RecordBatch(records)])
        while waiting and self._is_polled_here(mapping):
            batch = await self._without_old(mapping, waiting.popleft())
            if not batch.records:
                continue
            self._save(mapping, sequence_number(batch.records[0]))
            result = await self._run(mapping, batch)
            failed = _failed_from(mapping, batch, result)
            if failed is not None:
                waiting.extendleft(reversed(await self._next(mapping, batch, result, failed)))
                await self._pause(batch.attempts)

    async def _without_old(self, mapping: StreamMapping, batch: RecordBatch) -> RecordBatch:
        """Drop records that are too old, and return the others."""
        if mapping.most_age_s == ENDLESS:
            return batch
        oldest_s = time.time() - mapping.most_age_s
        old = [record for record in batch.records if created_s(record) < oldest_s]
        if old:
            await self._drop(mapping, replace(batch, records=old), TOO_OLD, None)
        return replace(batch, records=batch.records[len(old) :])

    async def _run(self, mapping: StreamMapping, batch: RecordBatch) -> InvokeResult | None:
        """Run the function; None if it did not get the batch, which is no attempt.

        An invocation by a stream has no upstream trace: the function begins one.
        """
        event = stream_event(batch.records, mapping.stream_arn)
        try:
            function = self._function(mapping.function_arn)
            return await self._invoke(Invocation(function, event))
        except (KeyError, Throttled) as error:
            _LOGGER.info("%s: %s; the batch waits", mapping.function_arn, error)
            return None

    async def _next(
        self, mapping: StreamMapping, batch: RecordBatch, result: InvokeResult | None, failed: int
    ) -> list[RecordBatch]:
        """Return what is tried next after a failure from a record on."""
        if result is None:
            return [batch]
        rest = RecordBatch(batch.records[failed:], batch.attempts + 1)
        if mapping.bisects and failed == 0 and len(rest.records) > 1:
            return list(replace(rest, attempts=batch.attempts).halves())
        if mapping.most_retries != ENDLESS and rest.attempts > mapping.most_retries:
            await self._drop(mapping, rest, EXHAUSTED, result)
            return []
        return [rest]

    async def _drop(
        self,
        mapping: StreamMapping,
        batch: RecordBatch,
        condition: str,
        result: InvokeResult | None,
    ) -> None:
        shard_id = self._source.shard_id
        await self._give_up(GivenUp(mapping, batch, condition, result, shard_id))

    async def _pause(self, attempts: int) -> None:
        await asyncio.sleep(min(2**attempts, _LONGEST_WAIT) * self._interval_s)


def _failed_from(
    mapping: StreamMapping, batch: RecordBatch, result: InvokeResult | None
) -> int | None:
    """Return the index of the first record that was not processed; None for none."""
    if result is None or result.failed:
        return 0
    return first_failure(batch.records, result.payload) if mapping.reports_failures else None
