"""The span frame's columns, their types, and the values that they may have."""

from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.frames import TEXT, TIME

INDEX_NAMES: Final = ("trace_id", "span_id")
"""Levels of the index: a span is known by its trace and its own id."""

SEGMENT: Final = "segment"
SUBSEGMENT: Final = "subsegment"
INFERRED: Final = "inferred"
KINDS: Final = (SEGMENT, SUBSEGMENT, INFERRED)
"""``kind``: sent by a service, part of such a segment, or added by X-Ray for a callee."""

STATUSES: Final = ("ok", "error", "throttle", "fault", "in_progress")
"""``status``: outcome of a span; ``in_progress`` when it had not ended yet."""

LAMBDA_SERVICE: Final = "AWS::Lambda"
LAMBDA_FUNCTION: Final = "AWS::Lambda::Function"
INIT_NAMES: Final = ("Initialization", "Init")
"""Subsegments of a cold start; newer Lambda layouts use the shorter name."""

SPAN_DTYPES: Final[dict[str, Any]] = {
    "parent_id": TEXT,
    "service": TEXT,
    "name": TEXT,
    "kind": TEXT,
    "origin": TEXT,
    "start": TIME,
    "end": TIME,
    "duration_s": np.dtype("float64"),
    "self_s": np.dtype("float64"),
    "status": TEXT,
    "error": np.dtype("bool"),
    "fault": np.dtype("bool"),
    "throttle": np.dtype("bool"),
    "cold_start": np.dtype("bool"),
    "http_status": pd.Int64Dtype(),
    "annotations": np.dtype("object"),
    "depth": np.dtype("int64"),
}

SPAN_COLUMNS: Final = tuple(SPAN_DTYPES)
"""The columns of a span frame, in order."""
