"""Recorded arrivals: when the orders of an earlier load, or of real customers, came."""

import math
from collections.abc import Sequence
from typing import Final

import pandas as pd

from tracing_lab.errors import TrafficError

MAX_ORDERS: Final = 100_000
LONGEST_S: Final = 24 * 3600.0

Arrivals = Sequence[float] | pd.Series | pd.DataFrame
"""Seconds, or a log with a column ``scheduled``."""


def offsets_of(arrivals: Arrivals) -> list[float]:
    """Return when each order is sent, so that orders arrive as recorded.

    Parameters
    ----------
    arrivals
        Seconds, from any start and in any order; or a log with a column ``scheduled``.

    Returns
    -------
    list[float]
        Seconds from the first arrival, ascending.

    Raises
    ------
    TrafficError
        If there are none or too many, they take more than a day, or one is no time.

    Examples
    --------
    >>> offsets_of([100.5, 100.0, 102.0])
    [0.0, 0.5, 2.0]
    """
    seconds = _logged(arrivals) if isinstance(arrivals, pd.DataFrame) else _numbers(arrivals)
    if not 1 <= len(seconds) <= MAX_ORDERS:
        msg = f"arrivals has {len(seconds)} times; there must be 1 to {MAX_ORDERS:,}."
        raise TrafficError(msg)
    first = min(seconds)
    offsets = sorted(second - first for second in seconds)
    if offsets[-1] > LONGEST_S:
        msg = (
            f"arrivals take {offsets[-1]:,.0f} s, which is more than a day. They count in seconds: "
            "divide milliseconds by 1,000, or pass a part of them."
        )
        raise TrafficError(msg)
    return offsets


def _logged(log: pd.DataFrame) -> list[float]:
    if "scheduled" not in log.columns:
        msg = "arrivals has no column 'scheduled'. Pass what traffic.fire returned, or seconds."
        raise TrafficError(msg)
    try:
        times = pd.to_datetime(log["scheduled"], utc=True, format="ISO8601")
    except (TypeError, ValueError) as error:
        msg = (
            "arrivals has a 'scheduled' that is no time in ISO 8601. Pass what traffic.fire "
            "returned, or seconds."
        )
        raise TrafficError(msg) from error
    if times.isna().any():
        msg = f"arrivals has {int(times.isna().sum())} rows without a 'scheduled' time."
        raise TrafficError(msg)
    return list((times - times.min()).dt.total_seconds()) if len(times) else []


def _numbers(arrivals: object) -> list[float]:
    if isinstance(arrivals, str | bytes | dict) or not hasattr(arrivals, "__iter__"):
        msg = f"arrivals={arrivals!r} must be seconds in a sequence, or a log of traffic.fire."
        raise TrafficError(msg)
    return [_number(value, place) for place, value in enumerate(arrivals)]


def _number(value: object, place: int) -> float:
    try:
        if not isinstance(value, bool | str | bytes) and math.isfinite(value):  # type: ignore[arg-type]
            return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        pass
    msg = f"arrivals[{place}]={value!r} must be a number of seconds."
    raise TrafficError(msg)
