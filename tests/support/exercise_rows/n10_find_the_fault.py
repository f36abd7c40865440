"""Answers that are tried on the exercises of notebook 10."""

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows, no_data


def _with_failures() -> pd.DataFrame:
    """Return the spans of the samples, with payments that failed in the first three orders."""
    spans = samples.spans().copy()
    first = spans.index.get_level_values("trace_id").isin([samples.trace_id(n) for n in range(3)])
    bad = first & spans["service"].eq(samples.full_name("payment"))
    return spans.assign(status=spans["status"].mask(bad, "error"), error=bad)


ROWS = {
    "10.unseen": Rows(
        data=lambda: {"spans": _with_failures()},  # 3 orders of 21, with 2 bad spans each
        right=(3, "3", 3.0, [3]),
        wrong=(
            (6, "rows"),
            (0, "roots"),
            (21, "orders"),
            (18, "good"),
            (2, "off_by_one"),
            (0.14, "fraction"),
        ),
    ),
    "10.guilty": Rows(
        data=lambda: {
            "truth": "inventory",
            "before": samples.spans(),
            "after": samples.spans(inventory=0.45, order=0.1),
        },
        right=("inventory", "Inventory-Service", samples.full_name("inventory"), ["inventory"]),
        wrong=(
            (samples.API, "entry"),
            ("Events", "bus"),
            ("payment", "slowest_before"),
            ("order", "fell"),
            ("notification", "other"),
            (0.25, "size"),
        ),
    ),
    "10.proof": Rows(
        data=no_data,
        right=("b", "B", "(b)"),
        wrong=(("a", "certain"), ("c", "busiest"), ("d", "at_once")),
    ),
}
