"""How the latency of two sets of traces differs."""

from typing import Any, Final

import numpy as np
import pandas as pd

from .quantiles import Sample, difference_interval, known, quantile
from .span_groups import Grouping, group_keys, request_spans, table_of_groups

_COMPARED: Final = {"p50": 0.5, "p95": 0.95}


def compare(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    by: Grouping = "service",
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how latency differs between two sets of traces, for example around a change.

    Parameters
    ----------
    first, second
        Span frames.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.
    confidence
        Of the bootstrap intervals of the differences.
    seed
        Of the bootstrap; the same seed gives the same intervals.

    Returns
    -------
    comparison
        One row per group: ``count_first``, ``count_second`` and, for ``p50`` and ``p95`` each,
        ``_first_s``, ``_second_s``, ``_change_s`` (second minus first), ``_change_low_s`` and
        ``_change_high_s``. An interval without zero is a change that chance hardly explains.

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    keys = group_keys(by)
    samples = [
        {key: known(rows["duration_s"].to_numpy()) for key, rows in groups}
        for groups in (
            request_spans(spans, by=by).groupby(keys, sort=False) for spans in (first, second)
        )
    ]
    empty = np.empty(0)
    rng = np.random.default_rng(seed)
    rows = {
        key: _change(samples[0].get(key, empty), samples[1].get(key, empty), confidence, rng)
        for key in {**samples[0], **samples[1]}
    }
    return table_of_groups(rows, keys, _change(empty, empty, confidence, rng))


def _change(
    first: Sample, second: Sample, confidence: float, rng: np.random.Generator
) -> dict[str, Any]:
    row: dict[str, Any] = {"count_first": len(first), "count_second": len(second)}
    for name, q in _COMPARED.items():
        before, after = quantile(first, q), quantile(second, q)
        low, high = difference_interval(first, second, q, confidence=confidence, rng=rng)
        row |= {f"{name}_first_s": before, f"{name}_second_s": after}
        row |= {f"{name}_change_s": after - before}
        row |= {f"{name}_change_low_s": low, f"{name}_change_high_s": high}
    return row
