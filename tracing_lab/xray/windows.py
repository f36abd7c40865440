"""Choose a time range, and split it into windows, because X-Ray limits the span of a call."""

from datetime import datetime, timedelta
from typing import Any

from tracing_lab.errors import TraceDataError

WINDOW = timedelta(hours=6)
"""Longest range of GetServiceGraph (its API reference)."""


def chosen_window(
    name: str, subject: Any, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime] | None:
    """Return the time range of the arguments; None if they select traces in another way.

    Parameters
    ----------
    name
        The parameter that may be passed instead, for the error message.
    subject
        Its value.
    start, end
        The range.

    Returns
    -------
    tuple[datetime, datetime] | None
        The range, or None if there is a subject.

    Raises
    ------
    TraceDataError
        If there is not exactly one of the two.
    """
    if subject is None and start is not None and end is not None:
        return start, end
    if subject is not None and start is None and end is None:
        return None
    msg = f"Pass either {name}, or both start and end."
    raise TraceDataError(msg)


def windows(
    start: datetime, end: datetime, *, longest: timedelta = WINDOW
) -> list[tuple[datetime, datetime]]:
    """Split a range into adjoining windows that one call may span.

    Parameters
    ----------
    start, end
        The range, with time zone.
    longest
        How much one call may span.

    Returns
    -------
    list[tuple[datetime, datetime]]
        Start and end of each window, in order.

    Raises
    ------
    TraceDataError
        If the range is empty or lacks a time zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = datetime(2026, 11, 23, tzinfo=UTC)
    >>> [(a.hour, b.hour) for a, b in windows(day, day + timedelta(hours=7))]
    [(0, 6), (6, 7)]
    """
    if start.tzinfo is None or end.tzinfo is None:
        msg = f"start={start} and end={end} need a time zone, for example datetime.now(UTC)."
        raise TraceDataError(msg)
    if start >= end:
        msg = f"start={start} must be before end={end}."
        raise TraceDataError(msg)
    parts = []
    while start < end:
        parts.append((start, min(start + longest, end)))
        start = parts[-1][1]
    return parts
