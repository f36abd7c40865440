"""Answers that are tried on the exercises of notebook 02."""

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows

ROWS = {
    "02.started": Rows(
        data=lambda: {"trace": samples.trace(1)},
        right=(100, "100", 100.0),
        wrong=(
            (64, "decimal"),
            ("00000064", "decimal"),
            (1, "random"),
            (100_000, "milliseconds"),
            (100.02, "start_time"),
            (101, "off_by_one"),
            ("6b042ac0", "text"),
            (float("nan"), "nan"),
        ),
    ),
    "02.parent": Rows(
        data=lambda: {"trace": samples.trace()},
        right=("Events", " events ", ["Events"], "EventBridge"),
        wrong=(
            (samples.full_name("order"), "publisher"),
            ("order", "publisher"),
            ("payment", "itself"),
            (samples.full_name("payment"), "itself"),
            ("api", "entry"),
            ("b1", "id"),
            ("notification", "another"),
            (7, "size"),
        ),
    ),
    "02.header": Rows(
        data=lambda: {"trace": samples.trace()},
        right=(
            f"Root={samples.trace_id(0)};Parent=a5;Sampled=1",
            f"X-Amzn-Trace-Id: sampled=1; Parent=a5; Root={samples.trace_id(0)}",
            {"Root": samples.trace_id(0), "Parent": "a5", "Sampled": 1},
            pd.Series([f"Root={samples.trace_id(0)};Parent=a5;Sampled=1"]),
        ),
        wrong=(
            (f"Root={samples.trace_id(0)};Parent=a3;Sampled=1", "segment"),
            (f"Root={samples.trace_id(0)};Parent=a4;Sampled=1", "invocation"),
            (f"Root={samples.trace_id(0)};Parent=b1;Sampled=1", "inferred"),
            (f"Root={samples.trace_id(0)};Parent=a5;Sampled=0", "unsampled"),
            (f"Root={samples.trace_id(0)};Parent=a5", "missing"),
            ("Root=1-2-3;Parent=a5;Sampled=1", ""),
            (samples.trace_id(0), "shape"),
            (5, "kind"),
        ),
    ),
}
