"""Exercises of notebook 07: where the time goes."""

from collections import Counter
from collections.abc import Hashable
from typing import Any

import pandas as pd

from tracing_lab.check import samples
from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows
from tracing_lab.check.forms import Count, Name, Number
from tracing_lab.check.forms.spelling import is_service

FUNCTION = "AWS::Lambda::Function"


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
    rows=Rows(
        data=lambda: {"spans": samples.spans()},  # roots 0.20 to 0.40 s, 19 of 20 up to 0.39 s
        right=(0.39, "0.39", "390 ms", pd.Timedelta(seconds=0.39), pd.Series([0.39])),
        wrong=(
            (0.5, "all_spans"),
            (1.3, "whole_trace"),
            (0.3, "median"),
            (0.4, "maximum"),
            (0.21, "other_end"),
            (390, "unit"),
            (39, "percent"),
            (samples.spans()["duration_s"], "column"),
            (samples.trace_id(1), "label"),
            ((samples.trace_id(1), "a1"), "label"),
        ),
    ),
)


def _busiest(spans: pd.DataFrame) -> Facts:
    functions = spans[spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]
    totals = _function_self_times(spans)
    return {
        "truth": totals.most_common(1)[0][0],
        "durations": spans.groupby("service")["duration_s"].sum().idxmax(),
        "calls": functions["service"].value_counts().idxmax(),
        "entry": spans.loc[spans["parent_id"].isna(), "service"].iloc[0],
        "bus": "Events",
        "least": totals.most_common()[-1][0],
    }


def _function_self_times(spans: pd.DataFrame) -> Counter[str]:
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
    return total


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
    rows=Rows(
        data=lambda: {"spans": samples.spans(order=0.18)},
        right=(
            "payment",
            "Payment_Service",
            samples.full_name("payment"),
            (samples.full_name("payment"), FUNCTION),
            pd.Series(["payment"]),
        ),
        wrong=(
            (samples.full_name("order"), "durations"),
            ("notification", "calls"),
            (samples.API, "entry"),
            ("Events", "bus"),
            ("inventory", "smaller"),
            ("paymnt", "spelling"),
            (0.5, "size"),
        ),
    ),
)


def _cold(spans: pd.DataFrame) -> Facts:
    functions = spans[spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]
    cold = int(spans["name"].isin(["Initialization", "Init"]).sum())
    return {
        "truth": cold,
        "invocations": len(functions),
        "functions": functions["service"].nunique(),
        "warm": len(functions) - cold,
        "rows": len(spans),
    }


COLD = Exercise(
    id="07.cold_starts",
    form=Count(),
    facts=_cold,
    mistakes=(
        Mistake("invocations", "That counts all invocations, cold and warm."),
        Mistake(
            "functions",
            "That counts functions. One may start cold more than once, or not at all.",
        ),
        Mistake("warm", "That counts the warm ones: the column seems to be turned round."),
        Mistake("rows", "That counts all rows. The column itself says which ones are cold."),
    ),
    hints=(
        "List `cold_spans.columns`: one of the names says what you look for.",
        "The column holds True and False. Adding them up counts the True ones.",
        'Fill in: `cold_spans["..."].sum()`.',
    ),
    rows=Rows(
        data=lambda: {"spans": samples.spans()},
        right=(1, "1", 1.0, [1]),
        wrong=(
            (105, "invocations"),
            (4, "functions"),
            (104, "warm"),
            (2, "off_by_one"),
            (True, "bool"),
            (0.02, "fraction"),
            (samples.spans()["cold_start"], "mask"),
        ),
    ),
)


def _culprit(before: pd.DataFrame, after: pd.DataFrame) -> Facts:
    first, second = _medians(before), _medians(after)
    return {
        "truth": (second - first).idxmax(),
        "slowest_after": second.idxmax(),
        "slowest_before": first.idxmax(),
        "ratio": (second / first).idxmax(),
        "fell": (second - first).idxmin(),
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
    rows=Rows(
        data=lambda: {
            "before": samples.spans(),
            "after": samples.spans(inventory=0.45, notification=0.3, order=0.1),
        },
        right=("inventory", samples.full_name("inventory"), ["Inventory"]),
        wrong=(
            ("payment", "slowest_after"),
            (samples.full_name("payment"), "slowest_after"),
            ("notification", "ratio"),
            ("order", "fell"),
            ("event bus", "bus"),
            (0.25, "size"),
        ),
    ),
)

EXERCISES = (P95, BUSIEST, COLD, CULPRIT)
