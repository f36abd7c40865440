"""Where the time of traces went: the intervals of their critical paths, and totals by group."""

from typing import Final

import numpy as np
import pandas as pd

from tracing_lab.spans.frames import TEXT, timestamps
from tracing_lab.spans.path_parts import CAUSES, PathParts, path_parts
from tracing_lab.spans.tree import Rows

from .span_groups import Grouping, group_keys

_CAUSE: Final = pd.CategoricalDtype([*CAUSES])


def critical_path_parts(spans: pd.DataFrame) -> pd.DataFrame:
    """Return where the time of each trace went, interval by interval.

    The stretches partition a trace's time exactly: from the first start to the last end of its
    segments, as `end_to_end` counts ``duration_s``. They are the trace's critical path, so what is
    started by an event counts when the trace's end waited for it, and the gaps between.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    parts
        One row per stretch, by trace and start, indexed by ``trace_id`` and ``span_id``:

        ``cause``: ``service`` (a span's own time), ``cold start`` (a Lambda environment was
        initialized), ``bus`` (an event was in flight: from its publisher's call until Lambda
        started to run the consumer), ``retry`` (attempts that Lambda repeated, and the waits
        before the next) or ``untraced`` (no span of the path was active);
        ``service, name, start, end``; ``path_ns``, the length in whole nanoseconds.

        Of a gap, the span is the one that started at its end, so that time on the bus belongs to
        the service that the event went to.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> critical_path_parts(spans)[["cause", "service", "path_ns"]].values.tolist()
    [['service', 'shop', 500000000]]
    """
    parts = path_parts(spans)
    table = spans[["service", "name"]].iloc[parts.row]
    cause = pd.Categorical.from_codes(parts.cause, dtype=_CAUSE)
    table.insert(0, "cause", pd.Series(cause, index=table.index))
    table["start"], table["end"] = timestamps(parts.start_ns), timestamps(parts.end_ns)
    table["path_ns"] = parts.end_ns - parts.start_ns
    return table


def critical_path_summary(spans: pd.DataFrame, *, by: Grouping = "operation") -> pd.DataFrame:
    """Return where the time of all traces went, by cause and group.

    Parameters
    ----------
    spans
        A span frame.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.

    Returns
    -------
    summary
        One row per cause (see `critical_path_parts`) and group, the largest total first:
        ``traces`` (on how many paths it was), ``path_ns`` (the total in whole nanoseconds; the
        column's sum is the duration of all traces), ``path_s`` (the same in seconds), ``share``
        (of that sum), ``mean_path_s`` (per trace, those without it included).

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    parts = path_parts(spans)
    group, names = groups_of_parts(spans, parts, by=by)
    of_trace = pd.unique(parts.trace * len(names) + group)  # a hash table, faster than numpy's
    path_ns = np.zeros(len(names), dtype=np.int64)
    np.add.at(path_ns, group, parts.end_ns - parts.start_ns)
    traces = np.bincount(of_trace % max(len(names), 1), minlength=len(names))
    summary = pd.DataFrame({"traces": traces, "path_ns": path_ns}, index=names)
    summary["path_s"] = summary["path_ns"] / 1e9
    summary["share"] = summary["path_ns"] / max(summary["path_ns"].sum(), 1)
    summary["mean_path_s"] = summary["path_s"] / max(len(pd.unique(parts.trace)), 1)
    return summary.sort_values("path_ns", ascending=False, kind="stable")


def groups_of_parts(
    spans: pd.DataFrame, parts: PathParts, *, by: Grouping
) -> tuple[Rows, pd.MultiIndex]:
    """Return the group of each interval.

    Parameters
    ----------
    spans
        A span frame.
    parts
        Of these spans.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.

    Returns
    -------
    group, names
        Number of each stretch's group, and of each group the cause and the keys of `by`.

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    columns = {"cause": pd.Categorical.from_codes(parts.cause, dtype=_CAUSE)}
    for name in group_keys(by):
        rows = parts.owner if name == "origin" else parts.row
        columns[name] = spans[name].astype("category").iloc[rows].array
    number = np.zeros(len(parts.row), dtype=np.int64)
    for column in columns.values():
        number = number * (len(column.categories) + 1) + column.codes + 1
    group, numbers = pd.factorize(number)
    first = np.zeros(len(numbers), dtype=np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    texts = [column[first].astype(TEXT).fillna("") for column in columns.values()]
    return group, pd.MultiIndex.from_arrays(texts, names=list(columns))
