"""One trace as rows of a waterfall, before anything is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from tracing_lab.spans.schema import (
    INFERRED,
    INIT_NAMES,
    LAMBDA_FUNCTION,
    LAMBDA_SERVICE,
    SEGMENT,
    SUBSEGMENT,
)

from .labels import duration, short_names

WAITING: Final = "waiting"
INITIALIZATION: Final = "initialization"
_WAITING_NAMES: Final = ("Dwell Time",)
_KIND_WORDS: Final[Mapping[str, str]] = {
    LAMBDA_SERVICE: "Lambda service",
    LAMBDA_FUNCTION: "Lambda function",
}


@dataclass(frozen=True)
class Row:
    """One span; times in seconds since the start of the trace.

    Parameters
    ----------
    name, detail
        What the span is called, and what it is.
    look
        How its bar looks: its kind, or `INITIALIZATION` or `WAITING`.
    note
        Text beside the bar.
    band
        Whether its segment's rows have a background, so that neighbours stand apart.
    """

    span_id: str
    name: str
    detail: str
    depth: int
    look: str
    status: str
    start_s: float
    end_s: float
    note: str
    band: bool


def rows_from_trace(trace: pd.DataFrame) -> list[Row]:
    """Put the spans of a trace in the order of a tree, earlier children first.

    Parameters
    ----------
    trace
        Rows of one trace, indexed by span id, as `one_trace` returns them.

    Returns
    -------
    rows
        One per span.
    """
    begin = trace["start"].min()
    finish = max(trace["end"].max(), trace["start"].max()) if trace["end"].notna().any() else begin
    names = short_names(trace["service"])
    spans: Mapping[Any, dict[str, Any]] = trace.to_dict("index")  # type: ignore[assignment]
    bands: dict[str, bool] = {}
    rows: list[Row] = []
    for span_id in _tree_order(trace):
        span = spans[span_id]
        whole = span["kind"] != SUBSEGMENT
        parent = bands.get(span["parent_id"], False)
        bands[span_id] = not (rows and rows[-1].band) if whole else parent
        end = finish if pd.isna(span["end"]) else span["end"]
        rows.append(
            Row(
                span_id=span_id,
                name=names[span["service"]] if span["kind"] == SEGMENT else span["name"],
                detail=_detail(span),
                depth=span["depth"],
                look=_look(span),
                status=span["status"],
                start_s=(span["start"] - begin).total_seconds(),
                end_s=(end - begin).total_seconds(),
                note=_note(span),
                band=bands[span_id],
            )
        )
    return rows


def _tree_order(trace: pd.DataFrame) -> list[str]:
    children: dict[str, list[str]] = {}
    roots = []
    for span_id, parent_id in zip(trace.index, trace["parent_id"], strict=True):
        if parent_id in trace.index:
            children.setdefault(parent_id, []).append(span_id)
        else:
            roots.append(span_id)
    order: list[str] = []
    pending = roots[::-1]
    while pending:
        span_id = pending.pop()
        order.append(span_id)
        pending.extend(reversed(children.get(span_id, [])))
    return order


def _detail(span: Mapping[str, Any]) -> str:
    origin = span["origin"]
    return "" if pd.isna(origin) or span["kind"] == INFERRED else _KIND_WORDS.get(origin, origin)


def _look(span: Mapping[str, Any]) -> str:
    if span["name"] in INIT_NAMES:
        return INITIALIZATION
    return WAITING if span["name"] in _WAITING_NAMES else str(span["kind"])


def _note(span: Mapping[str, Any]) -> str:
    """Return the text beside the bar: how long the span took, and what was special."""
    parts = [duration(span["duration_s"])]
    if span["status"] != "ok":
        parts.append(str(span["status"]).replace("_", " "))
    if span["cold_start"]:
        parts.append("cold start")
    return ", ".join(word for word in parts if word)
