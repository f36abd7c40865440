"""Exercises of notebook 03: instrumenting services."""

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
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
)


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
)

EXERCISES = (OVER, FLAGS, INSTRUMENTED)
