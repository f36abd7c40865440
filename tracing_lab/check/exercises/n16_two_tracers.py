"""Exercises of notebook 16: the same shop under two tracers."""

from typing import Final

import networkx as nx
import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, NameList, Number
from tracing_lab.xray_model.lambda_segments import FUNCTION, INIT_NAMES, SERVICE

_USD_PER_GB_S: Final = 0.0000166667
_MEMORY_GB: Final = 0.125
_STARTS: Final = 1e6


def _more(sdk: pd.DataFrame, otel: pd.DataFrame) -> Facts:
    before, after = (frame.groupby("trace_id", observed=True).size() for frame in (sdk, otel))
    usual, more = float(before.median()), float(after.median())
    return {
        "truth": more - usual,
        "all_orders": len(otel) - len(sdk),
        "with_opentelemetry": more,
        "with_the_sdk": usual,
        "ratio": more / usual,
    }


MORE = Exercise(
    id="16.more",
    form=Count(),
    facts=_more,
    mistakes=(
        Mistake("all_orders", "Those are the additional spans of all orders: of one, please."),
        Mistake("with_opentelemetry", "So many it has in all under OpenTelemetry. How many more?"),
        Mistake("with_the_sdk", "That is the number under the SDK: the other has more."),
        Mistake("ratio", "That is how many times as many. The question is how many more."),
    ),
    hints=(
        "A frame has one row per span; the first level of its index is the trace.",
        "Count the rows of each trace under each tracer, take both medians, and subtract.",
        '`frame.groupby("trace_id", observed=True).size().median()` is what an order usually has.',
    ),
)


def _feeders(graph: "nx.MultiDiGraph[str]") -> Facts:
    node = next(key for key in graph if "notification" in key and key.endswith(f"[{SERVICE}]"))
    truth = set(graph.predecessors(node))
    return {
        "truth": truth,
        "services": {key.replace(f"[{FUNCTION}]", f"[{SERVICE}]") for key in truth},
        "bus": {"Events [AWS::Events]"},
        "after": set(graph.successors(node)),
        "with_bus": {*truth, "Events [AWS::Events]"},
    }


FEEDERS = Exercise(
    id="16.feeders",
    form=NameList(keys=True),
    facts=_feeders,
    mistakes=(
        Mistake("services", "Right names, wrong types: who called is code that was running."),
        Mistake("bus", "So it was under the SDK. In this map the bus has no way out."),
        Mistake("after", "That comes after the node. The question is what comes before it."),
        Mistake("with_bus", "One too many: no edge of this map begins at the bus."),
    ),
    hints=(
        "Look where the arrows to `notification` begin, and at the rows with `added`.",
        "Find the key of the node first, then ask `graph` for its predecessors.",
        "`graph.predecessors(key)` returns an iterator; `set(...)` collects what it yields.",
    ),
)


def _dollars(sdk: pd.DataFrame, otel: pd.DataFrame) -> Facts:
    before, after = (
        float(frame.loc[frame["name"].isin(INIT_NAMES), "duration_s"].median())
        for frame in (sdk, otel)
    )
    price = _MEMORY_GB * _USD_PER_GB_S * _STARTS
    return {
        "truth": (after - before) * price,
        "whole_bill": after * price,
        "bill_before": before * price,
        "whole_gb": (after - before) * price / _MEMORY_GB,
        "seconds": after - before,
    }


DOLLARS = Exercise(
    id="16.dollars",
    form=Number("dollars", within=0.01),
    facts=_dollars,
    mistakes=(
        Mistake("whole_bill", "That is all of the bill. By how much is it higher than before?"),
        Mistake("bill_before", "That is what cold starts cost with the SDK."),
        Mistake("whole_gb", "That is the price with 1 GB of memory. The functions have less."),
        Mistake("seconds", "Those are the seconds of one start. What do a million of them cost?"),
    ),
    hints=(
        "The price is for seconds times GB; both are known.",
        "Subtract the medians, and multiply by memory, price and number of starts.",
        'Begin with `start["OpenTelemetry"] - start["X-Ray SDK"]`.',
    ),
)

EXERCISES = (MORE, FEEDERS, DOLLARS)
