"""Where the nodes of a service map are."""

import itertools

import networkx as nx
import pandas as pd
from hypothesis import given, strategies as st

from tracing_lab.graph import service_graph_from_spans
from tracing_lab.plot.service_map.layout import layered_layout

EVENTS = "Events [AWS::Events]"


def test_the_map_runs_from_the_client_to_the_functions(shop_spans: pd.DataFrame) -> None:
    layout = layered_layout(service_graph_from_spans(shop_spans))
    columns = {
        key.rpartition(" [")[0][24:][:5] + key[-4:]: at[0] for key, at in layout.nodes.items()
    }
    assert [*columns.values()].count(6.0) == [*columns.values()].count(5.0) == 3
    assert layout.nodes[EVENTS] == (4.0, 0.0)


def test_edges_back_to_the_bus_are_the_only_ones_that_lead_back(shop_spans: pd.DataFrame) -> None:
    back = layered_layout(service_graph_from_spans(shop_spans)).back
    assert {target for _, target in back} == {EVENTS}
    assert {source.split("-")[3] for source, _ in back} == {"payment", "inventory"}


def test_what_leads_back_is_on_top(shop_spans: pd.DataFrame) -> None:
    layout = layered_layout(service_graph_from_spans(shop_spans))
    rows = {key.split("-")[3]: at[1] for key, at in layout.nodes.items() if at[0] == 6}
    assert rows == {"inventory": 1.0, "payment": 0.0, "notification": -1.0}


def test_an_edge_across_layers_gets_bends() -> None:
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
    assert [*layered_layout(graph).bends] == [("a", "c")]


@given(st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20))
def test_any_graph_is_laid_out_without_two_nodes_in_one_place(edges: set[tuple[str, str]]) -> None:
    layout = layered_layout(nx.DiGraph(sorted(edges)))
    places = sorted(layout.nodes.values())
    for (x0, y0), (x1, y1) in itertools.pairwise(places):
        assert x0 < x1 or y1 - y0 > 0.99
    forward = edges - {*layout.back}
    assert all(layout.nodes[source][0] < layout.nodes[target][0] for source, target in forward)
