"""Answers that are tried on the exercises of notebook 08."""

from typing import Any

import pandas as pd
from exercise_samples import BUS, STAGE, full_name

from exercise_rows.rows import Rows, no_data
from tracing_lab.spans import spans_from_traces
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE as LAMBDA

TRACE_ID = "1-00000064-000000000000000000000008"


def _spans() -> pd.DataFrame:
    """Return an order of 170 ms whose path runs through payment; inventory is done before."""
    documents = [
        _segment("a1", None, 0, 40, "api", STAGE),
        _segment("o1", "a1", 5, 38, "order", FUNCTION),
        _segment("b1", "a1", 30, 40, "Events", BUS),
        _segment("p0", "b1", 44, 44, "payment", LAMBDA),
        _segment("p1", "p0", 45, 145, "payment", FUNCTION),
        _segment("b2", "p1", 140, 145, "Events", BUS),
        _segment("n0", "b2", 149, 149, "notification", LAMBDA),
        _segment("n1", "n0", 150, 170, "notification", FUNCTION),
        _segment("i0", "b1", 44, 44, "inventory", LAMBDA),
        _segment("i1", "i0", 45, 85, "inventory", FUNCTION),
        _segment("b3", "i1", 80, 85, "Events", BUS),
        _segment("m0", "b3", 89, 89, "notification", LAMBDA),
        _segment("m1", "m0", 90, 112, "notification", FUNCTION),
    ]
    segments = [{"Id": document["id"], "Document": document} for document in documents]
    return spans_from_traces([{"Id": TRACE_ID, "Segments": segments}])


def _segment(
    span_id: str, parent_id: str | None, start_ms: int, end_ms: int, name: str, origin: str
) -> dict[str, Any]:
    times = {"start_time": 100 + start_ms / 1000, "end_time": 100 + end_ms / 1000}
    named = {"name": name if origin == BUS else full_name(name), "inferred": origin == BUS}
    return {"id": span_id, "parent_id": parent_id, "origin": origin, **times, **named}


ROWS = {
    "08.average": Rows(
        # The functions run for 33 + 100 + 20 + 40 + 22 of 170 ms.
        data=lambda: {"spans": _spans(), "trace_id": TRACE_ID},
        right=(1.265, 215 / 170, "1.265", pd.Series([215 / 170])),
        wrong=(
            (2, "maximum"),
            (5, "runs"),
            (4, "services"),
            (275 / 170, "all_spans"),
            (215 / 40, "answered"),
            (0.9, "at_all"),
            (8 / 9, "unweighted"),  # 1, 0, 2, 1, 2, 1, 0, 1, 0
            (170 / 215, "inverse"),
        ),
    ),
    "08.gain": Rows(
        # Payment is on the path from 45 to 140 of 170 ms; the rest is done at 112 ms.
        data=lambda: {"spans": _spans(), "trace_id": TRACE_ID},
        right=(58, "58 ms", "0.058 s", pd.Timedelta(milliseconds=58)),
        wrong=(
            (95, "path"),
            (100, "function"),
            (170, "whole"),
            (112, "rest"),
            (0, "nothing"),
            (0.058, "unit"),
            (-58, "sign"),
        ),
    ),
    "08.whole": Rows(
        data=no_data,
        right=("b", "B", "(b)"),
        wrong=(("a", "twice"), ("c", "of_median"), ("d", "inaccurate")),
    ),
    "08.skew": Rows(
        data=dict,
        right=(20, "20 ms", "0.02 s", pd.Timedelta(milliseconds=20)),
        wrong=(
            (-30, "there"),
            (70, "back"),
            (50, "clock"),
            (40, "both"),
            (140, "elapsed"),
            (100, "worked"),
            (-20, "sign"),
        ),
    ),
}
