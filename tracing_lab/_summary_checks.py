"""What can be wrong with a summary frame; every violation is listed, not just the first."""

from typing import Any

import pandas as pd

from ._summary_schema import SUMMARY_DTYPES, SUMMARY_INDEX, TUPLES


def problems_in_summaries(summaries: pd.DataFrame) -> list[str]:
    """List everything that keeps a frame from being a summary frame.

    Parameters
    ----------
    summaries
        What should be a summary frame. Columns beyond those of the schema are allowed: they hold
        annotations.

    Returns
    -------
    problems
        One sentence per violation; empty when the frame is valid.
    """
    return _shape_problems(summaries) or [*_index_problems(summaries), *_value_problems(summaries)]


def _shape_problems(summaries: pd.DataFrame) -> list[str]:
    problems = []
    if tuple(summaries.index.names) != (SUMMARY_INDEX,):
        problems.append(f"the index is {list(summaries.index.names)}, not [{SUMMARY_INDEX!r}]")
    for name, dtype in SUMMARY_DTYPES.items():
        if name not in summaries.columns:
            problems.append(f"column {name!r} is missing")
        elif summaries[name].dtype != dtype:
            problems.append(f"column {name!r} has type {summaries[name].dtype}, not {dtype}")
    return problems


def _index_problems(summaries: pd.DataFrame) -> list[str]:
    twice = summaries.index[summaries.index.duplicated()].unique()
    return [f"trace {trace_id} occurs twice" for trace_id in twice]


def _value_problems(summaries: pd.DataFrame) -> list[str]:
    checks = {
        "start is missing": summaries["start"].isna(),
        "duration_s is negative": summaries["duration_s"] < 0,
        "response_s is negative": summaries["response_s"] < 0,
        "annotations is not a dictionary of lists": ~summaries["annotations"].map(_is_annotations),
        **{f"{name} is not a tuple": ~summaries[name].map(_is_tuple) for name in TUPLES},
    }
    return [f"{text} in {rows.sum()} rows" for text, rows in checks.items() if rows.any()]


def _is_annotations(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(values, list) for values in value.values())


def _is_tuple(value: Any) -> bool:
    return isinstance(value, tuple)
