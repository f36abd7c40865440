"""Exercises of notebook 07: where the time goes, and how far to trust that."""

import math
from collections import Counter
from collections.abc import Hashable
from typing import Any

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Name, Number
from tracing_lab.check.forms.spelling import is_service
from tracing_lab.check.near_ties import largest
from tracing_lab.stats import needed_count
from tracing_lab.xray_model.lambda_segments import FUNCTION


def _p95(spans: pd.DataFrame) -> Facts:
    roots = spans.loc[spans["parent_id"].isna(), "duration_s"]
    whole = spans.groupby("trace_id").agg({"start": "min", "end": "max"})
    return {
        "truth": [roots.quantile(0.95, interpolation=how) for how in ("lower", "higher")],
        "all_spans": spans["duration_s"].quantile(0.95),
        "whole_trace": (whole["end"] - whole["start"]).dt.total_seconds().quantile(0.95),
        "median": roots.median(),
        "maximum": roots.max(),
        "mean": roots.mean(),
        "other_end": roots.quantile(0.05),
    }


P95 = Exercise(
    id="07.p95",
    form=Number("s"),
    facts=_p95,
    mistakes=(
        Mistake("all_spans", "That mixes all spans. The customer waits for the root span only."),
        Mistake(
            "whole_trace",
            "That is the whole trace, with what goes on after the answer. The customer is gone.",
        ),
        Mistake("median", "That is the median: half of the customers wait longer."),
        Mistake("maximum", "That is the slowest order of all, a single one."),
        Mistake("mean", "That is the mean, which no single customer has to wait for."),
        Mistake("other_end", "That is the fast end: nearly all customers wait longer."),
    ),
    hints=(
        "The root spans are those whose `parent_id` is missing.",
        "Take the `duration_s` of the root spans, and the quantile that 95 % are below.",
        'Fill in: `spans.loc[spans["parent_id"].isna(), "..."].quantile(...)`.',
    ),
)


def _busiest(spans: pd.DataFrame) -> Facts:
    functions = spans[spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]
    totals = _function_self_times(spans)
    return {
        "truth": largest(totals),
        "durations": largest(spans.groupby("service")["duration_s"].sum(), within=0),
        "calls": largest(functions["service"].value_counts(), within=0),
        "entry": spans.loc[spans["parent_id"].isna(), "service"].iloc[0],
        "bus": "Events",
        "least": largest(-totals, within=0),
    }


def _function_self_times(spans: pd.DataFrame) -> "pd.Series[float]":
    """Return each function's self time, with that of the parts of its segments."""
    origins: dict[tuple[str, str], str] = {}
    total: Counter[str] = Counter()
    rows: list[dict[Hashable, Any]] = spans.sort_values("depth").reset_index().to_dict("records")
    for row in rows:
        parent, own = ((row["trace_id"], row[name]) for name in ("parent_id", "span_id"))
        is_part = row["kind"] == "subsegment"
        origins[own] = origins.get(parent, "") if is_part else row["origin"]
        if origins[own] == FUNCTION:
            total[row["service"]] += row["self_s"]
    return pd.Series(total, dtype=float)


BUSIEST = Exercise(
    id="07.busiest",
    form=Name(),
    facts=_busiest,
    mistakes=(
        Mistake(
            "durations",
            "Sums of durations count the same second for every span around it, waiting included.",
        ),
        Mistake("calls", "That one runs most often, but not for long each time."),
        Mistake("entry", "That one is open longest, but most of the time it waits for others."),
        Mistake("bus", "That is no function: nobody's code runs there."),
        Mistake("least", "That is the other end of the table: the smallest total."),
        Mistake(
            "smaller",
            "Its total is not the largest. Sum over all orders, and keep nothing but functions.",
            lambda value, _: is_service(value),
        ),
    ),
    hints=(
        "`self_time_summary` has a row for each node; only those of functions count here.",
        "Among the rows of type `AWS::Lambda::Function`, find the largest total `self_s`.",
        'After `by="node"`, `.xs("AWS::Lambda::Function", level="origin")` keeps the functions.',
    ),
)


