"""Service graphs as tables."""

from pathlib import Path

import pandas as pd
import pytest

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
    node = "Events [AWS::Events]"
    ours, theirs = dict(graph.nodes[node]), dict(again.nodes[node])
    assert theirs.pop("histogram") == ours.pop("histogram")
    assert theirs == pytest.approx(ours, nan_ok=True)


def test_tables_can_be_saved(tmp_path: Path, shop_spans: pd.DataFrame) -> None:
    for table in graph_to_frames(service_graph_from_spans(shop_spans)):
        table.reset_index().to_parquet(tmp_path / "table.parquet")
        again = pd.read_parquet(tmp_path / "table.parquet").set_index(table.index.names)
        assert [[*one] for one in again["histogram"]] == table["histogram"].to_list()
        pd.testing.assert_series_equal(again["p50_s"], table["p50_s"])
