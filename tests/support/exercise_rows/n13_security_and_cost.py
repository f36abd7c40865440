"""Answers that are tried on the exercises of notebook 13."""

from decimal import Decimal
from typing import Final

import exercise_samples as samples
import numpy as np
import pandas as pd

from exercise_rows.rows import Rows, no_data


def _without_one(service: str, spans: pd.DataFrame) -> pd.DataFrame:
    is_run = spans["origin"].eq("AWS::Lambda::Function")
    runs = spans[is_run & spans["service"].eq(samples.full_name(service))]
    return spans.drop(index=runs.index[-1:])


def _without_a_run_of_two() -> dict[str, pd.DataFrame]:
    whole = samples.spans_of_one()
    return {
        "denied": _without_one("inventory", _without_one("notification", whole)),
        "whole": whole,
    }


_DOCUMENT: Final = {
    "annotations": {"email": "bo@example.com", "plan": "free"},
    "metadata": {"mail": {"recipient": "bo@example.com", "subject": "Hi", "phone": "+1 555 0100"}},
}

_BY_SPEED: Final = pd.DataFrame(
    {
        "usd_per_million": [16.0, 16.4, 16.8],
        "mean_duration_s": [0.10, 0.12, 0.16],
        "share": [0.49, 0.25, 0.26],
    }
)


ROWS = {
    "13.missing": Rows(
        data=lambda: {
            "denied": _without_one("notification", samples.spans_of_one()),
            "whole": samples.spans_of_one(),
        },
        right=(
            "notification",
            "Notification-Service",
            samples.full_name("notification"),
            pd.Series(["notification"]),
        ),
        wrong=(
            ("payment", "failed"),
            (samples.full_name("order"), "entry"),
            ("inventory", "aside"),
            ("EventBridge", "bus"),
            (samples.API, "api"),
            ("notificaton", "spelling"),
            (1, "size"),
        ),
        tied=((_without_a_run_of_two, frozenset({"notification", "inventory"})),),
    ),
    "13.personal": Rows(
        data=lambda: {"document": _DOCUMENT},
        right=(
            ["email", "recipient", "phone"],
            {"phone", "recipient", "email"},
            "recipient, phone, email",
        ),
        wrong=(
            (["email"], "annotations"),
            (["recipient", "phone"], "metadata"),
            (["email", "plan", "recipient", "subject", "phone"], "everything"),
            (["email", "recipient"], "addresses"),
            (3, "size"),
            (["email", "subject"], ""),
        ),
    ),
    "13.rate": Rows(
        data=no_data,
        right=(0.0525, "0.0525", Decimal("0.0525"), np.float64(0.0525)),
        wrong=(
            (0.05, "nothing_free"),
            (0.0475, "free_taken_off"),
            (0.0025, "only_free"),
            (2_100_000, "traces"),
            (0.0075, "per_dollar"),
            (5.25, "percent"),
            (19.05, "inverse"),
        ),
    ),
    "13.dearer": Rows(
        # 16.00, 16.40 and 16.80 dollars for a million orders
        data=lambda: {"by_speed": _BY_SPEED},
        right=(5, "5 %", 5.0, [5.0]),
        wrong=(
            (60, "slower"),
            (1.05, "ratio"),
            (105, "whole"),
            (0.8, "dollars"),
            (26, "share"),
            (2.439, "neighbours"),
            (0.05, "percent"),
        ),
    ),
}
