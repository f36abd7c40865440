"""Answers that are tried on the exercises of notebook 15."""

from decimal import Decimal

import numpy as np

from exercise_rows.rows import Rows, no_data

ROWS = {
    "15.left": Rows(
        data=no_data,
        right=(0, "0", np.int64(0), 0.0),
        wrong=(
            (1, "plan_itself"),
            (31, "stack"),
            (3, "some"),
            (-1, "negative"),
            ([], "collection"),
            (False, "bool"),
        ),
    ),
    "15.bill": Rows(
        data=no_data,
        right=(15.052, 15.05, "$15.05", Decimal("15.052"), np.float32(15.05)),
        wrong=(
            (15.552, "not_free"),
            (64.3, "all_orders"),
            (2.74, "only_share"),
            (15.7, "share_of_all"),
            (12.46, "only_first"),
            (2.092, "only_rest"),
            (3_110_400, "traces"),
            (3_010_400, "billed_traces"),
            (0.5184, "one_day"),
            (64.8, "first_and_third"),
            (12_960_000, "no_price"),
            (15, "rounded"),
            (1505.2, "percent"),
        ),
    ),
}
