"""The log of a load."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from .answer import Answer


def frame_of(unsorted: Sequence[Answer]) -> pd.DataFrame:
    """Return a row per answer, by the order's number; see `tracing_lab.traffic.fire`."""
    answers = sorted(unsorted, key=lambda answer: answer.order_no)
    columns: dict[str, Any] = {
        "scheduled": _times([answer.scheduled_s for answer in answers]),
        "sent": _times([answer.sent_s for answer in answers]),
        "finished": _times([answer.finished_s for answer in answers]),
        "latency_s": [answer.finished_s - answer.scheduled_s for answer in answers],
        "status": pd.array([answer.status for answer in answers], dtype="Int64"),
        "trace_id": [answer.trace_id for answer in answers],
        "order_id": [answer.order_id for answer in answers],
        "customer_id": [answer.customer_id for answer in answers],
        "error": [answer.error for answer in answers],
        "sampled": pd.array([answer.sampled for answer in answers], dtype="boolean"),
        "send_lag_s": [answer.sent_s - answer.scheduled_s for answer in answers],
        "bad": [answer.bad for answer in answers],
    }
    index = pd.Index([answer.order_no for answer in answers], name="order_no")
    return pd.DataFrame(columns, index=index)


def _times(epoch_s: Sequence[float]) -> pd.DatetimeIndex:
    nanoseconds = [round(second * 1e9) for second in epoch_s]
    return pd.DatetimeIndex(pd.to_datetime(nanoseconds, unit="ns", utc=True))
