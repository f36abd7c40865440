"""Failure rates of clients' requests, by group and over time."""

import pandas as pd

from tracing_lab.summaries.schema import ENTRY_POINT
from tracing_lab.xray_model.outcomes import FAILURES

from .shares import with_share_intervals
from .traces import whole_traces


def error_rates(
    frame: pd.DataFrame,
    *,
    by: str | None = None,
    every: str | pd.Timedelta | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the share of clients' requests that failed, by group and over time.

    Parameters
    ----------
    frame
        A summary frame or a span frame.
    by
        Column to group by, see `whole_traces`. By default ``entry_point``, or nothing if `every`
        is given.
    every
        Length of the intervals of time to count in, for example ``1min``.
    confidence
        Of the intervals of the rates (Wilson's score interval).

    Returns
    -------
    rates
        One row per group and per start of an interval in which traces started: ``count``,
        ``error_rate``, ``throttle_rate`` and ``fault_rate`` (fractions of the count; throttles are
        not errors here), ``failure_rate`` (their sum), each with its bounds: ``failure_low`` and
        ``failure_high``.

    Raises
    ------
    ValueError
        If the frame does not have the column `by`, `every` is not a length of time, or
        `confidence` is not between 0 and 1.
    TraceDataError
        If the frame is neither a summary frame nor a span frame.

    Examples
    --------
    >>> from tracing_lab.summaries import frame_from_summaries
    >>> items = [{"Id": f"1-0000000a-{n}", "ResponseTime": 1, "HasFault": n < 2} for n in range(8)]
    >>> summaries = frame_from_summaries(items)
    >>> error_rates(summaries, every="1min")["failure_rate"].tolist()
    [0.25]
    """
    traces = whole_traces(frame, by=by)
    keys = [traces["group"].rename(by or ENTRY_POINT)] if by or every is None else []
    if every is not None:
        keys.append(traces["start"].dt.floor(_length(every)))
    outcomes = {f"{status}_rate": traces["status"] == status for status in FAILURES}
    groups = pd.DataFrame(outcomes).groupby(keys, dropna=False)
    rates = groups.mean()
    rates.insert(0, "count", groups.size())
    rates["failure_rate"] = rates[[*outcomes]].sum(axis=1)
    return with_share_intervals(rates, confidence=confidence)


def _length(every: str | pd.Timedelta) -> pd.Timedelta:
    try:
        length = pd.Timedelta(every)
    except ValueError as error:
        msg = f"every={every!r} is not a length of time; write it like '1min' or '30s'."
        raise ValueError(msg) from error
    if not length > pd.Timedelta(0):
        msg = f"every={every!r} must be longer than zero."
        raise ValueError(msg)
    return length