def _known() -> Facts:
    per_minute = 20
    return {
        "truth": [_orders_to_know(0.99) / per_minute, 19.0],  # a part of a minute, or a whole one
        "orders": needed_count(0.99),
        "hundred": 100 / per_minute,
        "p95": needed_count(0.95) / per_minute,
        "one_side": math.log(0.05) / math.log(0.99) / per_minute,
        "median": needed_count(0.5) / per_minute,
        "one": 1.0,
    }


def _orders_to_know(q: float) -> float:
    """Return how many orders it takes until it is improbable that all are below a percentile."""
    return math.log(0.025) / math.log(q)


KNOWN = Exercise(
    id="07.known",
    form=Number("minutes"),
    facts=_known,
    mistakes=(
        Mistake("orders", "So many orders does it take. How long is it until they have come?"),
        Mistake("hundred", "Of a hundred orders one is above it on average, but often none is."),
        Mistake("p95", "That is for the 95th percentile. The 99th lies further out."),
        Mistake("one_side", "That leaves 5 % on one side. It is half of it for either bound."),
        Mistake("median", "That is for the median, which a few values enclose."),
        Mistake("one", "In one minute come 20 orders. Need any of them be above it?"),
    ),
    hints=(
        "First how many orders, then how long it takes until so many have come.",
        "`tl.stats.needed_count` takes the percentile as a fraction and returns how many orders.",
        "Fill in: `tl.stats.needed_count(...) / orders_per_minute`.",
    ),
)


def _alarms() -> Facts:
    rows, share = 20, 0.05
    none = (1 - share) ** rows
    return {
        "truth": 1 - none,
        "none": none,
        "one_row": share,
        "expected": rows * share,
        "exactly_one": rows * share * (1 - share) ** (rows - 1),
        "all": share**rows,
        "per_row": share / rows,
    }


ALARMS = Exercise(
    id="07.alarms",
    form=Number(),
    facts=_alarms,
    mistakes=(
        Mistake("none", "That is how probable it is that no row raises one: take the rest."),
        Mistake("one_row", "That is the probability for one row. There are more of them."),
        Mistake("expected", "That is how many false alarms there are on average, no probability."),
        Mistake("exactly_one", "That is for exactly one. Two or more are *at least one*, too."),
        Mistake("all", "That is for all rows at once. One is enough."),
        Mistake("per_row", "That is a threshold for each row that would avoid them."),
    ),
    hints=(
        "The opposite is easier: how probable is it that none of the rows raises a false alarm?",
        "One row is silent in 95 % of all cases; all of them are, that number to a power.",
        "Fill in: `1 - silent ** rows`.",
    ),
)


def _culprit(before: pd.DataFrame, after: pd.DataFrame) -> Facts:
    first, second = _medians(before), _medians(after)
    return {
        "truth": largest(second - first),
        "slowest_after": largest(second, within=0),
        "slowest_before": largest(first, within=0),
        "ratio": largest(second / first, within=0),
        "fell": largest(first - second, within=0),
        "bus": "Events",
    }


def _medians(spans: pd.DataFrame) -> "pd.Series[float]":
    functions = spans[spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]
    return functions.groupby("service")["duration_s"].median()


CULPRIT = Exercise(
    id="07.culprit",
    form=Name(),
    facts=_culprit,
    mistakes=(
        Mistake("slowest_after", "That one is slowest now, but it was slow before. Who changed?"),
        Mistake("slowest_before", "That one was slowest before anything was broken."),
        Mistake("ratio", "That one grew most in proportion. The question is by how many seconds."),
        Mistake("fell", "That one became faster, or grew least: mind the sign of the change."),
        Mistake("bus", "That is no function. Select the rows of the four functions first."),
        Mistake(
            "changed_less",
            "That one changed less. Compare medians over all orders, not single ones.",
            lambda value, _: is_service(value),
        ),
    ),
    hints=(
        "`change` has a row for each service, and the change of the median in a column.",
        "Keep the rows of the four functions, and find the largest change.",
        'Fill in: `change.loc[functions, "..."].idxmax()`.',
    ),
)

EXERCISES = (P95, KNOWN, BUSIEST, ALARMS, CULPRIT)
