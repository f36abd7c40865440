"""Exercises of notebook 00: the first order."""

from types import MappingProxyType
from typing import Any

import pandas as pd

from .compare import CheckTable, Hint, number


def status(answer: Any, *, spans: pd.DataFrame) -> Hint:
    """Check the HTTP status that the client got, by what the trace's root served."""
    root = spans[spans["parent_id"].isna()]
    return number(
        answer,
        float(root["http_status"].iloc[0]),
        hint="Look for the column of the request log that holds HTTP status codes.",
    )


def segments(answer: Any, *, spans: pd.DataFrame) -> Hint:
    """Check how many segments services sent, counted without those that X-Ray added."""
    hint = "Count the rows whose kind is 'segment': subsegments are parts, inferred ones are added."
    return number(answer, float(spans["kind"].eq("segment").sum()), hint=hint)


CHECKS: CheckTable = MappingProxyType({"00.status": status, "00.segments": segments})
