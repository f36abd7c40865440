"""Reads the streams of tables for event source mappings."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .recording import is_unread
from .stream_api import as_wire, find_stream, stream_with
from .streams import SHARD_ID

_T = TypeVar("_T")


class StreamReader:
    """Reads streams under the control plane's lock, in a thread.

    Parameters
    ----------
    locked
        Runs a function while nothing changes.
    """

    shard_id = SHARD_ID

    def __init__(self, locked: Callable[[Callable[[], Any]], Any]) -> None:
        self._locked = locked

    @staticmethod
    def has_records(stream_arn: str, number: int) -> bool:
        """Return whether there are records from a sequence number on; KeyError without a stream."""
        table, stream = find_stream(stream_arn)
        return is_unread(table) or stream.next_number > number

    async def start(self, stream_arn: str, *, at_end: bool) -> int:
        """Return the sequence number of the oldest record, or of the next one."""

        def find() -> int:
            stream = stream_with(stream_arn)
            stream.trim()
            return stream.next_number if at_end else stream.first_number

        return await self._read(find)

    async def read(self, stream_arn: str, number: int, limit: int) -> Sequence[dict[str, Any]]:
        """Return records from a sequence number on, with binary values in base64."""

        def find() -> Sequence[dict[str, Any]]:
            return [as_wire(record) for record in stream_with(stream_arn).after(number, limit)]

        return await self._read(find)

    async def _read(self, find: Callable[[], _T]) -> _T:
        found: _T = await asyncio.to_thread(self._locked, find)
        return found
