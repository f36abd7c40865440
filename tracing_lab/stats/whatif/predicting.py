"""Predict how long requests would take after a change, from traces alone."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.schema import SPAN_COLUMNS
from tracing_lab.stats.quantiles import check_fraction

from .applying import changed, is_random
from .case import Case, Durations, case_of, durations_of
from .changes import Change
from .interval import prediction_interval
from .prediction import CHAIN, PERCENTILES, REQUEST, Prediction, Span
from .retiming import Seconds
from .retries import with_retries

FEWEST: Final = 20
"""Traces of which one can say what is usual, and hardly more."""

DRIFT: Final = 0.05
"""Measured: medians of windows of the same orders, in the recordings of `docs/what-if.md`."""

_CASES: Final = 64
_LARGEST: Final = 4_000_000


def predict(
    spans: pd.DataFrame,
    *changes: Change,
    of: Span = REQUEST,
    confidence: float = 0.9,
    requests: int | None = None,
    drift: float = DRIFT,
    seed: int = 1,
) -> Prediction:
    """Return how long requests would take after changes, from traces alone.

    Each trace is computed again with other times: what had to wait for what follows from the order
    in which spans started and ended, so that calls that were parallel stay so, and what is not on
    the critical path has no effect until it is. Everything else stays as it was recorded, also gaps
    and waits. `Prediction.ignores` has what that leaves out.

    Parameters
    ----------
    spans
        A span frame with traces of the usual load.
    *changes
        `Scaled`, `Delayed`, `Replaced`, `InParallel` or `Retried`; applied in this order, retry
        policies after all others.
    of
        ``request`` for the time until the response, ``chain`` for that until the last segment ends.
    confidence
        Of the interval.
    requests
        For how many requests after the changes the interval is; by default as many as traces.
    drift
        By how much the median of one window differs from that of another without any change, as a
        share (the standard deviation); the 99th percentile is taken to differ by twice as much. The
        default is that of a machine with other work to do; measure yours with two windows, and use
        0 for a system that never changes.
    seed
        Of what is random.

    Returns
    -------
    Prediction
        The median and the 99th percentile, now and predicted, with an interval.

    Raises
    ------
    TraceDataError
        If there are too few traces, or nothing in them can change so: the message says what there
        is.
    ValueError
        If `of`, `confidence`, `requests` or `drift` is not one of the values above.

    Examples
    --------
    Twenty requests of 100 ms, of which a call takes 40 to 59 ms:

    >>> from tracing_lab.spans import spans_from_traces
    >>> from tracing_lab.stats.whatif import Scaled
    >>> def trace(number):
    ...     call = {"id": "b" * 16, "name": "search", "start_time": 10.02}
    ...     call["end_time"] = 10.06 + number / 1000
    ...     root = {"id": "a" * 16, "name": "shop", "start_time": 10.0, "end_time": 10.1}
    ...     document = {**root, "subsegments": [call]}
    ...     return {"Id": f"1-0000000a-{number:024x}", "Segments": [{"Document": document}]}
    >>> spans = spans_from_traces(trace(number) for number in range(20))
    >>> half = predict(spans, Scaled("shop", 0.5, operation="search"))
    >>> half.table.loc["p50", ["now_s", "predicted_s"]].round(5).tolist()
    [0.1, 0.07525]
    """
    _check(spans, of, confidence, requests, drift)
    usable = spans[_is_whole(spans)]
    traces = _traces(usable)
    left_out = _traces(spans) - traces
    if traces < FEWEST:
        raise TraceDataError(_too_few(traces, left_out))
    rng = np.random.default_rng(seed)
    now_s = _times(durations_of(case_of(usable, cases=1)), of)[:, 0]
    predicted_s = _times(durations_of(_after(usable, changes, rng)), of)
    known = ~np.isnan(now_s)
    if known.sum() < FEWEST:
        raise TraceDataError(_too_few(int(known.sum()), _traces(spans) - int(known.sum())))
    predicted_s, count = predicted_s[known], requests or int(known.sum())
    rows = {
        name: [
            np.quantile(now_s[known], q),
            np.quantile(predicted_s, q, axis=0).mean(),
            *prediction_interval(
                predicted_s, q, requests=count, drift=drift, confidence=confidence, rng=rng
            ),
        ]
        for name, q in PERCENTILES.items()
    }
    columns = ["now_s", "predicted_s", "low_s", "high_s"]
    return Prediction(
        changes=changes,
        of=of,
        table=pd.DataFrame.from_dict(rows, orient="index", columns=columns),
        confidence=confidence,
        requests=count,
        traces=int(known.sum()),
        left_out=_traces(spans) - int(known.sum()),
        now_s=now_s[known],
        predicted_s=predicted_s.T.ravel(),
    )


def _check(
    spans: pd.DataFrame, of: str, confidence: float, requests: int | None, drift: float
) -> None:
    missing = [name for name in SPAN_COLUMNS if name not in spans.columns]
    if missing:
        msg = f"This is no span frame: it lacks {', '.join(missing)}. See spans_from_traces."
        raise TraceDataError(msg)
    check_fraction("confidence", confidence)
    if of not in (REQUEST, CHAIN):
        msg = f"of is {of!r}; it must be {REQUEST!r} or {CHAIN!r}."
        raise ValueError(msg)
    if requests is not None and requests < 1:
        msg = f"requests is {requests}; it must be at least 1."
        raise ValueError(msg)
    if not 0 <= drift < 1:
        msg = f"drift is {drift}; it must be a share from 0 on, such as 0.05."
        raise ValueError(msg)


def _after(spans: pd.DataFrame, changes: Sequence[Change], rng: np.random.Generator) -> Case:
    cases = 1
    if any(map(is_random, changes)):
        cases = max(4, min(_CASES, _LARGEST // (2 * len(spans))))
    case = case_of(spans, cases=cases)
    for change in changes:
        case = changed(change, case, rng)
    return with_retries(case, rng)


def _times(durations: Durations, of: Span) -> Seconds:
    return durations.request_s if of == REQUEST else durations.chain_s


def _is_whole(spans: pd.DataFrame) -> "pd.Series[bool]":
    """Return which spans belong to traces of which everything has ended and has its parent."""
    ids = spans.index.get_level_values("trace_id")
    is_lost = (spans["depth"] == 0) & spans["parent_id"].notna()
    return (spans["end"].notna() & ~is_lost).groupby(ids).transform("all")


def _traces(spans: pd.DataFrame) -> int:
    return int(spans.index.get_level_values("trace_id").nunique())


def _too_few(traces: int, left_out: int) -> str:
    more = f" {left_out} more are in progress or lack spans." if left_out else ""
    return f"There are {traces} traces; a prediction needs {FEWEST}.{more} Fetch more of them."
