"""Answers that are tried on the exercises of notebook 03."""

from typing import Any

import pandas as pd

from exercise_rows.rows import Rows
from tracing_lab.check.exercises.n03_instrument import _KEY
from tracing_lab.check.forms.instrumented import (
    ANNOTATED,
    OTHER_STEP,
    PATCHED,
    STEP,
    TIMED,
    VALUED,
)


def _annotated_spans() -> pd.DataFrame:
    """Return three checked orders, one of which is over the limit, and spans beside them."""
    notes: list[dict[str, Any]] = [{_KEY: value} for value in (True, False, True, False, False)]
    others: list[dict[str, Any]] = [{"order_id": "o-1"}, {"warehouse": "north"}, {}, {}]
    return pd.DataFrame({"annotations": [*notes, *others]})


def _flagged_spans() -> pd.DataFrame:
    """Return two traces of five spans each, one inside the other, the innermost failed."""
    ids = [(trace, f"{trace}{level}") for trace in "ab" for level in range(5)]
    return pd.DataFrame(
        {
            "parent_id": [f"{trace}{int(span[1:]) - 1}" for trace, span in ids],
            "fault": [span.endswith("4") for _, span in ids],
            "error": False,
        },
        index=pd.MultiIndex.from_tuples(ids, names=["trace_id", "span_id"]),
    )


def _spans(*names: str, annotations: dict[str, Any], duration_s: float) -> pd.DataFrame:
    """Return the spans of a run that has these subsegments."""
    return pd.DataFrame(
        {
            "name": ["shipping", "Invocation", *names],
            "kind": ["segment", *["subsegment"] * (1 + len(names))],
            "duration_s": duration_s,
            "annotations": [annotations] * (2 + len(names)),
            "fault": False,
            "error": False,
        }
    )


_WHOLE = _spans("ssm", "pack", annotations={"kg": 3}, duration_s=0.1)

ROWS = {
    "03.over": Rows(
        data=lambda: {"spans": _annotated_spans()},
        right=(2, "2", pd.Series([2])),
        wrong=((5, "checked"), (3, "below"), (7, "annotated"), (1, "off_by_one"), (True, "bool")),
    ),
    "03.flags": Rows(
        data=lambda: {"spans": _flagged_spans(), "trace_id": "a"},
        right=(1, "1", pd.Series([1])),
        wrong=((5, "above"), (2, "every_trace"), (0, "errors"), (True, "bool"), (3, "")),
    ),
    "03.instrumented": Rows(
        data=dict,
        right=(
            _WHOLE,
            _spans("pack", "ssm", annotations={"kg": 3}, duration_s=0.05),
            [STEP, ANNOTATED, VALUED, TIMED, PATCHED, OTHER_STEP],
        ),
        wrong=(
            (_WHOLE.assign(fault=True), "failed"),
            (_WHOLE.assign(error=True), "failed"),
            (_spans("pack", annotations={"kg": 3}, duration_s=0.1), "unpatched"),
            (_spans("ssm", "packing", annotations={"kg": 3}, duration_s=0.1), "misnamed"),
            (_spans("ssm", annotations={}, duration_s=0.1), "unchanged"),
            (_spans("ssm", "pack", annotations={"kg": 3}, duration_s=0.001), "empty"),
            (_spans("ssm", "pack", annotations={}, duration_s=0.1), "unannotated"),
            (_spans("ssm", "pack", annotations={"kg": 2.5}, duration_s=0.1), "valueless"),
            ("pack", "frame"),
            (pd.DataFrame({"name": ["pack"]}), "frame"),
            (3, "frame"),
        ),
    ),
}
