"""Answers that are tried on the exercises of notebook 99."""

from functools import partial

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows


def _lines() -> pd.DataFrame:
    """Return nine lines: three of orders, one without a trace, and five of two other traces."""
    ids = [samples.trace_id(n) for n in range(3)] + [None]
    return pd.DataFrame({"trace_id": [*ids, *["1-a"] * 4, "1-b"]})


def _failing() -> pd.DataFrame:
    """Return the samples, where most payments fail and notifications are missing."""
    spans = samples.spans().copy()
    ids = spans.index.get_level_values("trace_id")
    late = ids.isin([samples.trace_id(n) for n in range(5, 21)])
    payment = spans["service"].eq(samples.full_name("payment"))
    gone = late & spans["service"].eq(samples.full_name("notification"))
    bad = late & payment
    return spans.assign(status=spans["status"].mask(bad, "error"), error=bad)[~gone]


def _slower(**runs_s: float) -> dict[str, pd.DataFrame]:
    """Return the samples, and the same ones with slower services."""
    return {"healthy": samples.spans(), "incident": samples.spans(**runs_s)}


ROWS = {
    "99.strangers": Rows(
        data=lambda: {"lines": _lines(), "spans": samples.spans()},
        right=(6, "6", 6.0),
        wrong=(
            (9, "all"),
            (3, "of_orders"),
            (2, "traces"),
            (1, "no_trace"),
            (7, "off_by_one"),
            (0.6, "fraction"),
        ),
    ),
    "99.cause": Rows(
        data=lambda: {"healthy": samples.spans(), "incident": _failing()},
        right=("payment", "Payment-Service", samples.full_name("payment")),
        wrong=(
            (samples.API, "entry"),
            ("Events", "bus"),
            ("notification", "victim"),
            ("order", "other"),
            (0.25, "size"),
        ),
        tied=tuple(
            (partial(_slower, payment=1.0, inventory=run_s), frozenset({"payment", "inventory"}))
            for run_s in (0.7, 0.695, 0.705)
        ),
    ),
}
