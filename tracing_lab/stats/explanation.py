"""What is different about slow traces."""

import math
from collections.abc import Hashable, Iterator
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from tracing_lab.spans.reading.documents import as_json
from tracing_lab.spans.schema import INDEX_NAMES
from tracing_lab.xray_model.outcomes import FAILURES

from .frame_kinds import is_summary_frame
from .quantiles import check_fraction, known, quantile
from .shares import share_bounds
from .significance import adjusted, rank_test, share_test
from .traces import end_to_end

_TRACE: Final = INDEX_NAMES[0]
_MOST_VALUES: Final = 10  # of a number that counts as a category
_FACT: Final = [_TRACE, "attribute", "value"]
_COLUMNS: Final = (
    *("attribute", "value", "slow_traces", "other_traces"),
    *("slow_rate", "slow_low", "slow_high", "other_rate", "other_low", "other_high"),
    *("effect", "q", "significant"),
)


def explain_slow(
    frame: pd.DataFrame,
    *,
    slowest: float = 0.1,
    measure: Literal["response_s", "duration_s"] = "response_s",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return what is different about the slow traces, over all annotations.

    For each value of each annotation, the slow traces are compared with the others: do more of them
    have it? The same for the services on the way, their cold starts and their failures; numbers
    with many values may be larger or smaller. The p-values (Fisher's exact test, Mann and Whitney's
    rank test) are corrected together by Benjamini and Hochberg's procedure. Values that occur in so
    few traces that not even the clearest case would count, such as ids, are left out beforehand
    (Tarone, Biometrics 46, 1990, 515-522).

    What is frequent among slow traces need not be the reason that they are slow.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    slowest
        Which part of the traces counts as slow.
    measure
        What is slow: ``response_s``, what clients wait, or ``duration_s`` until all is done.
    confidence
        Of the intervals; what is left to 1 is the share of false discoveries.

    Returns
    -------
    differences
        One row per value, the best founded one on top: ``attribute`` and ``value`` as text
        (``larger`` or ``smaller`` of numbers), ``slow_traces`` and ``other_traces`` (how many have
        it), ``slow_rate`` and ``other_rate`` with bounds (``slow_low``, ``slow_high``; NaN of
        numbers), ``effect`` (the probability that a slow trace has more of it than another one;
        0.5: no difference), ``q`` (the corrected p-value) and ``significant``.

    Raises
    ------
    ValueError
        If `slowest` or `confidence` is not between 0 and 1.
    TraceDataError
        If the frame is neither a summary frame nor a span frame.
    """
    check_fraction("slowest", slowest)
    check_fraction("confidence", confidence)
    traces = frame if is_summary_frame(frame) else end_to_end(frame)
    times = traces[measure].dropna()
    slow = times >= quantile(times.to_numpy(), 1 - slowest)
    facts = _facts(frame)
    facts = facts[facts[_TRACE].isin(times.index)]
    rows = [*_differences(facts, slow, confidence)]
    p_values = np.array([row.pop("p") for row in rows], dtype=float)
    table = pd.DataFrame(rows).assign(q=adjusted(p_values)) if rows else pd.DataFrame()
    table = table.reindex(columns=_COLUMNS).assign(
        significant=lambda found: found["q"] <= 1 - confidence
    )
    size = -np.abs(table["effect"].to_numpy(dtype=float) - 0.5)
    return table.iloc[np.lexsort([size, p_values])].reset_index(drop=True)


def _facts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row per trace, attribute and value, each once."""
    parts = [_annotations(frame)]
    if is_summary_frame(frame):
        names = frame["services"].explode().dropna()
        parts.append(_named(names.index, "service", names))
    else:
        ids = frame.index.get_level_values(_TRACE)
        flags = {"service": np.ones(len(frame), bool), "cold start": frame["cold_start"]}
        flags["failure"] = frame["status"].isin(FAILURES)
        for name, flag in flags.items():
            chosen = np.asarray(flag, dtype=bool)
            parts.append(_named(ids[chosen], name, frame["service"][chosen]))
    return pd.concat(parts, ignore_index=True).drop_duplicates()


def _named(ids: "pd.Index[Any]", name: str, values: "pd.Series[Any]") -> pd.DataFrame:
    columns = {_TRACE: ids.to_numpy(dtype=object), "attribute": name, "value": [*values]}
    return pd.DataFrame(columns, columns=_FACT).drop_duplicates()


def _annotations(frame: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (trace_id, f"annotation.{key}", value if isinstance(value, Hashable) else as_json(value))
        for trace_id, annotations in zip(
            frame.index.get_level_values(_TRACE), frame["annotations"], strict=True
        )
        for key, values in annotations.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return pd.DataFrame(rows, columns=_FACT)


def _differences(
    facts: pd.DataFrame, slow: "pd.Series[bool]", confidence: float
) -> Iterator[dict[str, Any]]:
    alpha = 1 - confidence
    for name, rows in facts.groupby("attribute", sort=False):
        if _is_number(rows["value"]):
            yield _of_number(str(name), rows, slow)
        else:
            yield from _of_values(str(name), rows, slow, alpha)


def _is_number(values: "pd.Series[Any]") -> bool:
    numeric = all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )
    return numeric and values.nunique() > _MOST_VALUES


def _of_number(name: str, rows: pd.DataFrame, slow: "pd.Series[bool]") -> dict[str, Any]:
    per_trace = rows["value"].astype(float).groupby(rows[_TRACE]).mean()
    is_slow = slow[per_trace.index]
    others, slowest = known(per_trace[~is_slow].tolist()), known(per_trace[is_slow].tolist())
    effect, p = rank_test(others, slowest)
    value = "larger" if effect >= 0.5 else "smaller"  # noqa: PLR2004 - no difference
    return _row(name, value, len(slowest), len(others)) | {"effect": effect, "p": p}


def _of_values(
    name: str, rows: pd.DataFrame, slow: "pd.Series[bool]", alpha: float
) -> Iterator[dict[str, Any]]:
    counts = rows.assign(slow=slow[rows[_TRACE]].array, value=rows["value"].astype(str))
    counts = counts.groupby("value", sort=False)["slow"].agg(["sum", "size"])
    size, others = int(slow.sum()), int((~slow).sum())
    least = {total: _least_p(int(total), size, others) for total in counts["size"].unique()}
    for value, hits, total in counts.itertuples():
        if least[total] > alpha:
            continue
        shares = [
            share_bounds(*pair, confidence=1 - alpha)
            for pair in ((hits, size), (total - hits, others))
        ]
        row = _row(name, str(value), hits, total - hits)
        for group, bounds in zip(("slow", "other"), shares, strict=True):
            columns = (f"{group}_rate", f"{group}_low", f"{group}_high")
            row |= dict(zip(columns, bounds, strict=True))
        row["effect"] = 0.5 + (shares[0][0] - shares[1][0]) / 2
        yield row | {"p": share_test(hits, size, total - hits, others)}


def _row(name: str, value: str, slow: int, others: int) -> dict[str, Any]:
    return {"attribute": name, "value": value, "slow_traces": slow, "other_traces": others}


def _least_p(total: int, size: int, others: int) -> float:
    """Return the smallest p-value that a value in this many traces can reach."""
    if not size or not others:
        return math.inf
    cases = (min(total, size), max(0, total - others))
    return min(share_test(hits, size, total - hits, others) for hits in cases)
