"""Where service graphs come from: span frames and X-Ray's own GetServiceGraph answers."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from . import _timing
from ._entries import entry_rows
from ._span_schema import INFERRED, SUBSEGMENT
from ._tally import Tally, tally_from_document, tally_from_spans
from .errors import TraceDataError

Node = tuple[str, str]
"""Identity of a node: name and type."""

Nodes = dict[Node, Tally]
Edges = dict[tuple[Node, Node], Tally]

CLIENT: Final = "client"
REMOTE: Final = "remote"

_NODE: Final = ["name", "type"]
_EDGE: Final = ["from_name", "from_type", "name", "type"]


def tallies_from_spans(spans: pd.DataFrame) -> tuple[Nodes, Edges]:
    """Count what each node served and each edge carried.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    nodes, edges
        One tally each.
    """
    served, calls = requests_from_spans(spans)
    nodes: Nodes = {
        (str(name), str(type_)): tally_from_spans(rows)
        for (name, type_), rows in served.groupby(_NODE)
    }
    edges: Edges = {
        ((str(key[0]), str(key[1])), (str(key[2]), str(key[3]))): tally_from_spans(rows)
        for key, rows in calls.groupby(_EDGE)
    }
    return _with_clients(nodes, edges), edges


def requests_from_spans(spans: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List every request that a node served and every call that an edge carried.

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


def tallies_from_document(response: Mapping[str, Any]) -> tuple[Nodes, Edges]:
    """Read the same from an answer of GetServiceGraph or GetTraceGraph.

    Parameters
    ----------
    response
        The answer; pages must have been joined into one ``Services`` list.

    Returns
    -------
    nodes, edges
        One tally each; nodes that differ in nothing but the account are added up.

    Raises
    ------
    TraceDataError
        If the answer has no ``Services``, or an edge leads to a service that it does not have.
    """
    services = response.get("Services")
    if services is None:
        msg = "The answer has no Services. Give what get_service_graph or get_trace_graph returned."
        raise TraceDataError(msg)
    node_of = {service["ReferenceId"]: _node(service) for service in services}
    nodes: Nodes = {}
    edges: Edges = {}
    for service in services:
        source = _node(service)
        nodes[source] = nodes.get(source, Tally()) + tally_from_document(service)
        for edge in service.get("Edges") or ():
            target = node_of.get(edge["ReferenceId"])
            if target is None:
                msg = (
                    f"An edge of {source[0]} leads to service number {edge['ReferenceId']}, which "
                    "is not in the answer. Join all pages of the answer first."
                )
                raise TraceDataError(msg)
            key = (source, target)
            edges[key] = edges.get(key, Tally()) + tally_from_document(edge)
    return _with_clients(nodes, edges), edges


def _node(service: Mapping[str, Any]) -> Node:
    return service.get("Name") or "", service.get("Type") or ""


def _types(spans: pd.DataFrame) -> "pd.Series[str]":
    """Give each segment its node's type; callees outside AWS are called remote."""
    is_remote = (spans["kind"] == INFERRED) & spans["origin"].isna()
    return spans["origin"].fillna("").mask(is_remote, REMOTE)


def _client_calls(spans: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Give one call from the client per root, as the root saw it."""
    calls = table.iloc[entry_rows(spans)]
    return calls.assign(from_name=calls["name"], from_type=CLIENT)


def _calls(spans: pd.DataFrame, table: pd.DataFrame, segments: _timing.Rows) -> pd.DataFrame:
    """Give one call per segment with a parent, as the caller saw it.

    The caller's view is the subsegment that made the call. Where a segment hangs directly on
    another one (a Lambda function on its service), X-Ray shows the upper segment's times; below an
    event bus, which waits for nobody, only the target itself knows how it answered. A subsegment
    whose own segment never came is part of no node.
    """
    parents, owners = _timing.families(spans)
    called = segments[parents[segments] >= 0]
    called = called[np.isin(owners[parents[called]], segments)]
    parent = parents[called]
    below_inferred = (table["kind"].iloc[parent] == INFERRED).to_numpy(dtype=bool)
    seen = table.iloc[np.where(below_inferred, called, parent)]
    target, source = table.iloc[called], table.iloc[owners[parent]]
    return pd.DataFrame(
        {
            "trace_id": target["trace_id"].to_numpy(),
            "from_name": source["name"].to_numpy(),
            "from_type": source["type"].to_numpy(),
            "name": target["name"].to_numpy(),
            "type": target["type"].to_numpy(),
            "kind": target["kind"].to_numpy(),
            "status": seen["status"].to_numpy(),
            "duration_s": seen["duration_s"].to_numpy(),
        }
    )


def _with_clients(nodes: Nodes, edges: Edges) -> Nodes:
    """Give clients the counts of what they sent: X-Ray keeps no statistics of the nodes."""
    sent: Nodes = {}
    for (source, _), tally in edges.items():
        if source[1] == CLIENT:
            sent[source] = sent.get(source, Tally()) + tally
    return nodes | {node: _without_times(tally) for node, tally in sent.items()}


def _without_times(tally: Tally) -> Tally:
    return Tally(tally.requests, tally.errors, tally.faults, tally.throttles)
