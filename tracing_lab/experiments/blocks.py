"""Blocks of orders, in turns with the cause in place and without it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from tracing_lab import traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import TrafficError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stack.outputs import Outputs
from tracing_lab.traffic import Progress
from tracing_lab.traffic.load import TrafficLoad
from tracing_lab.xray.settling import Clock

from .decision import LOOKS, PAIRS

_FEWEST: Final = 3
"""Orders of a block."""

_WARM_UP: Final = 8
_WARM_UP_RATE: Final = 100.0
"""So many at once start as many environments of what was restarted; then they are warm."""

_LAST: Final = 5
"""Orders that are waited for: those that come before them have ended then, most likely."""

_QUIET_SHARE: Final = 0.15
"""So long nothing may happen before a change, as a share of when traces count as settled."""


@dataclass(frozen=True)
class Visit:
    """A time in which nothing is changed: the blocks of one or two pairs, one after the other."""

    in_place: bool
    pairs: tuple[int, ...]

    @property
    def look(self) -> int | None:
        """After how many pairs it is time to look; None if it is not yet."""
        done = self.pairs[0] + 1
        return done if done in LOOKS else None


def visits() -> Iterator[Visit]:
    """Yield when which blocks are sent.

    With the cause (A) and without it (B), it goes A B, B A, A B, B A and so on. What lies next to
    each other in the same state is a single visit.

    Examples
    --------
    >>> first = [*visits()][:5]
    >>> [("A" if visit.in_place else "B") * len(visit.pairs) for visit in first]
    ['A', 'BB', 'AA', 'BB', 'A']
    >>> [visit.pairs for visit in first], first[-1].look
    ([(0,), (0, 1), (1, 2), (2, 3), (3,)], 4)
    """
    for number in range(PAIRS + 1):
        pairs = tuple(pair for pair in (number - 1, number) if 0 <= pair < PAIRS)
        # where it is looked at what there is, the two blocks of a state are apart
        parts = [pairs[:1], pairs[1:]] if number in LOOKS else [pairs]
        yield from (Visit(number % 2 == 0, part) for part in parts if part)


@dataclass
class OrderLoad:
    """Sends blocks of orders and keeps what they were.

    Parameters
    ----------
    config, outputs, aws
        The stack.
    orders
        How many orders are sent at most, without those that warm up.
    rate, seed
        Of each block; see `tracing_lab.traffic.fire`.
    progress
        Called with the number of answered and of all orders.
    """

    config: Config
    outputs: Outputs
    aws: Aws
    orders: int
    rate: float
    seed: int
    progress: Progress | None = None
    sent: list[pd.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Check the load, so that none is rejected after orders have been sent."""
        blocks = 2 * PAIRS
        if type(self.orders) is not int or self.orders < _FEWEST * blocks:
            msg = (
                f"Nothing was changed: orders={self.orders!r} must be a whole number of at least "
                f"{_FEWEST * blocks}, for {blocks} blocks of {_FEWEST}."
            )
            raise TrafficError(msg)
        TrafficLoad(orders=self.orders, rate=self.rate, seed=self.seed)  # raises
        self._block = self.orders // blocks
        self._total = self._block * blocks

    def visit(self, visit: Visit) -> None:
        """Send the blocks of a visit, and wait until nothing happens any more."""
        self._fetch(self._warmed_up(), quiet_s=0.0)
        logs = [self._fire(visit, pair) for pair in visit.pairs]
        self.sent += logs
        self._fetch(logs[-1].tail(_LAST), quiet_s=self._quiet_s)

    def orders_sent(self) -> pd.DataFrame:
        """Return all orders so far that were answered.

        Returns
        -------
        orders
            ``trace_id``, ``pair``, ``number`` and ``in_place``.
        """
        log = pd.concat(self.sent, ignore_index=True)
        answered = log[log["status"].notna()]
        return answered[["trace_id", "pair", "number", "in_place"]].reset_index(drop=True)

    def spans(self, orders: pd.DataFrame) -> pd.DataFrame:
        """Return the spans of orders."""
        return spans_from_traces(self._fetch(orders, quiet_s=self._quiet_s))

    def end(self) -> None:
        """Report that no more orders are sent."""
        if self.progress is not None:
            self.progress(self._total, self._total)

    @property
    def _quiet_s(self) -> float:
        return self.aws.control_plane.trace_quiet_s * _QUIET_SHARE

    @property
    def _clock(self) -> Clock:
        """A clock by which traces are looked at often: what has ended is to be noticed at once."""
        most_s = self._quiet_s / 2
        return Clock(time.monotonic, lambda wait_s: time.sleep(min(wait_s, most_s)))

    def _fetch(self, log: pd.DataFrame, *, quiet_s: float) -> list[dict[str, Any]]:
        with xray.retries_are_known():
            return xray.fetch_traces(
                self.config, log, quiet_s=quiet_s, aws=self.aws, clock=self._clock
            )

    def _warmed_up(self) -> pd.DataFrame:
        return traffic.fire(self.outputs, orders=_WARM_UP, rate=_WARM_UP_RATE, seed=self.seed - 1)

    def _fire(self, visit: Visit, pair: int) -> pd.DataFrame:
        before = sum(map(len, self.sent)) + self._block * visit.pairs.index(pair)

        def report(done: int, _total: int) -> None:
            if self.progress is not None:
                self.progress(before + done, self._total)

        log = traffic.fire(
            self.outputs,
            orders=self._block,
            rate=self.rate,
            seed=self.seed + pair,
            id_prefix=f"verify-{self.seed}-{pair}-",
            progress=report,
        )
        return log.assign(pair=pair, number=log.index, in_place=visit.in_place)
