"""Answers that are tried on the exercises of notebook 07."""

from functools import partial

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows, no_data
from tracing_lab.xray_model.lambda_segments import FUNCTION


def _spans(**slower_s: float) -> dict[str, pd.DataFrame]:
    return {"spans": samples.spans(**slower_s)}


def _two_windows(**slower_s: float) -> dict[str, pd.DataFrame]:
    return {"before": samples.spans(), "after": samples.spans(**slower_s)}


ROWS = {
    "07.p95": Rows(
        data=lambda: {"spans": samples.spans()},  # roots 0.20 to 0.40 s, 19 of 20 up to 0.39 s
        right=(0.39, "0.39", "390 ms", pd.Timedelta(seconds=0.39), pd.Series([0.39])),
        wrong=(
            (0.5, "all_spans"),
            (1.3, "whole_trace"),
            (0.3, "median"),
            (0.4, "maximum"),
            (0.21, "other_end"),
            (390, "unit"),
            (39, "percent"),
            (samples.spans()["duration_s"], "column"),
            (samples.trace_id(1), "label"),
            ((samples.trace_id(1), "a1"), "label"),
        ),
    ),
    "07.busiest": Rows(
        data=lambda: {"spans": samples.spans(order=0.18)},
        right=(
            "payment",
            "Payment_Service",
            samples.full_name("payment"),
            (samples.full_name("payment"), FUNCTION),
            pd.Series(["payment"]),
        ),
        wrong=(
            (samples.full_name("order"), "durations"),
            ("notification", "calls"),
            (samples.API, "entry"),
            ("Events", "bus"),
            ("inventory", "smaller"),
            ("paymnt", "spelling"),
            (0.5, "size"),
        ),
        # payment runs for 10.5 s in all, which inventory reaches but for rounding, or for 1 %
        tied=tuple(
            (partial(_spans, inventory=run_s), frozenset({"payment", "inventory"}))
            for run_s in (0.5, 0.495, 0.505)
        ),
    ),
    "07.known": Rows(
        data=no_data,  # 0.99 ** 368 is just below 0.025; 20 orders a minute
        right=(18.4, "18.4 minutes", 367.04 / 20, 19, pd.Timedelta(minutes=18.4)),
        wrong=(
            (368, "orders"),
            (5, "hundred"),
            (3.6, "p95"),
            (14.95, "one_side"),
            (0.3, "median"),
            (1, "one"),
        ),
    ),
    "07.alarms": Rows(
        data=no_data,
        right=(0.6415, "64.15 %", 0.64151408, [0.6415]),
        wrong=(
            (0.3585, "none"),
            (0.05, "one_row"),
            (1, "expected"),
            (0.3774, "exactly_one"),
            (0.0025, "per_row"),
            (64.15, "percent"),
        ),
    ),
    "07.culprit": Rows(
        data=lambda: {
            "before": samples.spans(),
            "after": samples.spans(inventory=0.45, notification=0.3, order=0.1),
        },
        right=("inventory", samples.full_name("inventory"), ["Inventory"]),
        wrong=(
            ("payment", "slowest_after"),
            (samples.full_name("payment"), "slowest_after"),
            ("notification", "ratio"),
            ("order", "fell"),
            ("event bus", "bus"),
            (0.25, "size"),
        ),
        # both take half a second more, or nearly
        tied=tuple(
            (
                partial(_two_windows, payment=1.0, inventory=run_s),
                frozenset({"payment", "inventory"}),
            )
            for run_s in (0.7, 0.695, 0.705)
        ),
    ),
}
