"""Splitting time ranges, because X-Ray limits how much one call may span."""

from datetime import datetime, timedelta

from tracing_lab.errors import TraceDataError

WINDOW = timedelta(hours=6)
"""Longest range of GetServiceGraph (its API reference)."""


def windows(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Split a range into adjoining windows that one call may span.

    Parameters
    ----------
    start, end
        The range, with time zone.

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
        parts.append((start, min(start + WINDOW, end)))
        start = parts[-1][1]
    return parts
