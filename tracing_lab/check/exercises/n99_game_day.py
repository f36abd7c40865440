"""Exercises of notebook 99: game day."""

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, Name
from tracing_lab.check.forms.spelling import is_service
from tracing_lab.check.near_ties import largest
from tracing_lab.xray_model.lambda_segments import FUNCTION


def _strangers(lines: pd.DataFrame, spans: pd.DataFrame) -> Facts:
    of_orders = lines["trace_id"].isin(spans.index.unique("trace_id"))
    strangers = lines[~of_orders]
    truth = len(strangers)
    return {
        "truth": truth,
        "all": _unless(truth, len(lines)),
        "of_orders": _unless(truth, int(of_orders.sum())),
        "traces": _unless(truth, strangers["trace_id"].nunique()),
        "no_trace": _unless(truth, int(lines["trace_id"].isna().sum())),
    }


def _unless(truth: object, value: object) -> object:
    """Return a value, or None if it is the right answer."""
    return None if value == truth else value


STRANGERS = Exercise(
    id="99.strangers",
    form=Count(),
    facts=_strangers,
    mistakes=(
        Mistake("all", "Those are all lines. Some of them belong to orders."),
        Mistake("of_orders", "Those are the lines of orders: invert the condition."),
        Mistake("no_trace", "Those have no trace at all. Others have one that is no order's."),
        Mistake("traces", "That is how many traces they belong to. Count the lines."),
    ),
    hints=(
        "A line has the id of its trace; the orders' traces are those of `bad`.",
        "`bad.index.unique(...)` has the orders' trace ids. Count the lines without one of them.",
        'Fill in: `(~lines["trace_id"].isin(...)).sum()`.',
    ),
)


def _cause(healthy: pd.DataFrame, incident: pd.DataFrame) -> Facts:
    before, after = _runs(healthy), _runs(incident)
    rose = after["failed"] - before["failed"]
    slower = after["median_s"] - before["median_s"]
    truth = largest(rose if rose.max() > _CLEARLY else slower)
    others = {
        "victim": (after["runs"] - before["runs"]).idxmin(),
        "slowest": after["median_s"].idxmax(),
        "entry": incident.loc[incident["parent_id"].isna(), "service"].iloc[0],
        "bus": "Events",
    }
    wrong = {name: None if who in truth else who for name, who in others.items()}
    return {"truth": truth, **wrong}


_CLEARLY = 0.1


def _runs(spans: pd.DataFrame) -> pd.DataFrame:
    """Return how many runs each function had, which share failed, and how long they took."""
    runs = spans[spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]
    by_service = runs.assign(failed=runs["status"] != "ok").groupby("service", observed=True)
    return by_service.agg(
        runs=("failed", "size"), failed=("failed", "mean"), median_s=("duration_s", "median")
    )


CAUSE = Exercise(
    id="99.cause",
    form=Name(),
    facts=_cause,
    mistakes=(
        Mistake("entry", "That is where customers wait, and they did not wait longer."),
        Mistake("bus", "The bus only passes events on: nobody's code runs there."),
        Mistake("victim", "That one ran less often than before, which follows from the cause."),
        Mistake("slowest", "That one takes longest. Did it take less before, and does it fail?"),
        Mistake(
            "other",
            "That one did not get worse in the traces of orders.",
            when=lambda value, _: is_service(value),
        ),
    ),
    hints=(
        "Look at the shares of runs that failed, in both windows.",
        "Which row of the second table has failures that the first one has not?",
        'Fill in: `tl.gameday.vital_signs(bad)["..."].idxmax()`.',
    ),
)

EXERCISES = (STRANGERS, CAUSE)
