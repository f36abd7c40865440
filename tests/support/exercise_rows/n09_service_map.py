"""Answers that are tried on the exercises of notebook 09."""

from functools import partial

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows
from tracing_lab.config import SERVICES
from tracing_lab.xray_model.lambda_segments import FUNCTION


def _slow_payment(run_s: float) -> dict[str, object]:
    return {"spans": samples.spans(payment=run_s), "trace_id": samples.trace_id(0)}


def _without_notifications() -> dict[str, pd.DataFrame]:
    """Return 21 orders with two notifications each, and 5 orders without any."""
    before = samples.spans()
    after = before.loc[[samples.trace_id(number) for number in range(5)]]
    return {"before": before, "after": after[after["service"] != samples.full_name("notification")]}


ROWS = {
    "09.inferred": Rows(
        data=lambda: {"spans": samples.spans_of_one()},
        right=({"Events"}, ["events"], "Events", pd.Index(["Events"]), pd.Series(["Events"])),
        wrong=(
            ({*SERVICES, "api"}, "speakers"),
            ({*SERVICES, "api", "Events"}, "all"),
            ({"Events", "client"}, "client"),
            ({"client"}, "only_client"),
            (["Evnets"], "spelling"),
            (set(), ""),
            (1, "size"),
            (samples.spans_of_one()["kind"] == "inferred", "mask"),
        ),
    ),
    "09.consumers": Rows(
        data=lambda: {"spans": samples.spans_of_one()},
        right=(
            [f"{name} [AWS::Lambda]" for name in ("payment", "inventory", "notification")],
            {
                f"{samples.full_name(name)} [AWS::Lambda]"
                for name in ("payment", "inventory", "notification")
            },
            [(name, "AWS::Lambda") for name in ("payment", "inventory", "notification")],
        ),
        wrong=(
            (
                [f"{name} [{FUNCTION}]" for name in ("payment", "inventory", "notification")],
                "functions",
            ),
            (
                [
                    f"{name} [{origin}]"
                    for name in ("payment", "inventory", "notification")
                    for origin in ("AWS::Lambda", FUNCTION)
                ],
                "both",
            ),
            ([f"order [{FUNCTION}]"], "callers"),
            (["Events [AWS::Events]"], "bus"),
            (["payment", "inventory", "notification"], "type"),
            (iter(["payment"]), "iterator"),
            (["payment [AWS::Lambda]"], ""),
        ),
    ),
    "09.missing": Rows(
        data=_without_notifications,
        right=(10, "10", 10.0, [10]),
        wrong=(
            (42, "first_window"),
            (5, "orders"),
            (20, "nodes"),
            (0, "sent"),
            (2, "vanished"),
            (11, "off_by_one"),
        ),
    ),
    "09.last": Rows(
        data=lambda: {"spans": samples.spans(), "trace_id": samples.trace_id(0)},
        right=("notification", samples.full_name("notification"), pd.Series(["Notification"])),
        wrong=(
            (samples.API, "entry"),
            ("payment", "longest"),
            ("Events", "bus"),
            ("order", "first_function"),
            ("inventory", "on_the_way"),
            (1.3, "size"),
            (samples.spans()["service"], "column"),
        ),
        # notification's last run ends at 1.3 s; payment, from 0.12 s on, then or 0.4 ms sooner
        tied=tuple(
            (partial(_slow_payment, run_s), frozenset({"payment", "notification"}))
            for run_s in (1.18, 1.1796)
        ),
    ),
}
