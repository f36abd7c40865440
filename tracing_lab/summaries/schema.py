"""The summary frame's columns and their types."""

from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.spans.frames import TEXT, TIME

SUMMARY_INDEX: Final = "trace_id"
ENTRY_POINT: Final = "entry_point"

SUMMARY_DTYPES: Final[dict[str, Any]] = {
    "start": TIME,
    "duration_s": np.dtype("float64"),
    "response_s": np.dtype("float64"),
    "has_error": np.dtype("bool"),
    "has_fault": np.dtype("bool"),
    "has_throttle": np.dtype("bool"),
    "is_partial": np.dtype("bool"),
    "revision": pd.Int64Dtype(),
    "matched_event_time": TIME,
    "http_method": TEXT,
    "http_url": TEXT,
    "http_status": pd.Int64Dtype(),
    "client_ip": TEXT,
    "entry_point": TEXT,
    "services": np.dtype("object"),
    "users": np.dtype("object"),
    "fault_causes": np.dtype("object"),
    "error_causes": np.dtype("object"),
    "response_time_causes": np.dtype("object"),
    "annotations": np.dtype("object"),
}

SUMMARY_COLUMNS: Final = tuple(SUMMARY_DTYPES)
"""The columns that every summary frame has, in order."""

TUPLES: Final = ("services", "users", "fault_causes", "error_causes", "response_time_causes")
"""Columns with a tuple of texts in each row."""
