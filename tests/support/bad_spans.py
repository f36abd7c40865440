"""Span frames that are wrong or doubtful in one way each, made from a good one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.spans.compact import AnnotationsArray

Break = Callable[[pd.DataFrame], pd.DataFrame]
DAY = pd.Timedelta("1D")


def with_value(column: str, value: Any, *, row: int = 0) -> Break:
    """Return what puts a value into a column, which becomes one of objects where it has to."""

    def broken(spans: pd.DataFrame) -> pd.DataFrame:
        dtype = spans[column].dtype
        is_text = isinstance(dtype, pd.CategoricalDtype)
        plain = object if is_text or dtype.name == "span id" else dtype
        values = spans[column].astype(plain).copy()
        values.iloc[row] = value
        return spans.assign(**{column: values.astype("category" if is_text else dtype)})

    return broken


def with_ends(spans: pd.DataFrame, end: Any) -> pd.DataFrame:
    """Return spans with other ends, and durations that fit."""
    ends = pd.Series(end, index=spans.index, dtype=spans["end"].dtype)
    status = spans["status"].astype(str).mask(ends.isna(), "in_progress")
    return spans.assign(
        end=ends,
        duration_s=(ends - spans["start"]).dt.total_seconds(),
        self_s=np.nan,
        status=status.astype(spans["status"].dtype),
    )


def moved(spans: pd.DataFrame, row: int, by: pd.Timedelta) -> pd.DataFrame:
    """Return spans one of which is at another time."""
    shift = pd.Series(pd.Timedelta(0), index=spans.index)
    shift.iloc[row] = by
    return spans.assign(start=spans["start"] + shift, end=spans["end"] + shift)


def in_a_circle(spans: pd.DataFrame) -> pd.DataFrame:
    """Return spans of which the root is below its own last descendant."""
    deepest = spans.index.get_level_values("span_id")[int(spans["depth"].argmax())]
    return with_value("parent_id", deepest)(spans)


def with_annotations(spans: pd.DataFrame) -> pd.DataFrame:
    values = [{"list": [1], "none": None, "object": {"a": 1}, "big": 2**63 - 1}] * len(spans)
    return spans.assign(annotations=AnnotationsArray._from_sequence(values))


def without_ids(spans: pd.DataFrame) -> pd.DataFrame:
    ids = spans.index.to_frame(index=False).astype(object)
    ids.iloc[0, 1] = None
    return spans.set_axis(pd.MultiIndex.from_frame(ids))


VIOLATING: Final[Mapping[str, tuple[Break, str]]] = {
    "wrong columns": (lambda spans: spans.assign(extra=1), "column 'extra' is unknown"),
    "missing ids": (without_ids, "trace_id or span_id is missing in 1 rows"),
    "duplicate ids": (lambda spans: pd.concat([spans, spans.iloc[[0]]]), "occurs twice"),
    "unknown kinds": (with_value("kind", "x"), "kind 'x' is none of segment"),
    "unknown statuses": (with_value("status", "fine"), "status 'fine' is none of"),
    "missing services": (with_value("service", None), "service is missing in 1 rows"),
    "missing names": (with_value("name", None), "name is missing in 1 rows"),
    "missing starts": (with_value("start", pd.NaT), "start is missing in 1 rows"),
    "no dictionaries": (
        lambda spans: spans.assign(annotations=pd.Series("x", index=spans.index, dtype=object)),
        "annotations is not a dictionary in",
    ),
    "negative depths": (with_value("depth", -1), "depth is negative in 1 rows"),
    "wrong depths": (lambda spans: spans.assign(depth=0), "less than the number of ancestors"),
    "circles": (in_a_circle, "the parents form a circle"),
    "negative durations": (
        lambda spans: with_ends(spans, spans["start"] - DAY),
        "end lies before start in",
    ),
    "wrong durations": (with_value("duration_s", 5.0), "duration_s is not end - start in 1 rows"),
    "durations without an end": (with_value("end", pd.NaT), "although the span has not ended"),
    "impossible self times": (with_value("self_s", 99.0), "outside 0 to duration_s in 1 rows"),
    "contradicting statuses": (
        with_value("status", "in_progress"),
        "status does not say whether the span has ended in 1 rows",
    ),
}
"""How to break a frame, and what is said, by the kinds in `spans.validation.VIOLATIONS`."""

DOUBTFUL: Final[Mapping[str, tuple[Break, str]]] = {
    "clock skew": (lambda spans: moved(spans, -1, -DAY), "start lies over 0.1 s before the parent"),
    "missing parents": (lambda spans: spans.iloc[1:], "parent_id is of no span in the trace"),
    "missing roots": (lambda spans: spans.iloc[1:], "trace 1-.* has no root"),
    "implausible times": (
        lambda spans: spans.assign(
            start=spans["start"] - 20_000 * DAY, end=spans["end"] - 20_000 * DAY
        ),
        "a time lies before 2000",
    ),
    "implausible HTTP statuses": (with_value("http_status", 2**63 - 1), "no HTTP status in 1"),
    "odd annotations": (with_annotations, "neither text, number nor boolean"),
}
"""The same of `spans.validation.DOUBTS`."""

EXTREME: Final[Mapping[str, Break]] = {
    "nothing": lambda spans: spans.iloc[:0],
    "nothing has ended": lambda spans: with_ends(spans, pd.NaT),
    "no time passes": lambda spans: with_ends(spans, spans["start"]),
    "first and last time": lambda spans: with_ends(
        spans.assign(start=pd.Timestamp(1, tz="UTC").as_unit("ns")),
        pd.Timestamp.max.tz_localize("UTC") - DAY,
    ),
    "largest depth": with_value("depth", 2**62),
    "one subsegment": lambda spans: spans[spans["kind"] == "subsegment"].iloc[[0]],
    "own parent": lambda spans: with_value("parent_id", spans.index.get_level_values("span_id")[0])(
        spans
    ),
}
"""What else must crash nothing."""
