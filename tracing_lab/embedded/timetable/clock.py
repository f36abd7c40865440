"""Fires what is due, at its time.

When a schedule began is kept in a file, so that a restarted server counts rates from the same time.
What became due while no server ran is not made up for, as AWS has no backlog, with one exception:
what is due a single time would be lost for good, so it fires late, as long as it may. It does so,
too, if its time has passed when its schedule is made.
"""

import asyncio
import heapq
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tracing_lab.embedded.storage.durable_map import DurableMap

from .timing import Timing

_LOGGER = logging.getLogger(__name__)

LOOK_INTERVAL_S = 1.0
"""Longest sleep: clocks may be set, machines suspended, and schedules changed by stacks."""

GRACE_S = 5.0
"""How long ago a time may be when its schedule is first seen: it passed on the way here."""


@dataclass(frozen=True)
class Timed:
    """When something is due.

    Parameters
    ----------
    timing
        Computes the times.
    sign
        Changes whenever the schedule begins again, as with another expression.
    catch_up_s
        How late something that is due a single time may fire.
    """

    timing: Timing
    sign: str
    catch_up_s: float = 0.0


@dataclass
class _Entry:
    timed: Timed
    begun_s: float
    due_s: float | None


Schedules = Mapping[str, Timed]
"""What is to fire, by ARN."""


class Occasion(NamedTuple):
    """A time at which something is due.

    Parameters
    ----------
    arn
        What is due.
    due_s
        The time, in epoch seconds.
    is_last
        Whether it will not be due again.
    """

    arn: str
    due_s: float
    is_last: bool = False


Fire = Callable[[Occasion], None]
"""Fires what is due; returns at once."""


class Timetable:
    """Fires schedules at their times.

    Parameters
    ----------
    read
        Returns the enabled schedules; the same object as long as none has changed.
    fire
        Fires one of them.
    begun
        Keeps when schedules began; closed with the timetable.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        read: Callable[[], Schedules],
        fire: Fire,
        begun: DurableMap[str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._read = read
        self._fire = fire
        self._begun = begun
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._due: list[tuple[float, str]] = []
        self._seen: Schedules | None = None
        self._readable = True
        self._woken = asyncio.Event()

    def __len__(self) -> int:
        """Return how many schedules will be due."""
        return sum(entry.due_s is not None for entry in self._entries.values())

    def refresh(self) -> None:
        """Read the schedules again; to be called after every change.

        While schedules cannot be read, they stay as they are.
        """
        try:
            wanted = self._read()
        except Exception:
            if self._readable:  # once, not every second
                _LOGGER.exception("the schedules cannot be read; they stay as they are")
            self._readable = False
            return
        self._readable = True
        if wanted is not self._seen:
            self._take_over(wanted)

    def _take_over(self, wanted: Schedules) -> None:
        for gone in self._entries.keys() - wanted.keys():
            del self._entries[gone]
        for gone in set(self._begun) - wanted.keys():
            self._keep(gone, None)
        for arn, timed in wanted.items():
            known = self._entries.get(arn)
            if known is None or (known.timed is not timed and known.timed != timed):
                self._entries[arn] = self._entry(arn, timed)
        self._seen = wanted
        self._due = [(entry.due_s, arn) for arn, entry in self._entries.items() if entry.due_s]
        heapq.heapify(self._due)
        self._woken.set()

    def fire_due(self) -> None:
        """Fire all that is due."""
        now_s = self._clock()
        while self._due and self._due[0][0] <= now_s:
            due_s, arn = heapq.heappop(self._due)
            entry = self._entries[arn]
            is_once = entry.timed.timing.once
            entry.due_s = None if is_once else _next(arn, entry, max(due_s, now_s))
            if entry.due_s is not None:
                heapq.heappush(self._due, (entry.due_s, arn))
            try:
                self._fire(Occasion(arn, due_s, entry.due_s is None))
            except Exception:
                _LOGGER.exception("%s was due and did not fire", arn)
                continue
            if is_once:
                self._keep(arn, _kept(entry.timed, entry.begun_s, fired=True))

    async def run(self) -> None:
        """Fire until cancelled."""
        while True:
            self.refresh()
            self.fire_due()
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), self._sleep_s())
            except TimeoutError:
                continue

    def close(self) -> None:
        """Close the file."""
        self._begun.close()

    def _sleep_s(self) -> float:
        if not self._due:
            return LOOK_INTERVAL_S
        return min(max(self._due[0][0] - self._clock(), 0.0), LOOK_INTERVAL_S)

    def _entry(self, arn: str, timed: Timed) -> _Entry:
        """Return a schedule that is new or changed, or was there before the start."""
        now_s, kept = self._clock(), self._begun.get(arn)
        entry = _Entry(timed, now_s, None)
        if kept is None or kept["sign"] != timed.sign:
            self._keep(arn, _kept(timed, now_s))
            entry.due_s = _next(arn, entry, now_s - max(GRACE_S, timed.catch_up_s))
            return entry
        entry.begun_s = kept["begun_s"]
        if not timed.timing.once:
            entry.due_s = _next(arn, entry, now_s)
        elif not kept["fired"]:
            since_s = max(entry.begun_s - GRACE_S, now_s - timed.catch_up_s)
            entry.due_s = _next(arn, entry, since_s)
        return entry

    def _keep(self, arn: str, value: object) -> None:
        try:
            self._begun.change((arn, value))
        except OSError as error:
            _LOGGER.warning("%s begins anew when the server restarts: %s", arn, error)


def _next(arn: str, entry: _Entry, since_s: float) -> float | None:
    """Return when a schedule is due next; None, too, if that cannot be computed."""
    try:
        return entry.timed.timing.next_after(since_s, entry.begun_s)
    except (ArithmeticError, OSError, ValueError):
        _LOGGER.exception("when %s is due cannot be computed; it does not fire", arn)
        return None


def _kept(timed: Timed, begun_s: float, *, fired: bool = False) -> dict[str, object]:
    return {"sign": timed.sign, "begun_s": begun_s, "fired": fired}
