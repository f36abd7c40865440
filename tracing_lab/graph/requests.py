"""The requests behind a service graph: what nodes served, and what edges carried."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.spans.entries import entry_rows
from tracing_lab.spans.frames import NOT_ENDED, TEXT, nanoseconds
from tracing_lab.spans.tree import Rows, families
from tracing_lab.xray_model.calls import waits_for_callee
from tracing_lab.xray_model.documents import INFERRED, KINDS, REQUEST_KINDS
from tracing_lab.xray_model.nodes import CLIENT, REMOTE

from .model import node_key

_REQUEST: Final = ["trace_id", "status", "duration_s"]
_WAITING: Final = [*filter(waits_for_callee, KINDS)]
_NODE: Final = ("name", "type", "operation")
_FROM: Final = "from_"


def requests_behind(spans: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the requests that `service_graph_from_spans` counts at nodes and on edges.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    served, calls
        One row per request, with ``trace_id``, ``status`` and ``duration_s``. `served` is indexed
        by ``node``, `calls` by ``source`` and ``target``, all of them keys of nodes. Requests in
        progress are listed, too; the graph does not count them yet.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> _, calls = requests_behind(spans)
    >>> calls.reset_index().values.tolist()
    [['shop [client]', 'shop', '1-0000000a-1', 'ok', 0.5]]
    """
    served, calls = requests_from_spans(spans)
    targets, sources = node_keys(calls), caller_keys(calls)
    served, calls = (table.astype({"trace_id": TEXT, "status": TEXT}) for table in (served, calls))
    return (
        served[_REQUEST].set_axis(pd.Index(node_keys(served), name="node")),
        calls[_REQUEST].set_axis(
            pd.MultiIndex.from_arrays([sources, targets], names=["source", "target"])
        ),
    )


def requests_from_spans(
    spans: pd.DataFrame, operations: "pd.Series[str] | None" = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the requests that nodes served and the calls that edges carried.

    Parameters
    ----------
    spans
        A span frame.
    operations
        What segments were asked to do, for nodes per operation.

    Returns
    -------
    served, calls
        One row per request, with ``trace_id``, ``status`` and ``duration_s``; the node is in
        `node_columns`, the caller of a call in `caller_columns`. Calls have ``bus_s``, too: how
        long an event was on its way from the end of the publisher's call to the start of the
        target, NaN where the caller is no event service.
    """
    table = pd.DataFrame(
        {
            "trace_id": spans.index.get_level_values("trace_id").astype("category"),
            "name": spans["service"].astype("category").array,
            "type": _types(spans).array,
            "kind": spans["kind"].astype("category").array,
            "status": spans["status"].astype("category").array,
            "duration_s": spans["duration_s"].to_numpy(),
        }
    )
    if operations is not None:
        once = operations[~operations.index.duplicated()]
        known = once.reindex(spans.index).fillna("").astype("category")
        table["operation"] = known.cat.set_categories(known.cat.categories.union([""])).array
    segments = np.flatnonzero(table["kind"].isin(REQUEST_KINDS))
    calls = pd.concat([_client_calls(spans, table), _calls(spans, table, segments)])
    return table.iloc[segments].drop(columns="kind"), calls.drop(columns="kind")


def node_columns(requests: pd.DataFrame) -> list[str]:
    """Return the columns that identify the node of a request, in the order of `Node`."""
    return [name for name in _NODE if name in requests]


def caller_columns(calls: pd.DataFrame) -> list[str]:
    """Return the columns that identify the node that made a call."""
    return [_FROM + name for name in node_columns(calls)]


def node_keys(requests: pd.DataFrame) -> list[str]:
    """Return the node of each request."""
    return _keys(requests, node_columns(requests))


def caller_keys(calls: pd.DataFrame) -> list[str]:
    """Return the node that made each call."""
    return _keys(calls, caller_columns(calls))


def _keys(requests: pd.DataFrame, columns: list[str]) -> list[str]:
    parts = zip(*(requests[name] for name in columns), strict=True)
    return [node_key(*map(str, part)) for part in parts]


def _types(spans: pd.DataFrame) -> "pd.Series[str]":
    """Return the type of each span's node; a callee outside AWS is ``remote``."""
    origins = spans["origin"].astype("category")
    is_remote = (spans["kind"] == INFERRED) & origins.isna()
    origins = origins.cat.set_categories(origins.cat.categories.union(["", REMOTE, CLIENT]))
    return origins.fillna("").mask(is_remote, REMOTE)


def _client_calls(spans: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return one call from the client per root, as the root measured it."""
    calls = table.iloc[entry_rows(spans)]
    client = {"name": calls["name"], "type": CLIENT, "operation": ""}
    callers = {
        _FROM + name: pd.Series(client[name], index=calls.index, dtype=calls[name].dtype)
        for name in node_columns(calls)
    }
    return calls.assign(**callers, bus_s=np.nan)


def _calls(spans: pd.DataFrame, table: pd.DataFrame, segments: Rows) -> pd.DataFrame:
    """Return one call per segment with a parent, as `xray_model.calls` says that it is measured.

    A subsegment whose own segment is missing belongs to no node.
    """
    parents, owners = families(spans)
    called = segments[parents[segments] >= 0]
    called = called[np.isin(owners[parents[called]], segments)]
    parent = parents[called]
    by_caller = table["kind"].iloc[parent].isin(_WAITING).to_numpy(dtype=bool)
    measured = table.iloc[np.where(by_caller, parent, called)]
    target, source = table.iloc[called], table.iloc[owners[parent]]
    return pd.DataFrame(
        {
            "trace_id": target["trace_id"].array,
            **{_FROM + name: source[name].array for name in node_columns(table)},
            **{name: target[name].array for name in node_columns(table)},
            "kind": target["kind"].array,
            "status": measured["status"].array,
            "duration_s": measured["duration_s"].array,
            "bus_s": np.where(by_caller, np.nan, _times_between(spans, parent, called)),
        }
    )


def _times_between(spans: pd.DataFrame, first: Rows, second: Rows) -> npt.NDArray[np.float64]:
    """Return seconds from the end of spans to the start of others, 0 if these were earlier."""
    end, start = nanoseconds(spans["end"].iloc[first]), nanoseconds(spans["start"].iloc[second])
    return np.where(end == NOT_ENDED, np.nan, np.maximum(start - end, 0) / 1e9)
