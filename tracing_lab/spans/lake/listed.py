"""Which time ranges of X-Ray were listed in full into a lake, so that they need not be again.

The record is a file of the lake. It only saves calls: without it, everything is listed again.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from tracing_lab import files
from tracing_lab.errors import MissingFileError

_FILE: Final = "listed.json"
_REMEDY: Final = "Delete the file; everything is listed again then"
_OLD_S: Final = 86400.0


Window = tuple[datetime, datetime]


class Listed(NamedTuple):
    """A time range that was listed.

    Attributes
    ----------
    start_s, end_s
        When traces began, epoch seconds; the end is not part of the range.
    at_s
        When the listing began.
    """

    start_s: float
    end_s: float
    at_s: float


class ListedRanges:
    """What a lake's record says about one source of traces.

    Parameters
    ----------
    lake
        Folder of the lake.
    source
        Names where traces are from, and which of them: account, region and filter.
    traces
        How many traces the lake has. If it had more when the record was written, somebody deleted
        files; then the record counts no more.
    """

    def __init__(self, lake: Path, source: str, *, traces: int) -> None:
        self._path, self._source = lake / _FILE, source
        self._all = _read(self._path, traces)

    def gaps(self, window: Window, *, relist_s: float) -> list[Window]:
        """Return the parts of a range that are to be listed, by time.

        Parameters
        ----------
        window
            Start and end.
        relist_s
            What began less than so many seconds before its listing is listed again.
        """
        gaps, (reached_s, end_s) = [], _seconds(window)
        for listed in sorted(self._all.get(self._source, ())):
            until_s = min(listed.end_s, listed.at_s - relist_s)
            if max(listed.start_s, reached_s) < min(until_s, end_s):
                gaps.append((reached_s, listed.start_s))
                reached_s = until_s
        gaps = [gap for gap in [*gaps, (reached_s, end_s)] if gap[0] < gap[1]]
        return [(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in gaps]

    def add(self, windows: Iterable[Window], *, at: datetime, traces: int) -> None:
        """Record ranges whose traces are all in the lake.

        Parameters
        ----------
        windows
            Starts and ends.
        at
            When their listing began.
        traces
            How many traces the lake has now.

        Raises
        ------
        FileError
            If the record cannot be written.
        """
        known = self._all.get(self._source, [])
        for start_s, end_s in map(_seconds, windows):
            known = [*_without(known, start_s, end_s), Listed(start_s, end_s, at.timestamp())]
        self._all[self._source] = _joined(known)
        listed = {source: [*map(list, ranges)] for source, ranges in self._all.items()}
        content = {"traces": traces, "listed": listed}
        files.write_bytes(self._path, orjson.dumps(content))


def _read(path: Path, traces: int) -> dict[str, list[Listed]]:
    try:
        content: Any = orjson.loads(files.read_bytes(path, remedy=_REMEDY))
        listed = {
            str(source): [Listed(*map(float, row)) for row in ranges]
            for source, ranges in content["listed"].items()
        }
        return listed if content["traces"] <= traces else {}
    except (MissingFileError, AttributeError, KeyError, TypeError, ValueError):
        return {}


def _seconds(window: Window) -> tuple[float, float]:
    return window[0].timestamp(), window[1].timestamp()


def _without(known: Sequence[Listed], start_s: float, end_s: float) -> list[Listed]:
    """Return ranges without what is in another."""
    parts = [
        part
        for listed in known
        for part in (
            listed._replace(end_s=min(listed.end_s, start_s)),
            listed._replace(start_s=max(listed.start_s, end_s)),
        )
    ]
    return [part for part in parts if part.start_s < part.end_s]


def _joined(known: Iterable[Listed]) -> list[Listed]:
    """Return ranges in which neighbours are joined: those listed together, or long afterwards."""
    joined: list[Listed] = []
    for listed in sorted(known):
        last = joined[-1] if joined else listed
        at_s = min(last.at_s, listed.at_s)
        is_old = at_s - listed.end_s > _OLD_S
        if joined and last.end_s == listed.start_s and (is_old or last.at_s == listed.at_s):
            joined[-1] = Listed(last.start_s, listed.end_s, at_s)
        else:
            joined.append(listed)
    return joined
