"""Exercises of notebook 10: find the fault."""

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Choice, Count, Name
from tracing_lab.check.forms.spelling import is_service
from tracing_lab.stack.parts import part_of
from tracing_lab.xray_model.lambda_segments import FUNCTION


def _unseen(spans: pd.DataFrame) -> Facts:
    bad = spans[spans["status"] != "ok"]
    orders = spans.index.unique("trace_id").size
    roots = spans[spans["parent_id"].isna()]
    failed = bad.index.unique("trace_id").size
    return {
        "truth": failed,
        "rows": len(bad),
        "roots": int((roots["status"] != "ok").sum()),
        "orders": orders,
        "good": orders - failed,
        "flags": int((spans["error"] & spans["fault"]).sum()),
    }


UNSEEN = Exercise(
    id="10.unseen",
    form=Count(),
    facts=_unseen,
    mistakes=(
        Mistake("rows", "Those are spans. One failure marks several spans of the same order."),
        Mistake("roots", "Those are the orders whose customer saw a failure. Look further down."),
        Mistake("orders", "That is how many orders there are in all."),
        Mistake("good", "Those are the orders without a failure: turn the condition round."),
        Mistake("flags", "No span has both flags: a span is marked with one or the other."),
    ),
    hints=(
        "The status of a span that did not fail is `ok`.",
        "Keep the rows with another status, and count how many different traces they belong to.",
        'Fill in: `spans[spans["status"] != ...].index.unique("trace_id").size`.',
    ),
)


def _guilty(truth: str, before: pd.DataFrame, after: pd.DataFrame) -> Facts:
    first, second = _medians(before), _medians(after)
    entry = after.loc[after["parent_id"].isna(), "service"]
    others = {
        "entry": entry.iloc[0],
        "slowest": second.idxmax(),
        "slowest_before": first.idxmax(),
        "fell": (second - first).idxmin(),
        "bus": "Events",
    }
    return {"truth": truth, **{name: _unless(truth, who) for name, who in others.items()}}


def _medians(spans: pd.DataFrame) -> "pd.Series[float]":
    functions = spans[spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]
    return functions.groupby("service")["duration_s"].median()


def _unless(truth: str, service: str) -> str | None:
    """Return a service, or None if it is the right answer."""
    return None if part_of(service) == truth else service


GUILTY = Exercise(
    id="10.guilty",
    form=Name(),
    facts=_guilty,
    mistakes=(
        Mistake("entry", "That is where customers wait. The time is spent further down."),
        Mistake("bus", "The bus only passes events on: nobody's code runs there."),
        Mistake("slowest_before", "That one was slow when all was well. What has changed since?"),
        Mistake("slowest", "That one takes longest, but was it faster before, or does it fail?"),
        Mistake("fell", "That one became faster, or has less to do: an effect, not the cause."),
        Mistake(
            "other",
            "That one did not change enough. Failures first, then the change of the medians.",
            when=lambda value, _: is_service(value),
        ),
    ),
    hints=(
        "Does a function fail in the second window that did not fail in the first?",
        "Without failures, the function whose median rose most, beyond its bounds, is the one.",
        'For slow ones, fill in: `change.loc[functions, "..."].idxmax()`.',
    ),
)

PROOF = Exercise(
    id="10.proof",
    form=Choice(("a", "b", "c", "d")),
    facts=lambda: {"truth": "b", "certain": "a", "busiest": "c", "at_once": "d"},
    mistakes=(
        Mistake("certain", "Then it is more certain that the windows differ, and as unclear why."),
        Mistake("busiest", "Some service always works longest, also when all is well."),
        Mistake("at_once", "Both may follow from something else, such as a busy machine."),
    ),
    hints=(
        "More observations of the same kind leave the question open: what else was different then?",
        "It takes an experiment: change one thing, and keep all others as they were.",
        "In which of these does somebody do something, and what happens afterwards?",
    ),
)

EXERCISES = (UNSEEN, GUILTY, PROOF)
