"""Answers that are tried on the exercises of notebook 16."""

import exercise_samples as samples
import networkx as nx
import pandas as pd

from exercise_rows.rows import Rows
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE


def _with_more_spans() -> dict[str, pd.DataFrame]:
    """Return 21 orders, and the same ones without the spans of notifications."""
    otel = samples.spans()
    return {"sdk": otel[otel["service"] != samples.full_name("notification")], "otel": otel}


def _starts() -> dict[str, pd.DataFrame]:
    """Return two cold starts of 0.25 s, and two of 1.25 s."""
    sdk = pd.DataFrame({"name": ["Initialization"] * 2, "duration_s": [0.25, 0.25]})
    return {"sdk": sdk, "otel": sdk.assign(duration_s=1.25)}


def _without_bus() -> dict[str, "nx.MultiDiGraph[str]"]:
    """Return a map in which two functions lead to a third directly."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for name in ("payment", "inventory"):
        graph.add_edge(f"{name} [{FUNCTION}]", f"notification [{SERVICE}]")
        graph.add_edge(f"{name} [{FUNCTION}]", "Events [AWS::Events]")
    graph.add_edge(f"notification [{SERVICE}]", f"notification [{FUNCTION}]")
    return {"graph": graph}


ROWS = {
    "16.more": Rows(
        data=_with_more_spans,
        right=(4, "4", 4.0, pd.Series([4])),
        wrong=(
            (84, "all_orders"),
            (14, "with_opentelemetry"),
            (10, "with_the_sdk"),
            (1.4, "ratio"),
            (5, "off_by_one"),
        ),
    ),
    "16.feeders": Rows(
        data=_without_bus,
        right=(
            {f"payment [{FUNCTION}]", f"inventory [{FUNCTION}]"},
            [f"inventory [{FUNCTION}]", f"payment [{FUNCTION}]"],
            [("payment", FUNCTION), ("inventory", FUNCTION)],
        ),
        wrong=(
            ({f"payment [{SERVICE}]", f"inventory [{SERVICE}]"}, "services"),
            ({"Events [AWS::Events]"}, "bus"),
            ({f"notification [{FUNCTION}]"}, "after"),
            (
                {f"payment [{FUNCTION}]", f"inventory [{FUNCTION}]", "Events [AWS::Events]"},
                "with_bus",
            ),
            (["payment", "inventory"], "type"),
        ),
    ),
    "16.dollars": Rows(
        data=_starts,
        right=(2.0833375, 2.08, "2.083", pd.Series([2.0833])),
        wrong=(
            (2.604171875, "whole_bill"),
            (0.5208, "bill_before"),
            (16.6667, "whole_gb"),
            (1.0, "seconds"),
        ),
    ),
}
