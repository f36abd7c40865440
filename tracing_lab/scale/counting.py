"""Counts that can be added: what a partition contributes to an answer."""

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from tracing_lab.graph.requests import requests_from_spans
from tracing_lab.spans.frames import nanoseconds
from tracing_lab.stats.span_groups import Grouping, group_keys, request_spans, with_node_origin

from .sketch import bins_of

Counts: TypeAlias = Mapping[str, "pd.Series[Any]"]
"""Integers by name, each indexed by what they count; those of two partitions can be added."""

STATUS, BIN = "status", "bin"
NODE = ("name", "type")
EDGE = ("from_name", "from_type", "name", "type")

_MERGED = MappingProxyType({"first_ns": "min", "last_ns": "max"})
"""What is not added: bounds of time."""


def count_requests(spans: pd.DataFrame, *, by: Grouping) -> Counts:
    """Return the number of requests by group, status and bin of the sketch.

    Parameters
    ----------
    spans
        A span frame.
    by
        ``service``, ``node`` or ``operation``.

    Returns
    -------
    counts
        ``requests``, by group, status and bin.
    """
    return {"requests": _sketched(request_spans(spans, by=by), group_keys(by))}


def count_calls(spans: pd.DataFrame) -> Counts:
    """Return the number of requests of nodes and edges, by status and bin.

    Returns
    -------
    counts
        ``served`` by node, ``calls`` by edge, ``bus`` (times on the bus) by edge; ``first_ns`` and
        ``last_ns``, when the first span started and the last one ended.
    """
    served, calls = requests_from_spans(spans)
    on_bus = calls[calls["bus_s"].notna()]
    started, ended = spans["start"].dropna(), spans["end"].dropna()
    return {
        "served": _sketched(served, NODE),
        "calls": _sketched(calls, EDGE),
        "bus": _sketched(on_bus.assign(duration_s=on_bus["bus_s"]), EDGE),
        "first_ns": pd.Series(nanoseconds(started)).groupby(np.zeros(len(started))).min(),
        "last_ns": pd.Series(nanoseconds(ended)).groupby(np.zeros(len(ended))).max(),
    }


def count_self_time(spans: pd.DataFrame, *, by: Grouping) -> Counts:
    """Return the number of spans of each group, and their self time in nanoseconds.

    Parameters
    ----------
    spans
        A span frame.
    by
        ``service``, ``node`` or ``operation``.

    Returns
    -------
    counts
        ``spans`` and ``self_ns``, by group.
    """
    self_ns = (spans["self_s"] * 1e9).round().fillna(0).astype(np.int64)
    table = with_node_origin(spans)[group_keys(by)].assign(self_ns=self_ns)
    groups = _texts(table, group_keys(by)).groupby(group_keys(by))
    return {"spans": groups.size(), "self_ns": groups["self_ns"].sum()}


def added(first: Counts, *others: Counts) -> Counts:
    """Return the sum of counts.

    Returns
    -------
    counts
        By everything that one of them counts.
    """
    return reduce(_sum, others, first)


def _sum(first: Counts, second: Counts) -> Counts:
    both = {name: pd.concat([first[name], second[name]]) for name in first}
    return {
        name: counts.groupby(level=[*range(counts.index.nlevels)]).agg(_MERGED.get(name, "sum"))
        for name, counts in both.items()
    }


def _sketched(requests: pd.DataFrame, keys: Sequence[str]) -> "pd.Series[Any]":
    table = requests[[*keys, STATUS]].assign(bin=bins_of(requests["duration_s"].to_numpy()))
    counts = table.groupby([*keys, STATUS, BIN], observed=True).size()
    names = [*keys, STATUS]
    return _texts(counts.rename("count").reset_index(), names).set_index([*names, BIN])["count"]


def _texts(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return a table with categories as strings, so that those of two partitions are the same."""
    return table.astype(dict.fromkeys(names, "str"))
