"""Answers that are tried on the exercises of notebook 01."""

from exercise_rows.rows import Rows, no_data
from tracing_lab.config import SERVICES

ROWS = {
    "01.updates": Rows(
        data=no_data,
        right=(5, 5.0, "5", [5]),
        wrong=(
            (4, "functions"),
            (0, "nothing"),
            (1, "one_setting"),
            (8, "functions_too"),
            (31, "stack"),
            (6, "off_by_one"),
            ("five", "text"),
            (range, "function"),
        ),
    ),
    "01.publishers": Rows(
        data=no_data,
        right=(
            {"order", "payment", "inventory"},
            ["Payment", "INVENTORY", "order_service"],
            "order, payment, inventory",
        ),
        wrong=(
            (SERVICES, "all"),
            ({"order"}, "first_only"),
            ("order", "first_only"),
            ({"payment", "inventory", "notification"}, "consumers"),
            ({"notification"}, "silent"),
            (["payment", "inventory"], "middle"),
            (["order", "paymnet", "inventory"], "spelling"),
            (3, "size"),
            ([{}], "kind"),
            ({"order", "payment"}, ""),
        ),
    ),
}
