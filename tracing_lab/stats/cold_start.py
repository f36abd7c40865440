"""Cold starts of Lambda functions."""

from typing import Any, Final

import pandas as pd

from tracing_lab.xray_model.documents import SEGMENT, SUBSEGMENT
from tracing_lab.xray_model.lambda_segments import FUNCTION, INIT_NAMES

from .quantiles import percentile_columns
from .shares import with_share_intervals
from .span_groups import table_of_groups

_NONE: Final = pd.Series(dtype=float)


def cold_starts(spans: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the number of cold starts of Lambda functions, and the time that they took.

    Parameters
    ----------
    spans
        A span frame.
    confidence
        Of the intervals, see `percentile_interval`; that of the rate is Wilson's.

    Returns
    -------
    summary
        One row per function: ``invocations``, ``cold``, ``cold_rate`` with ``cold_low`` and
        ``cold_high``, ``init_p50_s`` and ``init_max_s`` (initialization alone), ``cold_p50_s``
        and ``warm_p50_s`` (the function's own run, initialization left out, as on AWS). Each median
        has its bounds, such as ``init_p50_low_s`` and ``init_p50_high_s``.
    """
    runs = spans[(spans["origin"] == FUNCTION) & (spans["kind"] == SEGMENT)]
    inits = spans[(spans["kind"] == SUBSEGMENT) & spans["name"].isin(INIT_NAMES)]
    init_s = {key: rows["duration_s"] for key, rows in inits.groupby(["service"], observed=True)}
    rows = {
        service: _cold_starts(mine, init_s.get(service, _NONE), confidence)
        for service, mine in runs.groupby(["service"], sort=False, observed=True)
    }
    table = table_of_groups(rows, ["service"], _cold_starts(runs.iloc[:0], _NONE, confidence))
    return with_share_intervals(table, count="invocations", confidence=confidence)


def _cold_starts(
    runs: pd.DataFrame, init_s: "pd.Series[float]", confidence: float
) -> dict[str, Any]:
    cold = runs["cold_start"]
    row: dict[str, Any] = {"invocations": len(runs), "cold": int(cold.sum())}
    row["cold_rate"] = row["cold"] / max(len(runs), 1)
    row |= _median("init", init_s, confidence) | {"init_max_s": init_s.max()}
    row |= _median("cold", runs.loc[cold, "duration_s"], confidence)
    return row | _median("warm", runs.loc[~cold, "duration_s"], confidence)


def _median(name: str, times_s: "pd.Series[float]", confidence: float) -> dict[str, float]:
    return percentile_columns(times_s.tolist(), {f"{name}_p50": 0.5}, confidence=confidence)
