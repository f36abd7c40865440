"""Validate summary frames; all violations are listed, not just the first."""

from typing import Any

import pandas as pd

from tracing_lab.spans.frames import raise_problems, row_problems, shape_problems

from .schema import SUMMARY_DTYPES, SUMMARY_INDEX, TUPLES


def validate_summaries(summaries: pd.DataFrame) -> None:
    """Raise a TraceDataError if a frame is not a summary frame.

    Parameters
    ----------
    summaries
        What should be a summary frame; columns of annotations may follow its own.

    Raises
    ------
    TraceDataError
        If anything is wrong; the message lists every violation, not just the first.
    """
    shape = shape_problems(summaries, [SUMMARY_INDEX], SUMMARY_DTYPES)
    problems = shape or [*_index_problems(summaries), *_value_problems(summaries)]
    raise_problems(problems, "This is not a valid summary frame")


def _index_problems(summaries: pd.DataFrame) -> list[str]:
    twice = summaries.index[summaries.index.duplicated()].unique()
    return [f"trace {trace_id} occurs twice" for trace_id in twice]


def _value_problems(summaries: pd.DataFrame) -> list[str]:
    return row_problems(
        {
            "start is missing": summaries["start"].isna(),
            "duration_s is negative": summaries["duration_s"] < 0,
            "response_s is negative": summaries["response_s"] < 0,
            "annotations is not a dictionary of lists": ~summaries["annotations"].map(
                _is_annotations
            ),
            **{f"{name} is not a tuple": ~summaries[name].map(_is_tuple) for name in TUPLES},
        }
    )


def _is_annotations(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(values, list) for values in value.values())


def _is_tuple(value: Any) -> bool:
    return isinstance(value, tuple)
