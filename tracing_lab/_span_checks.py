"""What can be wrong with a span frame; every violation is listed, not just the first."""

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from ._span_rows import Problem
from ._span_schema import INDEX_NAMES, KINDS, SPAN_DTYPES, STATUSES
from .errors import TraceDataError, TraceDataWarning

_MOST_PROBLEMS: Final = 20
_TOLERANCE_S: Final = 1e-6


def refuse(problems: Sequence[str], what: str) -> None:
    """Raise when there are problems.

    Parameters
    ----------
    problems
        One sentence per problem.
    what
        How the message begins.

    Raises
    ------
    TraceDataError
        If there is any problem.

    Examples
    --------
    >>> refuse(["column 'name' is missing"], "This is not a valid span frame")
    Traceback (most recent call last):
    ...
    tracing_lab.errors.TraceDataError: This is not a valid span frame (1 problem):
    - column 'name' is missing
    """
    if problems:
        raise TraceDataError(list_of(problems, what))


def unusable(problems: Sequence[Problem], *, skip: bool) -> set[str]:
    """Return the ids of traces that have problems, with a warning, or refuse them.

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
        refuse(sentences, "The traces cannot be read; skip_unusable=True leaves the bad ones out")
    elif problems:
        text = list_of(sentences, "Traces are left out, since they cannot be read")
        warnings.warn(text, TraceDataWarning, stacklevel=3)
    return {problem.trace_id for problem in problems}


def list_of(problems: Sequence[str], what: str) -> str:
    """Return problems as a list, up to a number that a reader can take in.

    Parameters
    ----------
    problems
        One sentence per problem.
    what
        How the text begins.

    Returns
    -------
    str
        A line that counts them, and a line for each.

    Examples
    --------
    >>> print(list_of(["one thing", "another"], "Two things are wrong"))
    Two things are wrong (2 problems):
    - one thing
    - another
    """
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    lines = [f"{what} ({count}):", *(f"- {problem}" for problem in problems[:_MOST_PROBLEMS])]
    if len(problems) > _MOST_PROBLEMS:
        lines.append(f"- and {len(problems) - _MOST_PROBLEMS} more")
    return "\n".join(lines)


def problems_in_spans(spans: pd.DataFrame) -> list[str]:
    """List everything that keeps a frame from being a span frame.

    Parameters
    ----------
    spans
        What should be a span frame.

    Returns
    -------
    problems
        One sentence per violation; empty when the frame is good.
    """
    shape = _shape_problems(spans)
    return shape or [*_index_problems(spans), *_value_problems(spans), *_time_problems(spans)]


def _shape_problems(spans: pd.DataFrame) -> list[str]:
    problems = []
    if tuple(spans.index.names) != INDEX_NAMES:
        problems.append(f"the index is {list(spans.index.names)}, not {list(INDEX_NAMES)}")
    for name, dtype in SPAN_DTYPES.items():
        if name not in spans.columns:
            problems.append(f"column {name!r} is missing")
        elif spans[name].dtype != dtype:
            problems.append(f"column {name!r} has type {spans[name].dtype}, not {dtype}")
    extra = [str(name) for name in spans.columns if name not in SPAN_DTYPES]
    problems += [f"column {name!r} is unknown; keep it in a frame of your own" for name in extra]
    return problems


def _index_problems(spans: pd.DataFrame) -> list[str]:
    twice = spans.index[spans.index.duplicated()].unique()
    return [f"span {span_id} of trace {trace_id} occurs twice" for trace_id, span_id in twice]


def _value_problems(spans: pd.DataFrame) -> list[str]:
    problems = []
    for name, known in (("kind", KINDS), ("status", STATUSES)):
        strange = spans.loc[~spans[name].isin(known), name].unique()
        problems += [f"{name} {value!r} is none of {', '.join(known)}" for value in strange]
    required = [name for name in ("service", "name", "start") if spans[name].isna().any()]
    problems += [f"{name} is missing in {spans[name].isna().sum()} rows" for name in required]
    strange_notes = sum(not isinstance(value, dict) for value in spans["annotations"])
    if strange_notes:
        problems.append(f"annotations is not a dictionary in {strange_notes} rows")
    if (spans["depth"] < 0).any():
        problems.append(f"depth is negative in {(spans['depth'] < 0).sum()} rows")
    return problems


def _time_problems(spans: pd.DataFrame) -> list[str]:
    duration = (spans["end"] - spans["start"]).dt.total_seconds()
    ended = spans["end"].notna()
    own, stated = spans["self_s"], spans["duration_s"]
    too_long = (own < -_TOLERANCE_S) | (own > duration + _TOLERANCE_S)
    checks = {
        "end lies before start": duration < 0,
        "duration_s is not end - start": ended & ~np.isclose(stated, duration, atol=_TOLERANCE_S),
        "duration_s is known although the span has not ended": ~ended & stated.notna(),
        "self_s lies outside 0 to duration_s": too_long,
        "status does not say whether the span has ended": ended
        == (spans["status"] == "in_progress"),
    }
    return [f"{text} in {rows.sum()} rows" for text, rows in checks.items() if rows.any()]
