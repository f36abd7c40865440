"""The service graph that a replay of a model should have."""

from collections import Counter
from collections.abc import Iterator

import networkx as nx

from tracing_lab.graph import Graph, node_key
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE
from tracing_lab.xray_model.nodes import CLIENT

from .model import HTTP, RecordedCall, ReplayModel, ReplayTarget, StandIn
from .recording import STAGE

_Node = tuple[str, str]
_Edge = tuple[_Node, _Node]
_Work = tuple[_Node | None, ReplayTarget]
"""Who calls, and what; nobody where the call is that of a span without a node."""


def graph_of_model(model: ReplayModel) -> Graph:
    """Return the service graph of all requests of a model, by X-Ray's rules.

    Parameters
    ----------
    model
        From `derive`.

    Returns
    -------
    graph
        As `graph.service_graph_from_spans` names its nodes; nodes have ``name`` and ``kind``,
        edges have ``requests``. Lambda's retries are among them.
    """
    edges: Counter[_Edge] = Counter()
    for request in model.requests:
        edges.update(_edges_of_request(model, request.target))
    graph: Graph = nx.DiGraph()
    for (source, target), requests in edges.items():
        for name, kind in (source, target):
            graph.add_node(node_key(name, kind), name=name, kind=kind)
        graph.add_edge(node_key(*source), node_key(*target), requests=requests)
    return graph


def entry_node(model: ReplayModel, target: ReplayTarget) -> tuple[str, str]:
    """Return name and type of the node that serves a request from outside."""
    if target.how == HTTP:
        return target.api, STAGE
    return _served_by(model.stand_ins[target.service])


def _edges_of_request(model: ReplayModel, target: ReplayTarget) -> Iterator[_Edge]:
    entry = entry_node(model, target)
    pending: list[_Work] = [((entry[0], CLIENT), target)]
    while pending:
        caller, called = pending.pop()
        for edge, further in _served(model, caller, called):
            if edge is not None:
                yield edge
            pending += further


def _served(
    model: ReplayModel, caller: _Node | None, target: ReplayTarget
) -> Iterator[tuple[_Edge | None, list[_Work]]]:
    """Yield the edges up to what serves a call, with what that calls in turn."""
    stand_in = model.stand_ins[target.service]
    if target.how == HTTP:
        stage = (target.api, STAGE)
        yield None if caller is None else (caller, stage), []
        caller = stage
    served = _served_by(stand_in)
    yield None if caller is None else (caller, served), []
    number: int | None = target.run
    while number is not None:
        run = stand_in.runs[number]
        node = served
        if stand_in.segment is None:
            node = (stand_in.name, FUNCTION)
            yield (served, node), []
        for call in run.calls:
            yield from _edges_of_call(node, call)
        number = run.next_run if stand_in.segment is None else None


def _edges_of_call(node: _Node, call: RecordedCall) -> Iterator[tuple[_Edge | None, list[_Work]]]:
    if call.node is None:
        yield None, [(node, target) for target in call.targets]
    else:
        yield (node, call.node), [(call.node, target) for target in call.targets]


def _served_by(stand_in: StandIn) -> _Node:
    """Return the node that takes the requests of a stand-in."""
    if stand_in.segment is None:
        return stand_in.name, SERVICE
    return stand_in.segment["name"], stand_in.segment.get("origin", "")
