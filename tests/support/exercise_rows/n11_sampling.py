"""Answers that are tried on the exercises of notebook 11."""

from decimal import Decimal

import numpy as np
import pandas as pd

from exercise_rows.rows import Rows, no_data


def _log_of_two_seconds() -> pd.DataFrame:
    """Return ten orders in each of two seconds; the first of each and three others recorded."""
    sent = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(20) * 0.1, unit="s")
    recorded = [number in {0, 4, 10, 13, 17} for number in range(20)]
    return pd.DataFrame({"sent": sent, "sampled": pd.array(recorded, dtype="boolean")})


ROWS = {
    "11.rest": Rows(
        data=lambda: {"log": _log_of_two_seconds()},  # 3 of 18 others
        right=(1 / 6, "0.1667", np.float64(1 / 6), pd.Series([1 / 6])),
        wrong=(
            (0.25, "all"),
            (0.1, "rule"),
            (1.0, "first"),
            (0.8333, "left_out"),
            (3, "count"),
            (0.15, "of_all"),
            (16.67, "percent"),
            (True, "bool"),
        ),
    ),
    "11.failed": Rows(
        data=lambda: {
            "recorded": pd.DataFrame({"has_fault": [True] * 3 + [False] * 17}),
            "log": pd.DataFrame({"status": [502] * 12 + [201] * 88}),
        },
        right=(15, "15", 15.2, np.float64(15.0)),
        wrong=(
            (3, "seen"),
            (0.15, "share"),
            (30, "by_rate"),
            (12, "from_log"),
            (20, "recorded"),
            (85, "fine"),
            (pd.Series([True, False]), "mask"),
        ),
    ),
    "11.wait": Rows(
        data=no_data,
        right=(11.494, 11.49, "11.49", Decimal("11.4943"), np.float32(11.494)),
        wrong=(
            (689.66, "seconds"),
            (1.6667, "all_recorded"),
            (33.333, "only_share"),
            (16.667, "only_first"),
            (11.111, "share_of_all"),
            (37.037, "only_rest"),
            (0.087, "per_minute"),
            (1000, "orders"),
            (11, "rounded"),
        ),
    ),
    "11.weighted": Rows(
        data=lambda: {
            "hours": pd.DataFrame(
                {
                    "requests": [3_600, 180_000],
                    "recorded": [3_600, 12_420],
                    "failed_recorded": [0, 621],
                }
            )
        },
        right=(0.04902, "0.0490", 9_000 / 183_600, np.float64(0.049)),
        wrong=(
            (0.03876, "unweighted"),
            (0.025, "mean_of_hours"),
            (0.05, "rush"),
            (0.06765, "by_rate"),
            (0.003382, "of_requests"),
            (9_000, "count"),
            (4.902, "percent"),
        ),
    ),
}
