"""Evidence in words."""

import math
from collections.abc import Callable
from typing import Final

from .model import FAILURES, LOST, OWN_TIME, REPEATED, THROTTLES, WAIT, Evidence

_HUNDREDTH: Final = 0.01
_CLEAR: Final = 0.2  # share of the mean shift that a median has to move to be worth naming


def milliseconds(seconds: float, *, sign: str = "") -> str:
    """Return a duration as text.

    Examples
    --------
    >>> milliseconds(0.2124, sign="+"), milliseconds(0.0021)
    ('+212 ms', '2.1 ms')
    """
    ms = seconds * 1000
    return f"{ms:{sign},.{0 if abs(ms) >= 10 else 1}f} ms"  # noqa: PLR2004 - two digits


def percent(share: float) -> str:
    """Return a share as text.

    Examples
    --------
    >>> percent(0.312), percent(0.004), percent(0.0)
    ('31 %', '0.4 %', '0 %')
    """
    return f"{share * 100:.{0 if share >= 0.01 or share == 0 else 1}f} %"  # noqa: PLR2004 - two digits


def sureness(probability: float) -> str:
    """Return a probability as text; it is never known to be closer to 0 or 1 than a hundredth.

    Examples
    --------
    >>> sureness(0.9994), sureness(0.814), sureness(0.0)
    ('over 99 %', '81 %', 'under 1 %')
    """
    if probability > 1 - _HUNDREDTH:
        return "over 99 %"
    return percent(probability) if probability >= _HUNDREDTH else "under 1 %"


def in_words(row: Evidence) -> str:
    """Return what a test found.

    Examples
    --------
    >>> in_words(Evidence("node", "stock", FAILURES, 0.0, 0.31, 0.31, 0.31, 1e-6, 0.05))
    'failure rate 0 % -> 31 %'
    """
    return _WORDS[row.test](row)


def _time(what: str) -> Callable[[Evidence], str]:
    def words(row: Evidence) -> str:
        moved = row.bad - row.good
        if moved < _CLEAR * row.change:  # a few requests, not most
            return f"{what} mean {milliseconds(row.change, sign='+')}, by slow requests"
        return f"{what} p50 {milliseconds(moved, sign='+')} ({milliseconds(row.good)} before)"

    return words


def _throttles(row: Evidence) -> str:
    before = f" ({percent(row.good)} before)" if row.good else ""
    return f"{percent(row.bad)} of requests throttled{before}"


def _lost(row: Evidence) -> str:
    if math.isclose(row.bad, 1.0):
        return "no calls or events arrive"
    return f"{percent(row.bad)} of calls or events do not arrive ({percent(row.good)} before)"


_WORDS: Final[dict[str, Callable[[Evidence], str]]] = {
    OWN_TIME: _time("self time"),
    WAIT: _time("waiting"),
    FAILURES: lambda row: f"failure rate {percent(row.good)} -> {percent(row.bad)}",
    THROTTLES: _throttles,
    LOST: _lost,
    REPEATED: lambda row: f"{percent(row.bad)} of calls or events repeated",
}
