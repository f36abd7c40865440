"""Service graphs as GraphML."""

from pathlib import Path

import networkx as nx
import pandas as pd

from tracing_lab.export import (
    graph_to_graphml,
)
from tracing_lab.graph import service_graph_from_spans


def test_a_graph_can_be_read_from_graphml(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(worked_spans)
    again = nx.read_graphml(graph_to_graphml(graph, tmp_path / "new" / "map.graphml"))
    assert {*again.edges} == {*graph.edges}
    assert again.nodes["Events [AWS::Events]"] == graph.nodes["Events [AWS::Events]"]
    assert "p50_s" not in again.nodes["orders-api/prod [client]"]
