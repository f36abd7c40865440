"""The time of the current call, which a replay repeats.

The ARNs of streams and backups contain a time, so that a replay at another time would change them;
other resources show when they were made or changed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from moto.dynamodb.models import table


class CallClock:
    """The time of the call that is being made. Guarded by the control plane's lock."""

    def __init__(self) -> None:
        self._time_s: float | None = None

    @contextmanager
    def at(self, time_s: float | None) -> Iterator[None]:
        """Stop the clock at a time; None lets it go on."""
        self._time_s = time_s
        try:
            yield
        finally:
            self._time_s = None

    def time_s(self) -> float:
        """Return the time of the call in epoch seconds."""
        return time.time() if self._time_s is None else self._time_s

    def now(self) -> datetime:
        """Return the time of the call as moto's models have it: in UTC, without saying so."""
        return datetime.fromtimestamp(self.time_s(), UTC).replace(tzinfo=None)


CLOCK = CallClock()


def adopt_clock() -> None:
    """Make moto's tables, streams and backups use the time of the call."""
    module: Any = table
    module.utcnow = CLOCK.now  # moto has no switch
