"""Exercises of notebook 04: load, its log, and the traces behind it."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .compare import CheckTable, Hint, number

_SLOW_S = 0.12


def rate(answer: Any, *, schedule: Sequence[float]) -> Hint:
    """Check the rate of a schedule: its intervals over its length, in orders per second."""
    truth = (len(schedule) - 1) / (schedule[-1] - schedule[0])
    hint = "Between n orders lie n - 1 intervals: divide those by the time from first to last."
    return number(answer, truth, within=0.05 * truth, hint=hint)


def outside(answer: Any, *, log: pd.DataFrame, spans: pd.DataFrame) -> Hint:
    """Check the median time that a request spends where no span sees it, in milliseconds."""
    roots = spans[spans["parent_id"].isna()].droplevel("span_id")["duration_s"]
    times = log.set_index("trace_id")["latency_s"].to_frame().join(roots, how="inner")
    truth = float((times["latency_s"] - times["duration_s"]).median() * 1000)
    hint = "Subtract row by row, take the median of the differences, and give milliseconds."
    return number(answer, truth, within=0.05 * abs(truth), hint=hint)


def hidden(
    answer: Any, *, open_loop: npt.NDArray[np.float64], closed_loop: npt.NDArray[np.float64]
) -> Hint:
    """Check how many slow orders the closed loop never got to see."""
    truth = sum(wait > _SLOW_S for wait in open_loop) - sum(wait > _SLOW_S for wait in closed_loop)
    hint = "Count the waits above 0.12 s in each of the two, and subtract."
    return number(answer, truth, hint=hint)


CHECKS: CheckTable = MappingProxyType({"04.rate": rate, "04.outside": outside, "04.hidden": hidden})
