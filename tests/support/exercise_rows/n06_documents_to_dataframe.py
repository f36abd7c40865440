"""Answers that are tried on the exercises of notebook 06."""

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows, no_data


def _notes() -> pd.DataFrame:
    """Return the annotations of seven orders of five customers, by two services each."""
    customers = ["ann", "bob", "ann", "cid", "dot", "bob", "eve"] * 2
    orders = [f"o-{number}" for number in range(7)] * 2
    services = ["order"] * 7 + ["payment"] * 7
    return pd.DataFrame({"order_id": orders, "customer_id": customers, "service_name": services})


ROWS = {
    "06.depth": Rows(
        data=lambda: {"trace": samples.trace()},
        right=(7, "7", 7.0, pd.Series([7])),
        wrong=(
            (8, "levels"),
            (5, "only_segments"),
            (2, "nesting"),
            (12, "documents"),
            (15, "rows"),
            (True, "bool"),
            (3.5, "fraction"),
        ),
    ),
    "06.self": Rows(
        data=dict,
        right=(70, "70 ms", "0.07 s", pd.Timedelta(milliseconds=70)),
        wrong=(
            (30, "summed"),
            (130, "covered"),
            (170, "durations"),
            (110, "longest"),
            (20, "before"),
            (50, "after"),
            (0.07, "unit"),
        ),
    ),
    "06.customers": Rows(
        data=lambda: {"notes": _notes()},
        right=(5, "5", pd.Series([5])),
        wrong=((7, "orders"), (14, "rows"), (3, "columns"), (6, "off_by_one"), (True, "bool")),
    ),
    "06.after": Rows(
        # Orders last 1.3 s, and the API answers after 0.20 to 0.40 s.
        data=lambda: {"log": samples.log(), "spans": samples.spans()},
        right=(1000, "1000 ms", "1 s", pd.Timedelta(seconds=1)),
        wrong=(
            (1300, "whole"),
            (300, "response"),
            (322, "latency"),
            (978, "client"),
            (21000, "total"),
            (1100, "longest"),
            (1, "unit"),
            (-1000, "sign"),
        ),
    ),
    "06.gone": Rows(
        data=no_data,
        right=("b", "B", "(b)"),
        wrong=(("a", "amounts"), ("c", "self_time"), ("d", "attempts")),
    ),
}
