"""Exercises of notebook 03: instrumenting services."""

from typing import Any

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows
from tracing_lab.check.forms import Count, Instrumented
from tracing_lab.check.forms.instrumented import (
    ANNOTATED,
    FAULT,
    OTHER_STEP,
    PATCHED,
    STEP,
    TIMED,
    VALUED,
)

_KEY = "over_limit"


def _over(spans: pd.DataFrame) -> Facts:
    notes = [notes[_KEY] for notes in spans["annotations"] if _KEY in notes]
    return {
        "truth": sum(note is True for note in notes),
        "checked": len(notes),
        "below": sum(note is False for note in notes),
        "annotated": int(spans["annotations"].map(bool).sum()),
    }


def _annotated_spans() -> pd.DataFrame:
    """Return three checked orders, one of which is over the limit, and spans beside them."""
    notes: list[dict[str, Any]] = [{_KEY: value} for value in (True, False, True, False, False)]
    others: list[dict[str, Any]] = [{"order_id": "o-1"}, {"warehouse": "north"}, {}, {}]
    return pd.DataFrame({"annotations": [*notes, *others]})


OVER = Exercise(
    id="03.over",
    form=Count(),
    facts=_over,
    mistakes=(
        Mistake("checked", "Those all have the annotation. Look at its value, too."),
        Mistake("below", "It is the other way round: those are within the limit."),
        Mistake("annotated", "That counts spans with any annotation. Only one key is asked for."),
    ),
    hints=(
        "Each span has a dictionary in the column `annotations`; most lack the key.",
        "`notes.get(key)` is the value, or None where the key is missing.",
        'Map `lambda notes: notes.get("...") is True` over the column, and sum.',
    ),
    rows=Rows(
        data=lambda: {"spans": _annotated_spans()},
        right=(2, "2", pd.Series([2])),
        wrong=((5, "checked"), (3, "below"), (7, "annotated"), (1, "off_by_one"), (True, "bool")),
    ),
)


def _flagged(spans: pd.DataFrame, trace_id: str) -> Facts:
    trace = spans.loc[[trace_id]].droplevel("trace_id")
    return {
        "truth": int(trace["fault"].sum()),
        "above": _with_ancestors(trace, trace.index[trace["fault"]]),
        "every_trace": int(spans["fault"].sum()),
        "errors": int(trace["error"].sum()),
        "rows": len(trace),
    }


def _with_ancestors(trace: pd.DataFrame, span_ids: pd.Index) -> int:
    """Return how many spans these are, together with all that they lie in."""
    reached: set[str] = set()
    pending = list(span_ids)
    while pending:
        span_id = pending.pop()
        if span_id in trace.index and span_id not in reached:
            reached.add(span_id)
            pending.append(trace.loc[span_id, "parent_id"])
    return len(reached)


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


FLAGS = Exercise(
    id="03.flags",
    form=Count(),
    facts=_flagged,
    mistakes=(
        Mistake(
            "above",
            "That counts all spans around it, too. Do flags climb, when the exception does not? "
            "Read the column.",
        ),
        Mistake("every_trace", "That counts the flags of all orders. Choose one trace first."),
        Mistake("errors", "That is the flag for errors of the caller. An exception sets another."),
        Mistake("rows", "That counts the spans of the trace, flagged or not."),
    ),
    hints=(
        "The frame has a column for each flag: `error`, `fault`, `throttle`.",
        "Choose the spans of this one trace and sum the column of the flag.",
        '`spans.loc[trace_id]` are the spans of one trace; then `["..."].sum()`.',
    ),
    rows=Rows(
        data=lambda: {"spans": _flagged_spans(), "trace_id": "a"},
        right=(1, "1", pd.Series([1])),
        wrong=((5, "above"), (2, "every_trace"), (0, "errors"), (True, "bool"), (3, "")),
    ),
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

INSTRUMENTED = Exercise(
    id="03.instrumented",
    form=Instrumented(step="pack", annotation="kg", value=3, takes_s=0.05, call="ssm"),
    facts=lambda: {"truth": [STEP, ANNOTATED, VALUED, TIMED, PATCHED]},
    mistakes=(
        Mistake(
            "failed",
            "The run failed. `tl.spans.exceptions_from_traces`, or the function's log, says why; "
            "often it is an indentation.",
            lambda value, _: FAULT in value,
        ),
        Mistake(
            "unpatched",
            "The call of the parameter store is not traced any more. Start from `patched`, not "
            "from `bare`.",
            lambda value, _: PATCHED not in value,
        ),
        Mistake(
            "misnamed",
            "There is a new subsegment, but under another name than asked for.",
            lambda value, _: STEP not in value and OTHER_STEP in value,
        ),
        Mistake(
            "unchanged",
            "X-Ray saw no subsegment of yours. Print the code: did `replace` find its text?",
            lambda value, _: STEP not in value,
        ),
        Mistake(
            "empty",
            "The subsegment is there and takes no time: the work is not inside it.",
            lambda value, _: TIMED not in value,
        ),
        Mistake(
            "unannotated",
            "The subsegment is there and measures the work. Searches need its annotation as well.",
            lambda value, _: ANNOTATED not in value,
        ),
        Mistake(
            "valueless",
            "The annotation is there, but its value is not the weight that came with the event.",
            lambda value, _: VALUED not in value,
        ),
    ),
    hints=(
        "Look at how payment does it around its processor, with `xray_recorder`.",
        "The work goes into the block of a `with` statement; its `as` has the subsegment.",
        '`with xray_recorder.in_subsegment("...") as step:`, then `step.put_annotation(...)`.',
    ),
    rows=Rows(
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
)

EXERCISES = (OVER, FLAGS, INSTRUMENTED)
