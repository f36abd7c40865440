"""Exercises of notebook 08: what an order waits for."""

from typing import Any

import networkx as nx
import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows
from tracing_lab.check.forms import Number
from tracing_lab.check.samples import BUS, FUNCTION, LAMBDA, STAGE, full_name
from tracing_lab.graph import one_trace, trace_tree_from_spans
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import path_times

_MS = pd.Timedelta(milliseconds=1)
TRACE_ID = "1-00000064-000000000000000000000008"


def _average(spans: pd.DataFrame, trace_id: str) -> Facts:
    trace = one_trace(spans, trace_id)
    runs = trace[trace["origin"].eq(FUNCTION) & trace["kind"].ne("subsegment")]
    duration_s = (trace["end"].max() - trace["start"].min()).total_seconds()
    running = _running(runs)
    return {
        "truth": runs["duration_s"].sum() / duration_s,
        "maximum": int(running.max()),
        "runs": len(runs),
        "services": int(runs["service"].nunique()),
        "all_spans": trace["duration_s"].sum() / duration_s,
        "answered": runs["duration_s"].sum() / trace["duration_s"].iloc[0],
        "at_all": _time_above_zero_s(running) / duration_s,
        "unweighted": float(running.mean()),
    }


def _running(runs: pd.DataFrame) -> "pd.Series[int]":
    """Return how many functions run from each moment on at which one starts or ends."""
    steps = pd.concat([pd.Series(1, runs["start"]), pd.Series(-1, runs["end"])])
    return steps.groupby(level=0).sum().sort_index().cumsum()


def _time_above_zero_s(running: "pd.Series[int]") -> float:
    lengths = running.index.to_series().diff().shift(-1).dt.total_seconds()
    return float(lengths[running > 0].sum())


AVERAGE = Exercise(
    id="08.average",
    form=Number("functions", within=0.01),
    facts=_average,
    mistakes=(
        Mistake("maximum", "That is how many ran at most. Most of the time it was another number."),
        Mistake("runs", "That counts the runs, however short they were and whenever they were."),
        Mistake("services", "That counts functions. The question is how many ran at a time."),
        Mistake("all_spans", "That has all spans in it. A function's own segment stands for it."),
        Mistake("answered", "The trace goes on after the answer: divide by its whole duration."),
        Mistake(
            "unweighted", "That is the mean of the steps. Each counts for as long as it lasts."
        ),
        Mistake("at_all", "That is the share of time in which anything ran, be it one or several."),
    ),
    hints=(
        "An average over time: two that run all the time make two, two that run half of it, one.",
        "Add up how long the functions ran, and divide by how long the trace lasted.",
        'Divide the sum of `runs["duration_s"]` by the seconds from `begin` to the latest `"end"`.',
    ),
    rows=Rows(
        # The functions run for 33 + 100 + 20 + 40 + 22 of 170 ms.
        data=lambda: {"spans": _spans(), "trace_id": TRACE_ID},
        right=(1.265, 215 / 170, "1.265", pd.Series([215 / 170])),
        wrong=(
            (2, "maximum"),
            (5, "runs"),
            (4, "services"),
            (275 / 170, "all_spans"),
            (215 / 40, "answered"),
            (0.9, "at_all"),
            (8 / 9, "unweighted"),  # 1, 0, 2, 1, 2, 1, 0, 1, 0
            (170 / 215, "inverse"),
        ),
    ),
)


def _gain(spans: pd.DataFrame, trace_id: str) -> Facts:
    trace = one_trace(spans, trace_id).assign(path_s=path_times(spans)[trace_id])
    by_branch = {name: _of(trace, name) for name in ("payment", "inventory")}
    slower = max(by_branch, key=lambda name: float(trace.loc[by_branch[name], "path_s"].sum()))
    mine = trace[by_branch[slower]]
    first = str(mine.index[mine["origin"].eq(LAMBDA)][0])
    after = {first, *nx.descendants(trace_tree_from_spans(spans, trace_id), first)}
    rest_ends = trace.drop(index=list(after))["end"].max()
    path_ms = float(mine["path_s"].sum() * 1000)
    slack_ms = (trace["end"].max() - rest_ends) / _MS
    return {
        "truth": min(path_ms, slack_ms),
        "path": max(path_ms, slack_ms),
        "function": float(mine.loc[mine["origin"].eq(FUNCTION), "duration_s"].sum() * 1000),
        "whole": (trace["end"].max() - trace["start"].min()) / _MS,
        "rest": (rest_ends - trace["start"].min()) / _MS,
        "nothing": 0.0,
    }


