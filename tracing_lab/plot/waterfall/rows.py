"""One trace as rows of a waterfall, before anything is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.plot.labels import duration, short_names
from tracing_lab.spans.tree import NO_ROW, Rows
from tracing_lab.xray_model import lambda_segments
from tracing_lab.xray_model.documents import INFERRED, SEGMENT, SUBSEGMENT
from tracing_lab.xray_model.outcomes import FAILURES

from .collapsing import Chosen, chosen_rows

WAITING: Final = "waiting"
INITIALIZATION: Final = "initialization"
COLLAPSED: Final = "collapsed"
_WAITING_NAMES: Final = (lambda_segments.DWELL_TIME,)
_SEEN: Final = 5e-4  # of the trace; a shorter gap is narrower than a pixel
_KIND_WORDS: Final[Mapping[str, str]] = {
    lambda_segments.SERVICE: "Lambda service",
    lambda_segments.FUNCTION: "Lambda function",
}


@dataclass(frozen=True)
class WaterfallRow:
    """One span, or several that are collapsed; times in seconds since the start of the trace.

    Parameters
    ----------
    name, detail
        What the span is called, and what it is.
    look
        How its bar looks: its kind, or `INITIALIZATION`, `WAITING` or `COLLAPSED`.
    note
        Text beside the bar.
    band
        Whether its segment's rows have a background, so that neighbours stand apart.
    collapsed
        Ids of the spans that a collapsed row stands for.
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
    collapsed: tuple[str, ...] = ()


def rows_from_trace(trace: pd.DataFrame, *, most: int | None = None) -> list[WaterfallRow]:
    """Return the spans of a trace in the order of a tree, earlier children first.

    Parameters
    ----------
    trace
        Rows of one trace, indexed by span id, as `one_trace` returns them.
    most
        How many rows there may be. Of a larger trace, the longest spans and the first that failed
        have a row, and all others below a span share one.
    """
    begin, finish = trace["start"].min(), trace[["start", "end"]].max().max()
    parents = trace.index.get_indexer(pd.Index(trace["parent_id"])).astype(np.int64)
    chosen = chosen_rows(trace, parents, most=most)
    names = short_names(trace["service"].unique())
    spans = trace.iloc[chosen.shown].to_dict("records")
    span_of = dict(zip(chosen.shown.tolist(), spans, strict=True))
    bands: dict[int, bool] = {}
    rows: list[WaterfallRow] = []
    for row, hidden in _tree_order(parents, chosen):
        if hidden is not None:
            depth, band = (span_of[row]["depth"] + 1, bands[row]) if row != NO_ROW else (0, False)
            rows.append(_collapsed(trace.iloc[hidden], begin, finish, depth=depth, band=band))
            continue
        span = span_of[row]
        whole = span["kind"] != SUBSEGMENT
        above = bands.get(int(parents[row]), False)
        bands[row] = not (rows and rows[-1].band) if whole else above
        end = finish if pd.isna(span["end"]) else span["end"]
        rows.append(
            WaterfallRow(
                span_id=trace.index[row],
                name=names[span["service"]] if span["kind"] == SEGMENT else span["name"],
                detail=_detail(span),
                depth=span["depth"],
                look=_look(span),
                status=span["status"],
                start_s=(span["start"] - begin).total_seconds(),
                end_s=(end - begin).total_seconds(),
                note=_note(span),
                band=bands[row],
            )
        )
    return rows


