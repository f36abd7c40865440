"""Exercises of notebook 14: what retries save, what a redrive repeats, what a schema rejects."""

from typing import Final

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, NameList
from tracing_lab.xray_model.lambda_segments import FUNCTION

_OUTAGE_S: Final = 600
_ARRIVALS_S: Final = range(0, _OUTAGE_S, 30)
_FIRST_RETRY_S, _SECOND_RETRY_S = 60, 120


def _saved() -> Facts:
    both = _done_after(_FIRST_RETRY_S + _SECOND_RETRY_S)
    return {
        "truth": both,
        "lost": len(_ARRIVALS_S) - both,
        "first_only": _done_after(_FIRST_RETRY_S),
        "not_added": _done_after(_SECOND_RETRY_S),
        "all": len(_ARRIVALS_S),
        "none": 0,
    }


def _done_after(last_attempt_s: int) -> int:
    return sum(arrival_s + last_attempt_s >= _OUTAGE_S for arrival_s in _ARRIVALS_S)


SAVED = Exercise(
    id="14.saved",
    form=Count(),
    facts=_saved,
    mistakes=(
        Mistake("lost", "Those are the lost orders: turn the condition round."),
        Mistake(
            "first_only", "That is the first retry alone. A later one may still save an order."
        ),
        Mistake("not_added", "Two minutes after *what*? The waits come one after the other."),
        Mistake("all", "Look at the first order: when is it tried for the last time?"),
        Mistake("none", "Look at the last order: is payment still down when it is tried again?"),
    ),
    hints=(
        "An order is saved if any of its attempts comes after the outage; look at the last.",
        "Add both waits to each arrival, and count those that are not before the end.",
        "`sum(arrival + wait >= end for arrival in range(0, end, 30))`, all in seconds.",
    ),
)


def _added(before: pd.DataFrame, after: pd.DataFrame) -> Facts:
    counted = {"before": _runs(before), "total": _runs(after), "services": _runs_of_services(after)}
    return {
        **counted,
        "truth": counted["total"] - counted["before"],
        "rows": len(after) - len(before),
        "repaired": 1,
    }


def _runs(spans: pd.DataFrame) -> int:
    return int(spans["origin"].eq(FUNCTION).sum())


def _runs_of_services(spans: pd.DataFrame) -> int:
    return int(spans["origin"].isin([FUNCTION, "AWS::Lambda"]).sum())


ADDED = Exercise(
    id="14.added",
    form=Count(),
    facts=_added,
    mistakes=(
        Mistake("total", "That is how many there are now. How many were there before?"),
        Mistake("before", "Those were there before the letter was sent again."),
        Mistake(
            "rows", "Those are all new rows: a run has subsegments, and Lambda rows of its own."
        ),
        Mistake(
            "services", "Each run has two segments: one of the Lambda service, one of the function."
        ),
        Mistake(
            "repaired", "That is the run that was repaired. Look for runs that nobody asked for."
        ),
    ),
    hints=(
        "The trace of the order has grown: compare `after` with `before`.",
        "Count the rows whose `origin` is that of a function, in both frames.",
        '`(spans["origin"] == "AWS::Lambda::Function").sum()` counts one frame; subtract.',
    ),
)


def _passing() -> Facts:
    right = {"plain", "gift"}
    return {
        "truth": right,
        "strict": {"plain"},
        "only_required": {*right, "words", "free"},
        "zero": {*right, "free"},
        "types": {*right, "words"},
        "refused": {"words", "free", "empty"},
    }


PASSING = Exercise(
    id="14.passing",
    form=NameList(),
    facts=_passing,
    mistakes=(
        Mistake("strict", "Does anything in the schema forbid members that it does not know?"),
        Mistake("only_required", "The members that may be missing have conditions, too."),
        Mistake("zero", "Look at the minimum of `amount` once more, and at what stands beside it."),
        Mistake("types", "A text is no integer, whatever it says."),
        Mistake("refused", "Those are the ones that are rejected."),
    ),
    hints=(
        "`required` says what must be there, `properties` what each member must look like.",
        "Take each body in turn: is all there that is required, and does each member fit?",
        "What you doubt you can send: put it in place of `body` in the cell above.",
    ),
)

EXERCISES: Final[tuple[Exercise, ...]] = (SAVED, ADDED, PASSING)
