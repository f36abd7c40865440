"""The journal of control-plane calls, which a restarted server replays."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.storage.older_state import forget, rows_of

_OLDER_CALLS = "SELECT number, seed, method, path, query, headers, body FROM calls ORDER BY number"
_ANY_BYTES = "latin-1"  # maps each byte to one character, whatever the body is


@dataclass(frozen=True)
class JournalEntry:
    """One journaled call, its random seed and its time, which older versions did not keep."""

    seed: int
    request: HttpRequest
    time_s: float | None = None


class Journal:
    """Calls in the order in which they were made, in a file that survives a killed process.

    One thread at a time may use a journal; the control plane's lock sees to that.
    """

    def __init__(self, path: Path, *, write: Write = os.write) -> None:
        self._calls = DurableMap[int](path, write=write)
        older = path.with_suffix(".sqlite")
        calls = _older_calls(older)
        if calls and not self._calls:
            self._calls.change(*calls)
        forget(older)
        self._next = 1 + max(self._calls, default=0)

    def append(self, entry: JournalEntry) -> int:
        """Write a call and return its number.

        Raises
        ------
        OSError
            If it could not be written.
        """
        number, self._next = self._next, self._next + 1
        self._calls.change((number, _value(entry)))
        return number

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(self.numbered().values())

    def numbered(self) -> dict[int, JournalEntry]:
        """Return all calls in order, by their numbers."""
        return {number: _entry(value) for number, value in sorted(self._calls.items())}

    def forget(self, numbers: Iterable[int]) -> None:
        """Delete some calls, all or none; OSError as in `append`."""
        gone = [(number, None) for number in numbers]
        if gone:
            self._calls.change(*gone)

    def clear(self) -> None:
        """Forget everything."""
        self._calls.clear()

    def close(self) -> None:
        """Close the file."""
        self._calls.close()


def _older_calls(path: Path) -> list[tuple[int, list[Any]]]:
    return [
        (number, [seed, json.dumps([method, target, query, json.loads(headers)]), _text(body)])
        for number, seed, method, target, query, headers, body in rows_of(path, _OLDER_CALLS)
    ]


def _value(entry: JournalEntry) -> list[Any]:
    request = entry.request
    head = [request.method, request.path, request.query, request.headers]
    # json, which can write any text
    return [entry.seed, json.dumps(head), _text(request.body), entry.time_s]


def _entry(value: list[Any]) -> JournalEntry:
    seed, head, body, *time_s = value
    method, path, query, headers = json.loads(head)
    pairs = tuple((name, text) for name, text in headers)
    request = HttpRequest(method, path, query, pairs, body.encode(_ANY_BYTES))
    return JournalEntry(seed, request, *time_s)


def _text(body: bytes) -> str:
    return body.decode(_ANY_BYTES)
