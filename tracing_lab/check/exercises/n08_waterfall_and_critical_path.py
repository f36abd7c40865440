"""Exercises of notebook 08: what an order waits for."""

import networkx as nx
import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Choice, Number
from tracing_lab.graph import one_trace, trace_tree_from_spans
from tracing_lab.stack.parts import part_of
from tracing_lab.stats import path_times
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE as LAMBDA

_MS = pd.Timedelta(milliseconds=1)


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
    return trace["service"].astype(str).map(part_of) == service


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
)


WHOLE = Exercise(
    id="08.whole",
    form=Choice(("a", "b", "c", "d")),
    facts=lambda: {"truth": "b", "twice": "a", "of_median": "c", "inaccurate": "d"},
    mistakes=(
        Mistake("twice", "The critical path is in one span at a time: no moment counts twice."),
        Mistake("of_median", "All percentages together are 100 %: add them up. Of what are they?"),
        Mistake(
            "inaccurate",
            "For these orders the parts add up exactly. Other orders may differ, but not from the "
            "sum of their own parts.",
        ),
    ),
    hints=(
        "Look at all bars of the picture, and at which side of zero they are on.",
        "The percentages add up to 100. What must the others be if one is larger than that?",
        "What does a bar to the left of zero stand for?",
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
)


EXERCISES = (AVERAGE, GAIN, WHOLE, SKEW)
