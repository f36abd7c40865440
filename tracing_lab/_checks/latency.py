"""Exercises of notebook 07: where the time goes."""

from collections import Counter
from collections.abc import Hashable
from types import MappingProxyType
from typing import Any

import pandas as pd

from .compare import CheckTable, Hint, is_number, kind_of, number, text

FUNCTION = "AWS::Lambda::Function"


def p95(answer: Any, *, spans: pd.DataFrame) -> Hint:
    """Check the 95th percentile of the API's answer times; any usual interpolation will do."""
    if not is_number(answer):
        return f"The answer is a duration in seconds; this is {kind_of(answer)}."
    durations = spans.loc[spans["parent_id"].isna(), "duration_s"]
    low, high = (durations.quantile(0.95, interpolation=how) for how in ("lower", "higher"))
    if low - 1e-9 <= float(answer) <= high + 1e-9:
        return None
    return "Take the duration_s of the root spans (those without a parent) and their 0.95 quantile."


def busiest(answer: Any, *, spans: pd.DataFrame) -> Hint:
    """Check which function took the most time itself, by following each part to its segment."""
    origins: dict[tuple[str, str], str] = {}
    total: Counter[str] = Counter()
    rows: list[dict[Hashable, Any]] = spans.sort_values("depth").reset_index().to_dict("records")
    for row in rows:
        parent, own = ((row["trace_id"], row[name]) for name in ("parent_id", "span_id"))
        is_part = row["kind"] == "subsegment"
        origins[own] = origins.get(parent, "") if is_part else row["origin"]
        if origins[own] == FUNCTION:
            total[row["service"]] += row["self_s"]
    hint = "Sum self times, not durations, and only those of functions: then take the largest."
    return text(answer, total.most_common(1)[0][0], hint=hint)


def cold_starts(answer: Any, *, spans: pd.DataFrame) -> Hint:
    """Check the number of cold starts, by counting initializations."""
    initializations = spans["name"].isin(["Initialization", "Init"]).sum()
    hint = "A cold start is a function segment whose cold_start is True: sum that column."
    return number(answer, float(initializations), hint=hint)


def culprit(answer: Any, *, before: pd.DataFrame, after: pd.DataFrame) -> Hint:
    """Check which function slowed down, by its median duration before and after."""
    change = _medians(after) - _medians(before)
    hint = "Compare each function's median before and after: one of them moved by far the most."
    return text(answer, str(change.idxmax()), hint=hint)


def _medians(spans: pd.DataFrame) -> "pd.Series[float]":
    functions = spans[spans["origin"] == FUNCTION]
    return functions.groupby("service")["duration_s"].median()


CHECKS: CheckTable = MappingProxyType(
    {
        "07.p95": p95,
        "07.busiest": busiest,
        "07.cold_starts": cold_starts,
        "07.culprit": culprit,
    }
)
