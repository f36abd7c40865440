"""Exercises of notebook 06: from documents to a frame."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Choice, Count, Number
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import end_to_end


def _depth(trace: Mapping[str, Any]) -> Facts:
    spans = spans_from_traces([trace])
    parents = spans.droplevel("trace_id")["parent_id"]
    whole = spans["kind"].ne("subsegment").to_numpy()
    return {
        "truth": int(spans["depth"].max()),
        "levels": int(spans["depth"].max()) + 1,
        "only_segments": _most_segments_above(parents, set(parents.index[whole])),
        "nesting": max(_nesting(segment["Document"]) for segment in trace["Segments"]),
        "documents": int(whole.sum()),
        "rows": len(spans),
    }


def _most_segments_above(parents: "pd.Series[str]", segments: set[str]) -> int:
    """Return how many segments the span with most of them has above it."""
    above = parents.dropna()
    count = above.isin(segments).astype(int)
    while len(above):
        above = above.map(parents).dropna()
        count = count.add(above.isin(segments).astype(int), fill_value=0)
    return int(count.max()) if len(count) else 0


def _nesting(document: Any) -> int:
    span = json.loads(document) if isinstance(document, str) else document
    return max((1 + _nesting(part) for part in span.get("subsegments", [])), default=0)


DEPTH = Exercise(
    id="06.depth",
    form=Count(),
    facts=_depth,
    mistakes=(
        Mistake("levels", "That counts the levels of the tree. A span is not its own ancestor."),
        Mistake("only_segments", "That leaves out the subsegments on the way up: they count, too."),
        Mistake(
            "nesting",
            "That is how deep one document nests. Parents lead on, into other documents.",
        ),
        Mistake("documents", "That counts documents, which says nothing about who called whom."),
        Mistake("rows", "That counts all spans. Most of them are side by side, not on one line."),
    ),
    hints=(
        "Follow `parent_id` from a span upwards until there is none: how many steps were that?",
        "Do it for all spans at once: replace each by its parent, again and again, and count.",
        "`generation.map(parents).dropna()` goes up a step; repeat it while anything is left.",
    ),
)


SELF = Exercise(
    id="06.self",
    form=Number("ms"),
    facts=lambda: {
        "truth": 70.0,
        "summed": 30.0,
        "covered": 130.0,
        "durations": 170.0,
        "longest": 110.0,
        "before": 20.0,
        "after": 50.0,
    },
    mistakes=(
        Mistake("summed", "That subtracts twice the time in which both children ran."),
        Mistake("covered", "That is what the children cover. What is left of the span?"),
        Mistake("durations", "That is the sum of the children's durations, overlap and all."),
        Mistake("longest", "That takes out one child only. The other one did something, too."),
        Mistake("before", "That is the time before the first child. There is more at the end."),
        Mistake("after", "That is the time after the last child. There is more at the beginning."),
    ),
    hints=(
        "Draw it: the span as a line, the children below it. Where is nothing below?",
        "The children together cover the time from the first start to the last end.",
        "Subtract `last_end - first_start` of the children from the span's duration.",
    ),
)


def _customers(notes: pd.DataFrame) -> Facts:
    return {
        "truth": int(notes["customer_id"].nunique()),
        "orders": int(notes["order_id"].nunique()),
        "rows": len(notes),
        "columns": notes.shape[1],
    }


CUSTOMERS = Exercise(
    id="06.customers",
    form=Count(),
    facts=_customers,
    mistakes=(
        Mistake("orders", "That counts orders. Did nobody order more than once?"),
        Mistake("rows", "That counts annotated spans: each order has several of them."),
        Mistake("columns", "That counts the columns of the table, not what is in them."),
    ),
    hints=(
        "Who ordered is in the column `customer_id`.",
        "Count each value of that column once, however many rows have it.",
        'A column has a method for it: `per_order["..."].nunique()`.',
    ),
)


def _after(log: pd.DataFrame, spans: pd.DataFrame) -> Facts:
    whole = end_to_end(spans)
    joined = log.merge(whole[["response_s", "duration_s"]], on="trace_id")
    after_s = joined["duration_s"] - joined["response_s"]
    return {
        "truth": after_s.median() * 1000,
        "whole": joined["duration_s"].median() * 1000,
        "response": joined["response_s"].median() * 1000,
        "latency": joined["latency_s"].median() * 1000,
        "client": (joined["duration_s"] - joined["latency_s"]).median() * 1000,
        "total": after_s.sum() * 1000,
        "longest": after_s.max() * 1000,
    }


AFTER = Exercise(
    id="06.after",
    form=Number("ms"),
    facts=_after,
    mistakes=(
        Mistake("whole", "That is the whole order, with the time until the answer."),
        Mistake("response", "That is how long the answer took. The question is what comes then."),
        Mistake("latency", "That is what the customer waited. The question is what comes then."),
        Mistake("client", "That counts from the client's end of the request, not from the API's."),
        Mistake("total", "That adds up all orders. The median is of one order each."),
        Mistake("longest", "That is the order that goes on longest, not the one in the middle."),
    ),
    hints=(
        "`joined` has both per order: when the API had answered, and when everything was done.",
        "Subtract the response from the duration, order by order; then take the median.",
        "With both columns of seconds: `(... - ...).median()`; mind the unit asked for.",
    ),
)

GONE = Exercise(
    id="06.gone",
    form=Choice(("a", "b", "c", "d")),
    facts=lambda: {"truth": "b", "amounts": "a", "self_time": "c", "attempts": "d"},
    mistakes=(
        Mistake("amounts", "Amounts are annotations, and the frame has a column for those."),
        Mistake("self_time", "The frame has a column for that, and could compute it again."),
        Mistake("attempts", "Attempts are spans with names of their own, such as `Attempt #2`."),
    ),
    hints=(
        "What is not in a column of the frame is not in the file: look at `spans.columns`.",
        "The row `parquet` of `kept` lists the members of documents that are left out.",
        "Which question takes one of the members whose names begin with `http.request`?",
    ),
)

EXERCISES = (DEPTH, SELF, CUSTOMERS, AFTER, GONE)
