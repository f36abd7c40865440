"""Exercises of notebook 04: load, its log, and the traces behind it."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, Number

_ASKED_RATE: Final = 20
_SLOW_S: Final = 0.12


def _rate(schedule: Sequence[float]) -> Facts:
    orders, length_s = len(schedule), float(schedule[-1] - schedule[0])
    return {
        "truth": (orders - 1) / length_s,
        "asked": _ASKED_RATE,
        "all_orders": orders / length_s,
        "from_zero": orders / float(schedule[-1]),
        "interval": length_s / (orders - 1),
    }


RATE = Exercise(
    id="04.rate",
    form=Number("orders per second"),
    facts=_rate,
    mistakes=(
        Mistake("asked", "That is the rate you asked for. What came out is in `schedule`."),
        Mistake(
            "all_orders",
            "Fence posts and gaps: between the first order and the last there are fewer intervals "
            "than orders.",
        ),
        Mistake("from_zero", "The first order is not sent at 0. From when to when do you count?"),
        Mistake("interval", "That is the mean time between orders: seconds, not orders."),
    ),
    hints=(
        "`schedule` holds the time of each order. A rate is how many per how long.",
        "Divide the number of intervals by the time from the first order to the last.",
        "The time is `schedule[-1] - schedule[0]`; divide how many intervals by it?",
    ),
)


def _outside(log: pd.DataFrame, spans: pd.DataFrame) -> Facts:
    roots = spans[spans["parent_id"].isna()].droplevel("span_id")["duration_s"]
    times = log.set_index("trace_id")["latency_s"].to_frame().join(roots, how="inner") * 1000
    differences = times["latency_s"] - times["duration_s"]
    whole = spans.groupby("trace_id").agg({"start": "min", "end": "max"})
    whole_ms = (whole["end"] - whole["start"]).dt.total_seconds() * 1000
    return {
        "truth": differences.median(),
        "medians": times["latency_s"].median() - times["duration_s"].median(),
        "mean": differences.mean(),
        "latency": times["latency_s"].median(),
        "whole_trace": (times["latency_s"] - whole_ms).median(),
    }


OUTSIDE = Exercise(
    id="04.outside",
    form=Number("ms"),
    facts=_outside,
    mistakes=(
        Mistake(
            "medians",
            "The median of differences is not the difference of medians: the two medians may come "
            "from different orders. Subtract first.",
        ),
        Mistake("mean", "That is the mean of the differences; a few slow orders pull it up."),
        Mistake("latency", "That is all the client waited. Take away what the API accounts for."),
        Mistake(
            "whole_trace",
            "You subtracted the whole trace, which goes on after the answer. The client waits for "
            "the response only.",
        ),
    ),
    hints=(
        "`joined` has both times of each order side by side.",
        "Subtract row by row, take the median of the differences, and convert to milliseconds.",
        'Fill in: `(joined["..."] - joined["..."]).median() * 1000`.',
    ),
)


def _hidden(open_loop: npt.NDArray[Any], closed_loop: npt.NDArray[Any]) -> Facts:
    slow = [int((np.asarray(waits) > _SLOW_S).sum()) for waits in (open_loop, closed_loop)]
    usual = np.min(open_loop)
    return {
        "truth": slow[0] - slow[1],
        "open_only": slow[0],
        "closed_only": slow[1],
        "lengths": len(open_loop) - len(closed_loop),
        "any_wait": int((np.asarray(open_loop) > usual).sum()),
    }


HIDDEN = Exercise(
    id="04.hidden",
    form=Count(),
    facts=_hidden,
    mistakes=(
        Mistake("open_only", "Those are all slow ones. The closed loop did see some of them."),
        Mistake("closed_only", "That is what the closed loop saw. What did it fail to see?"),
        Mistake("lengths", "That compares how many were sent at all, slow ones or not."),
        Mistake("any_wait", "That counts all that waited. Only waits above the limit count."),
    ),
    hints=(
        "Compare each of the two arrays with the limit: that makes one True or False per order.",
        "Count the waits above the limit in both, and subtract.",
        "`(open_loop > limit_s).sum()` counts in one of them.",
    ),
)

EXERCISES = (RATE, OUTSIDE, HIDDEN)
