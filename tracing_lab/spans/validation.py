"""What can be wrong with a span frame; every violation is listed, not just the first.

Each kind has an entry in one of two tables. Frames with `VIOLATIONS` are invalid: what is computed
from them would be wrong. `DOUBTS` can be true of valid traces, and so are only warned of.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, cast

import numpy as np
import orjson
import pandas as pd

from tracing_lab.errors import TraceDataWarning
from tracing_lab.spans.frames import (
    listed,
    nanoseconds,
    raise_problems,
    row_problems,
    shape_problems,
)
from tracing_lab.xray_model.documents import KINDS
from tracing_lab.xray_model.lambda_segments import BEFORE_FUNCTION
from tracing_lab.xray_model.outcomes import IN_PROGRESS, STATUSES

from .compact import AnnotationsArray, AnnotationsDtype
from .reading.documents import Problem
from .schema import INDEX_NAMES, SPAN_DTYPES
from .self_time import accounted_parents
from .tree import NO_ROW, levels, parents_of

Check = Callable[[pd.DataFrame], list[str]]
RowTest = Callable[[pd.DataFrame], Any]

_TOLERANCE_S: Final = 1e-6
_MOST_SKEW_S: Final = 0.1  # what synchronized clocks and times in whole milliseconds do not explain
_PLAUSIBLE: Final = pd.Timestamp("2000-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")
_HTTP_STATUSES: Final = 100, 599


def validate_spans(spans: pd.DataFrame) -> None:
    """Raise a TraceDataError if a frame is not a span frame, and warn of what is doubtful in one.

    Parameters
    ----------
    spans
        What should be a span frame.

    Raises
    ------
    TraceDataError
        If anything is wrong; the message lists every violation, not just the first.

    Warns
    -----
    TraceDataWarning
        If a valid frame has what may well be a mistake: a span that starts more than 0.1 seconds
        before its parent (clocks that differ; network delay only makes children later), traces
        without a root, spans whose parent is missing, times before 2000 or after 2100 (such as
        milliseconds that were read as something else), HTTP statuses that do not exist, or
        annotations that are neither text, number nor boolean.
    """
    check_spans(spans)
    doubts = [doubt for check in DOUBTS.values() for doubt in check(spans)]
    if doubts:
        text = listed(doubts, "The span frame is valid, but doubtful")
        warnings.warn(text, TraceDataWarning, stacklevel=2)


def check_spans(spans: pd.DataFrame) -> None:
    """Raise a TraceDataError if a frame is not a span frame, as `validate_spans` does.

    Parameters
    ----------
    spans
        What should be a span frame.

    Raises
    ------
    TraceDataError
        If anything is wrong.
    """
    for checks in (_FORM, _IDS, _VALUES):  # what is looked at later relies on what was before
        problems = [problem for check in checks.values() for problem in check(spans)]
        raise_problems(problems, "This is not a valid span frame")


def unusable_traces(problems: Sequence[Problem], *, strict: bool, callers: int = 1) -> set[str]:
    """Return the ids of traces that have problems, with a warning, or raise.

    Parameters
    ----------
    problems
        What is wrong with traces.
    strict
        Whether to reject all traces rather than to go on without those that have problems.
    callers
        Functions of this library between the user's code and this one, which the warning skips.

    Raises
    ------
    TraceDataError
        If there is any problem and `strict`.
    """
    sentences = [problem.sentence for problem in problems]
    if strict:
        raise_problems(sentences, "The traces cannot be read; strict=False leaves the bad ones out")
    elif problems:
        text = listed(sentences, "Traces are left out, since they cannot be read")
        warnings.warn(text, TraceDataWarning, stacklevel=2 + callers)
    return {problem.trace_id for problem in problems}


def _rows(text: str, wrong: RowTest) -> Check:
    """Return the check that names a text and the rows that a test finds."""

    def check(spans: pd.DataFrame) -> list[str]:
        rows = np.asarray(wrong(spans), dtype=bool)
        return row_problems({text: pd.Series(rows, index=spans.index)}) if rows.any() else []

    return check


def _unknown(name: str, known: Sequence[str]) -> Check:
    def check(spans: pd.DataFrame) -> list[str]:
        strange = spans.loc[~spans[name].isin(known), name].unique()
        return [f"{name} {value!r} is none of {', '.join(known)}" for value in strange]

    return check


def _wrong_columns(spans: pd.DataFrame) -> list[str]:
    extra = [str(name) for name in spans.columns if name not in SPAN_DTYPES]
    return [
        *shape_problems(spans, INDEX_NAMES, SPAN_DTYPES),
        *(f"column {name!r} is unknown; keep it in a frame of your own" for name in extra),
    ]


def _missing_ids(spans: pd.DataFrame) -> Any:
    return np.any([codes == NO_ROW for codes in cast("pd.MultiIndex", spans.index).codes], axis=0)


def _duplicates(spans: pd.DataFrame) -> list[str]:
    twice = spans.index[spans.index.duplicated()].unique()
    return [f"span {span_id} of trace {trace_id} occurs twice" for trace_id, span_id in twice]


def _no_dictionaries(spans: pd.DataFrame) -> Any:
    if isinstance(spans["annotations"].dtype, AnnotationsDtype):
        return np.zeros(len(spans), dtype=bool)
    return ~spans["annotations"].map(lambda value: isinstance(value, dict))


def _duration_s(spans: pd.DataFrame) -> Any:
    """Return end minus start, however far apart, NaN for spans that have not ended."""
    start, end = (nanoseconds(spans[name]).astype(np.float64) for name in ("start", "end"))
    return np.where(spans["start"].isna() | spans["end"].isna(), np.nan, (end - start) / 1e9)


def _wrong_duration(spans: pd.DataFrame) -> Any:
    differs = ~np.isclose(spans["duration_s"], _duration_s(spans), atol=_TOLERANCE_S)
    return spans["end"].notna() & spans["start"].notna() & differs


def _wrong_self_time(spans: pd.DataFrame) -> Any:
    own = spans["self_s"]
    return (own < -_TOLERANCE_S) | (own > _duration_s(spans) + _TOLERANCE_S)


def _depths(spans: pd.DataFrame) -> Any:
    """Return the number of each span's ancestors, -1 for those whose parents form a circle.

    If all spans are deeper than their parents, that is at most what they state, which will do.
    """
    parents, stated = parents_of(spans), spans["depth"].to_numpy()
    if (stated >= 0).all() and (
        stated > np.where(parents == NO_ROW, NO_ROW, stated[parents])
    ).all():
        return stated
    depth = np.full(len(spans), NO_ROW)
    for number, level in enumerate(levels(parents)):
        depth[level] = number
    return depth


def _wrong_depth(spans: pd.DataFrame) -> Any:
    """Return which depths are too small; in a part of a frame, ancestors may be missing."""
    return spans["depth"] < _depths(spans)


_FORM: Final[Mapping[str, Check]] = MappingProxyType({"wrong columns": _wrong_columns})
_IDS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "missing ids": _rows("trace_id or span_id is missing", _missing_ids),
        "duplicate ids": _duplicates,
    }
)
_VALUES: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "unknown kinds": _unknown("kind", KINDS),
        "unknown statuses": _unknown("status", STATUSES),
        "missing services": _rows("service is missing", lambda spans: spans["service"].isna()),
        "missing names": _rows("name is missing", lambda spans: spans["name"].isna()),
        "missing starts": _rows("start is missing", lambda spans: spans["start"].isna()),
        "no dictionaries": _rows("annotations is not a dictionary", _no_dictionaries),
        "negative depths": _rows("depth is negative", lambda spans: spans["depth"] < 0),
        "wrong depths": _rows("depth is less than the number of ancestors", _wrong_depth),
        "circles": _rows("the parents form a circle", lambda spans: _depths(spans) == NO_ROW),
        "negative durations": _rows("end lies before start", lambda spans: _duration_s(spans) < 0),
        "wrong durations": _rows("duration_s is not end - start", _wrong_duration),
        "durations without an end": _rows(
            "duration_s is known although the span has not ended",
            lambda spans: spans["end"].isna() & spans["duration_s"].notna(),
        ),
        "impossible self times": _rows("self_s lies outside 0 to duration_s", _wrong_self_time),
        "contradicting statuses": _rows(
            "status does not say whether the span has ended",
            lambda spans: spans["end"].notna() == (spans["status"] == IN_PROGRESS),
        ),
    }
)
VIOLATIONS: Final[Mapping[str, Check]] = MappingProxyType({**_FORM, **_IDS, **_VALUES})
"""Checks that a span frame passes, by the kind of what is wrong."""


def _early(spans: pd.DataFrame) -> Any:
    """Return which spans start well before what they are in, by their parents' clocks.

    Lambda may initialize a function before there is a request for it.
    """
    parents = parents_of(spans)
    within = accounted_parents(spans, parents)
    start_s = nanoseconds(spans["start"]) / 1e9
    is_early = (within != NO_ROW) & (start_s < start_s[within] - _MOST_SKEW_S)
    return is_early & ~spans["name"].isin(BEFORE_FUNCTION).to_numpy(dtype=bool)


def _without_parent(spans: pd.DataFrame) -> Any:
    parents = parents_of(spans)
    return (parents == NO_ROW) & spans["parent_id"].notna()


def _without_root(spans: pd.DataFrame) -> list[str]:
    ids = spans.index.get_level_values("trace_id")
    lost = ids.unique().difference(ids[spans["parent_id"].isna()], sort=False)
    return [f"trace {trace_id} has no root" for trace_id in lost]


def _implausible_times(spans: pd.DataFrame) -> Any:
    first, last = _PLAUSIBLE
    return (spans["start"] < first) | (spans["start"] > last) | (spans["end"] > last)


def _implausible_http_statuses(spans: pd.DataFrame) -> Any:
    low, high = _HTTP_STATUSES
    return ~spans["http_status"].between(low, high).fillna(value=True).astype(bool)


def _odd_annotations(spans: pd.DataFrame) -> Any:
    column = spans["annotations"].array
    if not isinstance(column, AnnotationsArray):
        return ~spans["annotations"].map(_is_plain)
    encoded = column.texts.dictionary_encode()
    odd = [not _is_plain(orjson.loads(text)) for text in encoded.dictionary.to_pylist()]
    return np.append(odd, [False])[encoded.indices.fill_null(len(odd)).to_numpy()]


def _is_plain(annotations: Mapping[str, Any]) -> bool:
    return all(isinstance(value, str | int | float) for value in annotations.values())


DOUBTS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "clock skew": _rows(f"start lies over {_MOST_SKEW_S} s before the parent's", _early),
        "missing parents": _rows("parent_id is of no span in the trace", _without_parent),
        "missing roots": _without_root,
        "implausible times": _rows("a time lies before 2000 or after 2100", _implausible_times),
        "implausible HTTP statuses": _rows(
            "http_status is no HTTP status", _implausible_http_statuses
        ),
        "odd annotations": _rows(
            "annotations have values that are neither text, number nor boolean", _odd_annotations
        ),
    }
)
"""Checks that valid traces may fail, by the kind of what is doubtful."""
