"""Service graphs as tables."""

import pandas as pd

from tracing_lab.graph import (
    compare_graphs,
    graph_from_frames,
    graph_to_frames,
    service_graph_from_spans,
)


def test_tables_turn_back_into_the_graph(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    again = graph_from_frames(*graph_to_frames(graph))
    assert compare_graphs(graph, again).empty
    assert again.nodes["Events [AWS::Events]"] == graph.nodes["Events [AWS::Events]"]
