"""What can be wrong with a span frame; every violation is listed, not just the first."""

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.errors import TraceDataWarning
from tracing_lab.frames import listed, raise_problems, row_problems, shape_problems

from .documents import Problem
from .schema import INDEX_NAMES, KINDS, SPAN_DTYPES, STATUSES

_TOLERANCE_S: Final = 1e-6


def validate_spans(spans: pd.DataFrame) -> None:
    """Raise a TraceDataError if a frame is not a span frame.

    Parameters
    ----------
    spans
        What should be a span frame.

    Raises
    ------
    TraceDataError
        If anything is wrong; the message lists every violation, not just the first.
    """
    problems = _shape_problems(spans) or [
        *_index_problems(spans),
        *_value_problems(spans),
        *_time_problems(spans),
    ]
    raise_problems(problems, "This is not a valid span frame")


def unusable_traces(problems: Sequence[Problem], *, skip: bool) -> set[str]:
    """Return the ids of traces that have problems, with a warning, or raise.

    Parameters
    ----------
    problems
        What is wrong with traces.
    skip
        Whether the caller goes on without these traces.

    Returns
    -------
    set[str]
        The traces to leave out.

    Raises
    ------
    TraceDataError
        If there is any problem, unless `skip`.
    """
    sentences = [problem.sentence for problem in problems]
    if not skip:
        raise_problems(
            sentences, "The traces cannot be read; skip_unusable=True leaves the bad ones out"
        )
    elif problems:
        text = listed(sentences, "Traces are left out, since they cannot be read")
        warnings.warn(text, TraceDataWarning, stacklevel=3)
    return {problem.trace_id for problem in problems}


def _shape_problems(spans: pd.DataFrame) -> list[str]:
    extra = [str(name) for name in spans.columns if name not in SPAN_DTYPES]
    return [
        *shape_problems(spans, INDEX_NAMES, SPAN_DTYPES),
        *(f"column {name!r} is unknown; keep it in a frame of your own" for name in extra),
    ]


def _index_problems(spans: pd.DataFrame) -> list[str]:
    twice = spans.index[spans.index.duplicated()].unique()
    return [f"span {span_id} of trace {trace_id} occurs twice" for trace_id, span_id in twice]


def _value_problems(spans: pd.DataFrame) -> list[str]:
    problems = []
    for name, known in (("kind", KINDS), ("status", STATUSES)):
        strange = spans.loc[~spans[name].isin(known), name].unique()
        problems += [f"{name} {value!r} is none of {', '.join(known)}" for value in strange]
    required = ("service", "name", "start")
    checks = {f"{name} is missing": spans[name].isna() for name in required}
    checks["annotations is not a dictionary"] = ~spans["annotations"].map(_is_dictionary)
    checks["depth is negative"] = spans["depth"] < 0
    return [*problems, *row_problems(checks)]


def _is_dictionary(value: Any) -> bool:
    return isinstance(value, dict)


def _time_problems(spans: pd.DataFrame) -> list[str]:
    duration = (spans["end"] - spans["start"]).dt.total_seconds()
    ended, own, stated = spans["end"].notna(), spans["self_s"], spans["duration_s"]
    differs = ended & ~np.isclose(stated, duration, atol=_TOLERANCE_S)
    checks = {
        "end lies before start": duration < 0,
        "duration_s is not end - start": differs,
        "duration_s is known although the span has not ended": ~ended & stated.notna(),
        "self_s lies outside 0 to duration_s": (own < -_TOLERANCE_S)
        | (own > duration + _TOLERANCE_S),
        "status does not say whether the span has ended": ended
        == (spans["status"] == "in_progress"),
    }
    return row_problems(checks)
