"""How the requests of two sets of traces differ."""

import numpy as np
import pandas as pd

from tracing_lab.spans.tree import families

from .changes import Window, changes, judged
from .span_groups import Grouping, group_keys, request_spans


def compare(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    by: Grouping = "service",
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how requests differ between two sets of traces, for example around a change.

    Latency and own time are compared by Mann and Whitney's rank test, failures and presence by
    Fisher's exact test, with a trace as the unit, and the p-values of the whole table are corrected
    together by Benjamini and Hochberg's procedure: two windows in which nothing differs show
    a significant row in at most 5 % of all cases. Own time is what a request took without the
    requests that it made, so that a caller does not change because what it calls does. Traces count
    as independent of each other; where load comes in waves, compare windows that are long enough to
    have several.

    Parameters
    ----------
    first, second
        Span frames.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.
    confidence
        Of the intervals; what is left to 1 is the share of false discoveries.
    seed
        Of the bootstrap; the same seed gives the same intervals.

    Returns
    -------
    comparison
        One row per group, first those that chance hardly explains (``significant``), the best
        founded one on top:

        - ``count_first``, ``count_second`` (requests), ``traces_first``, ``traces_second``;
        - for ``p50``, ``p95`` and ``own_p50``: ``_first_s``, ``_second_s`` and ``_change_s``
          (second minus first), each with its bounds (``_change_low_s``, ``_change_high_s``, by
          bootstrap, NaN where there are too few requests to know);
        - ``failure_first_rate``, ``failure_second_rate`` and ``failure_change``, with bounds;
        - effect sizes: ``latency_effect`` and ``own_effect``, the probability that a trace of the
          second set takes longer than one of the first (0.5: no difference);
        - corrected p-values: ``latency_q``, ``own_q``, ``failure_q``, ``presence_q`` (whether the
          group occurs in another share of traces);
        - the least change that is found in four of five cases, with this many traces:
          ``latency_detectable_s``, ``failure_detectable`` (a rise).

    Raises
    ------
    ValueError
        If `by` or `confidence` is not one of the values above.
    """
    before, after = _window(first, by), _window(second, by)
    table = changes(before, after, group_keys(by), confidence=confidence, seed=seed)
    return judged(table, confidence=confidence)


def own_times(spans: pd.DataFrame) -> "pd.Series[float]":
    """Return each segment's duration, subsegments included, without the requests that it made."""
    _, owners = families(spans)
    self_s = spans["self_s"].to_numpy()
    own_s = np.bincount(owners, weights=np.nan_to_num(self_s), minlength=len(spans))
    return pd.Series(np.where(np.isnan(self_s), np.nan, own_s), index=spans.index)


def _window(spans: pd.DataFrame, by: Grouping) -> Window:
    own_s = spans["self_s"] if by == "operation" else own_times(spans)
    requests = request_spans(spans.assign(own_s=own_s.array), by=by)
    trace_ids = requests.index.get_level_values("trace_id")
    columns = requests[[*group_keys(by), "status", "duration_s", "own_s"]]
    columns = columns.assign(trace_id=trace_ids.array).reset_index(drop=True)
    return Window(columns, spans.index.unique("trace_id").size)
