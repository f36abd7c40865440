"""Lists of traces as plain text, sorted and cut."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

_OK: Final = "ok"


@dataclass(frozen=True)
class ListColumn:
    """A column of a list of traces.

    Parameters
    ----------
    name, title
        Of the frame's column, and what stands above it.
    write
        Turns a value into text.
    numeric
        Whether values are aligned to the right.
    """

    name: str
    title: str
    write: Callable[[Any], str] = str
    numeric: bool = False


def milliseconds(seconds: float) -> str:
    """Return seconds as milliseconds with one decimal.

    Parameters
    ----------
    seconds
        A duration; NaN while something is in progress.

    Examples
    --------
    >>> milliseconds(1.23456), milliseconds(float("nan"))
    ('1,234.6', 'unknown')
    """
    return "unknown" if math.isnan(seconds) else f"{seconds * 1e3:,.1f}"


def moment(time: pd.Timestamp) -> str:
    """Return a time in UTC as text, to the millisecond.

    Examples
    --------
    >>> moment(pd.Timestamp("2026-11-23T12:00:00.0504Z"))
    '2026-11-23 12:00:00.050'
    """
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


TRACE_COLUMNS: Final = (
    ListColumn("start", "start (UTC)", moment),
    ListColumn("duration_s", "duration (ms)", milliseconds, numeric=True),
    ListColumn("response_s", "response (ms)", milliseconds, numeric=True),
    ListColumn("status", "status"),
    ListColumn("root", "entry point"),
)
PLACE_COLUMNS: Final = (
    ListColumn("start", "start (UTC)", moment),
    ListColumn("requests", "requests here", "{:,}".format, numeric=True),
    ListColumn("slowest_s", "slowest here (ms)", milliseconds, numeric=True),
    ListColumn("status", "worst status here"),
    ListColumn("duration_s", "whole trace (ms)", milliseconds, numeric=True),
)


def trace_table(overview: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return what `TRACE_COLUMNS` show of traces.

    Parameters
    ----------
    overview
        Traces as `stats.end_to_end` has them.
    names
        What to call each service.

    Returns
    -------
    table
        The same rows; ``status`` says what the client got, and whether anything else failed.
    """
    status = overview["status"].astype(object).str.replace("_", " ")
    inside = (overview["status"] == _OK) & overview["failed"]
    root = overview["root"].astype(object).map(dict(names)).fillna("unknown")
    return overview.assign(status=status.mask(inside, "ok, a part failed"), root=root)


def place_table(requests: pd.DataFrame, overview: pd.DataFrame) -> pd.DataFrame:
    """Return what `PLACE_COLUMNS` show of the traces behind a node or an edge.

    Parameters
    ----------
    requests
        Requests there, with ``trace_id``, ``status`` and ``duration_s``.
    overview
        Traces as `stats.end_to_end` has them.

    Returns
    -------
    table
        One row per trace with requests there.
    """
    rank = {name: number for number, name in enumerate(_WORST_LAST)}
    ranks = requests["status"].map(rank).astype("int64")  # a category has no largest value
    by_trace = requests.assign(rank=ranks).groupby("trace_id", sort=False)
    table = overview.loc[[*by_trace.groups], ["start", "duration_s"]]
    table["requests"] = by_trace.size()
    table["slowest_s"] = by_trace["duration_s"].max()
    worst = by_trace["rank"].max()
    table["status"] = worst.map(dict(enumerate(_WORST_LAST))).str.replace("_", " ")
    return table.sort_values("start", kind="stable")


_WORST_LAST: Final = ("ok", "in_progress", "error", "throttle", "fault")


def listing(
    table: pd.DataFrame, columns: tuple[ListColumn, ...], *, sort: str, limit: int
) -> dict[str, Any]:
    """Return the list of traces that a widget shows, as plain data.

    Parameters
    ----------
    table
        A row per trace, indexed by trace id.
    columns
        What to show of it.
    sort
        Name of a column, with a minus before it for the largest first; nothing for the order of
        the table.
    limit
        How many traces to show.

    Returns
    -------
    listing
        ``caption``, ``columns`` and ``rows``, all values text.
    """
    shown = _sorted(table, sort).head(limit)
    texts = [[column.write(value) for value in shown[column.name]] for column in columns]
    cells = zip(*texts, strict=True)
    return {
        "caption": caption(len(shown), len(table)),
        "columns": [_head(column) for column in columns],
        "rows": [
            {"id": trace_id, "cells": [*row]}
            for trace_id, row in zip(shown.index, cells, strict=True)
        ],
    }


def caption(shown: int, count: int) -> str:
    """Return how many traces a list has, as text.

    Examples
    --------
    >>> caption(200, 3412), caption(1, 1), caption(0, 0)
    ('first 200 of 3,412 traces', '1 trace', 'no traces')
    """
    if shown < count:
        return f"first {shown:,} of {count:,} traces"
    return {0: "no traces", 1: "1 trace"}.get(count, f"{count:,} traces")


def _sorted(table: pd.DataFrame, sort: str) -> pd.DataFrame:
    if not sort:
        return table
    return table.sort_values(sort.removeprefix("-"), ascending=sort[0] != "-", kind="stable")


def _head(column: ListColumn) -> Mapping[str, Any]:
    return {"name": column.name, "title": column.title, "numeric": column.numeric}
