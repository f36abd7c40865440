"""Service graphs as GraphML."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from tracing_lab.export import (
    graph_to_graphml,
)
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import spans_from_traces


def places(graph: Any) -> dict[Any, dict[str, Any]]:
    """Return the attributes of all nodes and edges."""
    edges = {(source, target): data for source, target, data in graph.edges(data=True)}
    return dict(graph.nodes(data=True)) | edges


def test_names_that_xml_cannot_hold_do_not_spoil_the_file(
    tmp_path: Path, make_trace: Callable[..., Any]
) -> None:
    rows = ("a", None, 0, 1, {"name": "a\x00\ufffe<&>"}), ("b", "a", 0, 1, {"name": "\x1f ü 😀"})
    graph = service_graph_from_spans(spans_from_traces([make_trace(*rows)]))
    again = nx.read_graphml(graph_to_graphml(graph, tmp_path / "map.graphml"))
    assert {*again} == {"a\ufffd\ufffd<&>", "a\ufffd\ufffd<&> [client]", "\ufffd ü 😀"}
    assert again.number_of_edges() == 2


def test_a_graph_can_be_read_from_graphml(tmp_path: Path, shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    again = nx.read_graphml(graph_to_graphml(graph, tmp_path / "new" / "map.graphml"))
    assert {*again.edges} == {*graph.edges}
    for place, data in places(graph).items():
        known = {name: value for name, value in data.items() if value == value}  # noqa: PLR0124
        read = dict(places(again)[place])
        assert json.loads(read.pop("histogram")) == known.pop("histogram")
        assert read == known
    assert "p50_s" not in again.nodes[next(node for node in graph if node.endswith("[client]"))]
