"""The span frame's columns and their types."""

from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.spans.frames import TIME
from tracing_lab.xray_model.documents import KINDS
from tracing_lab.xray_model.outcomes import STATUSES

from .compact import AnnotationsDtype, SpanIdDtype

CATEGORY: Final = pd.CategoricalDtype()

INDEX_NAMES: Final = ("trace_id", "span_id")
"""Levels of the index: a span is known by its trace and its own id."""

SPAN_DTYPES: Final[dict[str, Any]] = {
    "parent_id": SpanIdDtype(),
    "service": CATEGORY,
    "name": CATEGORY,
    "kind": pd.CategoricalDtype([*KINDS]),
    "origin": CATEGORY,
    "start": TIME,
    "end": TIME,
    "duration_s": np.dtype("float64"),
    "self_s": np.dtype("float64"),
    "status": pd.CategoricalDtype([*STATUSES]),
    "error": np.dtype("bool"),
    "fault": np.dtype("bool"),
    "throttle": np.dtype("bool"),
    "cold_start": np.dtype("bool"),
    "http_status": pd.Int64Dtype(),
    "annotations": AnnotationsDtype(),
    "depth": np.dtype("int64"),
}

SPAN_COLUMNS: Final = tuple(SPAN_DTYPES)
"""The columns of a span frame, in order."""
