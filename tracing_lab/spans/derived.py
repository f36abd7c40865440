"""What follows from the documents of a trace: durations, self times, statuses, cold starts."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.spans.frames import NOT_ENDED, nanoseconds
from tracing_lab.xray_model.documents import SEGMENT, SUBSEGMENT
from tracing_lab.xray_model.lambda_segments import FUNCTION, INIT_NAMES, SERVICE
from tracing_lab.xray_model.outcomes import IN_PROGRESS, OK, PRECEDENCE, STATUSES

from .self_time import NS_PER_S, accounted_parents, self_times
from .tree import Flags, Rows
from .values import coded


def with_derived(spans: pd.DataFrame, parents: Rows) -> pd.DataFrame:
    """Return spans with durations, self times, statuses and cold starts.

    Parameters
    ----------
    spans
        What documents say of each span.
    parents
        Row of each span's parent, -1 where there is none.
    """
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    ended = end != NOT_ENDED
    return spans.assign(
        duration_s=np.where(ended, (end - start) / NS_PER_S, np.nan),
        self_s=self_times(start, end, accounted_parents(spans, parents)),
        status=_status(spans, ended),
        cold_start=_cold_starts(spans, parents),
    )


def _status(spans: pd.DataFrame, ended: Flags) -> "pd.Categorical[Any]":
    codes = np.full(len(spans), STATUSES.index(OK), dtype=np.int8)
    for name in reversed(PRECEDENCE):
        codes[~ended if name == IN_PROGRESS else spans[name].to_numpy()] = STATUSES.index(name)
    return coded(codes, STATUSES)


def _cold_starts(spans: pd.DataFrame, parents: Rows) -> npt.NDArray[np.bool_]:
    """Return which function segments have an initialization, or their service segment does."""
    is_init = spans["name"].isin(INIT_NAMES) & (spans["kind"] == SUBSEGMENT)
    inits = np.flatnonzero(is_init.to_numpy(dtype=bool) & (parents >= 0))
    owners = np.zeros(len(spans), dtype=bool)
    owners[parents[inits]] = True
    owners &= spans["origin"].isin([FUNCTION, SERVICE]).to_numpy(dtype=bool)
    is_function = (spans["origin"] == FUNCTION) & (spans["kind"] == SEGMENT)
    by_service = owners[parents] & (parents >= 0)
    return np.asarray(is_function.to_numpy(dtype=bool) & (owners | by_service))