def _of(trace: pd.DataFrame, service: str) -> "pd.Series[bool]":
    return trace["service"].str.contains(f"-{service}-", regex=False)


GAIN = Exercise(
    id="08.gain",
    form=Number("ms"),
    facts=_gain,
    mistakes=(
        Mistake("path", "That is only one of two limits. Which one is reached first?"),
        Mistake("function", "That is how long the function took, on the path or not."),
        Mistake("whole", "That is the whole order: it would still have to be taken and sent out."),
        Mistake("rest", "That is when the rest is done. How much sooner is that than now?"),
        Mistake("nothing", "It is on the path, so that less time there ends the order sooner."),
    ),
    hints=(
        "Two limits: no more than its own time on the path, and no sooner than the rest is done.",
        'The rest is done at `others["end"].max()`, the order now at `trace["end"].max()`.',
        "The smaller one of `path_ms[slower]` and of the difference of the two ends `/ ms`.",
    ),
    rows=Rows(
        # Payment is on the path from 45 to 140 of 170 ms; the rest is done at 112 ms.
        data=lambda: {"spans": _spans(), "trace_id": TRACE_ID},
        right=(58, "58 ms", "0.058 s", pd.Timedelta(milliseconds=58)),
        wrong=(
            (95, "path"),
            (100, "function"),
            (170, "whole"),
            (112, "rest"),
            (0, "nothing"),
            (0.058, "unit"),
            (-58, "sign"),
        ),
    ),
)


SKEW = Exercise(
    id="08.skew",
    form=Number("ms"),
    facts=lambda: {
        "truth": 20.0,
        "there": -30.0,
        "back": 70.0,
        "clock": 50.0,
        "both": 40.0,
        "elapsed": 140.0,
        "worked": 100.0,
    },
    mistakes=(
        Mistake("there", "An event cannot arrive before it is sent: that has the clock's error."),
        Mistake("back", "That has the clock's error in it, as the way there has, with a minus."),
        Mistake("clock", "That is by how much the second clock is slow."),
        Mistake("both", "That is both ways together."),
        Mistake("elapsed", "In that time the second machine worked, too."),
        Mistake("worked", "That is how long the second machine worked, by one and the same clock."),
    ),
    hints=(
        "Subtract the times as they were noted, for either way: one is too short, one too long.",
        "What the clock takes from one way it gives to the other: their sum is right.",
        "Half of the sum: `((received - sent) + (received - sent)) / 2`, one for each way.",
    ),
    rows=Rows(
        data=dict,
        right=(20, "20 ms", "0.02 s", pd.Timedelta(milliseconds=20)),
        wrong=(
            (-30, "there"),
            (70, "back"),
            (50, "clock"),
            (40, "both"),
            (140, "elapsed"),
            (100, "worked"),
            (-20, "sign"),
        ),
    ),
)


def _spans() -> pd.DataFrame:
    """Return an order of 170 ms whose path runs through payment; inventory is done before."""
    documents = [
        _segment("a1", None, 0, 40, "api", STAGE),
        _segment("o1", "a1", 5, 38, "order", FUNCTION),
        _segment("b1", "a1", 30, 40, "Events", BUS),
        _segment("p0", "b1", 44, 44, "payment", LAMBDA),
        _segment("p1", "p0", 45, 145, "payment", FUNCTION),
        _segment("b2", "p1", 140, 145, "Events", BUS),
        _segment("n0", "b2", 149, 149, "notification", LAMBDA),
        _segment("n1", "n0", 150, 170, "notification", FUNCTION),
        _segment("i0", "b1", 44, 44, "inventory", LAMBDA),
        _segment("i1", "i0", 45, 85, "inventory", FUNCTION),
        _segment("b3", "i1", 80, 85, "Events", BUS),
        _segment("m0", "b3", 89, 89, "notification", LAMBDA),
        _segment("m1", "m0", 90, 112, "notification", FUNCTION),
    ]
    segments = [{"Id": document["id"], "Document": document} for document in documents]
    return spans_from_traces([{"Id": TRACE_ID, "Segments": segments}])


def _segment(
    span_id: str, parent_id: str | None, start_ms: int, end_ms: int, name: str, origin: str
) -> dict[str, Any]:
    times = {"start_time": 100 + start_ms / 1000, "end_time": 100 + end_ms / 1000}
    named = {"name": name if origin == BUS else full_name(name), "inferred": origin == BUS}
    return {"id": span_id, "parent_id": parent_id, "origin": origin, **times, **named}


EXERCISES = (AVERAGE, GAIN, SKEW)
