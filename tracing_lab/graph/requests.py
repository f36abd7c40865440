"""The requests behind a service graph: what nodes served, and what edges carried."""

from typing import Final

import numpy as np
import pandas as pd

from tracing_lab.spans.entries import entry_rows
from tracing_lab.spans.schema import INFERRED, SUBSEGMENT
from tracing_lab.spans.tree import Rows, families

from .model import CLIENT, REMOTE, node_key

_REQUEST: Final = ["trace_id", "status", "duration_s"]


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
    targets = _keys(calls, "name", "type")
    sources = _keys(calls, "from_name", "from_type")
    return (
        served[_REQUEST].set_axis(pd.Index(_keys(served, "name", "type"), name="node")),
        calls[_REQUEST].set_axis(
            pd.MultiIndex.from_arrays([sources, targets], names=["source", "target"])
        ),
    )


def requests_from_spans(spans: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the requests that nodes served and the calls that edges carried.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    served, calls
        One row per request, with ``trace_id``, ``status`` and ``duration_s``; the node is in
        ``name`` and ``type``, the caller of a call in ``from_name`` and ``from_type``.
    """
    table = pd.DataFrame(
        {
            "trace_id": spans.index.get_level_values("trace_id").to_numpy(dtype=object),
            "name": spans["service"].to_numpy(dtype=object),
            "type": _types(spans).to_numpy(dtype=object),
            "kind": spans["kind"].to_numpy(dtype=object),
            "status": spans["status"].to_numpy(dtype=object),
            "duration_s": spans["duration_s"].to_numpy(),
        }
    )
    segments = np.flatnonzero(table["kind"] != SUBSEGMENT)
    calls = pd.concat([_client_calls(spans, table), _calls(spans, table, segments)])
    return table.iloc[segments].drop(columns="kind"), calls.drop(columns="kind")


def _types(spans: pd.DataFrame) -> "pd.Series[str]":
    """Return the type of each span's node; a callee outside AWS is ``remote``."""
    is_remote = (spans["kind"] == INFERRED) & spans["origin"].isna()
    return spans["origin"].fillna("").mask(is_remote, REMOTE)


def _client_calls(spans: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return one call from the client per root, as the root measured it."""
    calls = table.iloc[entry_rows(spans)]
    return calls.assign(from_name=calls["name"], from_type=CLIENT)


def _calls(spans: pd.DataFrame, table: pd.DataFrame, segments: Rows) -> pd.DataFrame:
    """Return one call per segment with a parent, as the caller measured it.

    The caller's measure is the subsegment that made the call. Where the parent is a segment (a
    Lambda function's is its service), X-Ray shows the parent's times; an event bus does not wait
    for its targets, so there the times are the target's own. A subsegment whose own segment is
    missing belongs to no node.
    """
    parents, owners = families(spans)
    called = segments[parents[segments] >= 0]
    called = called[np.isin(owners[parents[called]], segments)]
    parent = parents[called]
    below_inferred = (table["kind"].iloc[parent] == INFERRED).to_numpy(dtype=bool)
    measured = table.iloc[np.where(below_inferred, called, parent)]
    target, source = table.iloc[called], table.iloc[owners[parent]]
    return pd.DataFrame(
        {
            "trace_id": target["trace_id"].to_numpy(),
            "from_name": source["name"].to_numpy(),
            "from_type": source["type"].to_numpy(),
            "name": target["name"].to_numpy(),
            "type": target["type"].to_numpy(),
            "kind": target["kind"].to_numpy(),
            "status": measured["status"].to_numpy(),
            "duration_s": measured["duration_s"].to_numpy(),
        }
    )


def _keys(requests: pd.DataFrame, name: str, kind: str) -> list[str]:
    return [node_key(*pair) for pair in zip(requests[name], requests[kind], strict=True)]
