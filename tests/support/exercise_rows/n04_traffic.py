"""Answers that are tried on the exercises of notebook 04."""

import exercise_samples as samples
import numpy as np
import pandas as pd

from exercise_rows.rows import Rows

ROWS = {
    "04.rate": Rows(
        data=lambda: {"schedule": [0.01, 0.05, 0.08, 0.17]},  # 3 intervals in 0.16 s
        right=(18.75, 18.8, "18.75", np.float64(18.75), pd.Series([18.75])),
        wrong=(
            (20, "asked"),
            (25.0, "all_orders"),
            (23.53, "from_zero"),
            (0.0533, "interval"),
            (19, "rounded"),
            (18_750, "unit"),
            ([0.01, 0.05], "collection"),
            (15, ""),
        ),
    ),
    "04.outside": Rows(
        data=lambda: {"log": samples.log(), "spans": samples.spans()},
        right=(2.0, "2 ms", pd.Timedelta(milliseconds=2), np.timedelta64(2, "ms"), [2.0]),
        wrong=(
            (22.0, "medians"),
            (13.43, "mean"),
            (322, "latency"),
            (-978, "whole_trace"),
            (0.002, "unit"),
            (-2.0, "sign"),
            (pd.Series([2.0, 50.0]), "column"),
        ),
    ),
    "04.hidden": Rows(
        data=lambda: {
            "open_loop": np.array([0.01, 1.0, 0.5, 0.3, 0.05, 0.01, 0.01, 0.01]),
            "closed_loop": np.array([0.01, 1.0, 0.01]),
        },
        right=(2, np.int64(2), "2", 2.0),
        wrong=(
            (3, "open_only"),
            (1, "closed_only"),
            (5, "lengths"),
            (4, "any_wait"),
            (0.8, "fraction"),
            (-2, "negative"),
            (np.array([True, False]), "mask"),
            (True, "bool"),
        ),
    ),
}