def path_stretches(
    path: pd.DataFrame, rows: Sequence[WaterfallRow], begin: pd.Timestamp
) -> pd.DataFrame:
    """Return where a trace's critical path runs along the rows of its waterfall.

    Parameters
    ----------
    path
        The critical path.
    rows
        The rows.
    begin
        Start of the trace.

    Returns
    -------
    stretches
        ``row`` (number), ``start_s`` and ``end_s`` (seconds since the start); gaps on a row
        that are too short to be seen are closed.
    """
    ids = {id_: number for number, row in enumerate(rows) for id_ in (row.span_id, *row.collapsed)}
    numbers = np.array([ids[span_id] for span_id in path["span_id"]], dtype=np.int64)
    table = pd.DataFrame({"row": numbers})
    for name in ("start", "end"):
        table[f"{name}_s"] = (path[name] - begin).dt.total_seconds()
    table = table.sort_values(["row", "start_s"], kind="stable")
    gap_s = table["start_s"] - table["end_s"].shift()
    is_new = table["row"].ne(table["row"].shift()) | (gap_s > _SEEN * table["end_s"].max())
    return table.groupby(is_new.cumsum()).agg({"row": "first", "start_s": "min", "end_s": "max"})


def counted(rows: Sequence[WaterfallRow]) -> str:
    """Return how many spans rows stand for, and how many of them are collapsed.

    Parameters
    ----------
    rows
        The rows.
    """
    hidden = sum(len(row.collapsed) for row in rows)
    total = hidden + sum(not row.collapsed for row in rows)
    text = f"{total:,} span{'s' if total > 1 else ''}"
    return f"{text}, {hidden:,} of them collapsed" if hidden else text


def _tree_order(parents: Rows, chosen: Chosen) -> list[tuple[int, Rows | None]]:
    """Return the rows to draw in order: a span, or the spans that are collapsed below one."""
    children: dict[int, list[int]] = {}
    shown = set(chosen.shown.tolist())
    for row in chosen.shown.tolist():
        children.setdefault(int(parents[row]), []).append(row)
    order: list[tuple[int, Rows | None]] = []
    pending: list[tuple[int, Rows | None]] = [(NO_ROW, None)]
    while pending:
        row, hidden = pending.pop()
        if hidden is not None or row in shown:
            order.append((row, hidden))
        if hidden is None:
            if row in chosen.collapsed:
                pending.append((row, chosen.collapsed[row]))
            pending.extend((child, None) for child in reversed(children.get(row, [])))
    return order


def _collapsed(
    spans: pd.DataFrame, begin: pd.Timestamp, finish: pd.Timestamp, *, depth: int, band: bool
) -> WaterfallRow:
    counts = spans["status"].value_counts()
    failed = {status: counts[status] for status in FAILURES if counts.get(status, 0)}
    longest = spans["duration_s"].max()
    words = [f"up to {duration(longest)}"] if pd.notna(longest) else []
    words += [f"{count:,} {status}{'s' if count > 1 else ''}" for status, count in failed.items()]
    end = finish if spans["end"].isna().any() else spans[["start", "end"]].max().max()
    return WaterfallRow(
        span_id="",
        name=f"{len(spans):,} more span{'s' if len(spans) > 1 else ''}",
        detail="",
        depth=depth,
        look=COLLAPSED,
        status=next(iter(failed), "ok"),
        start_s=(spans["start"].min() - begin).total_seconds(),
        end_s=(end - begin).total_seconds(),
        note=", ".join(words),
        band=band,
        collapsed=tuple(spans.index),
    )


def _detail(span: Mapping[Any, Any]) -> str:
    origin = span["origin"]
    return "" if pd.isna(origin) or span["kind"] == INFERRED else _KIND_WORDS.get(origin, origin)


def _look(span: Mapping[Any, Any]) -> str:
    if span["name"] in lambda_segments.INIT_NAMES:
        return INITIALIZATION
    return WAITING if span["name"] in _WAITING_NAMES else str(span["kind"])


def _note(span: Mapping[Any, Any]) -> str:
    """Return the text beside the bar: how long the span took, and what was special."""
    parts = [duration(span["duration_s"])]
    if span["status"] != "ok":
        parts.append(str(span["status"]).replace("_", " "))
    if span["cold_start"]:
        parts.append("cold start")
    return ", ".join(word for word in parts if word)
