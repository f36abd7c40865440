"""What a service map draws."""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import networkx as nx
import pandas as pd
import pytest
from figure_texts import assert_legible, words
from matplotlib.patches import FancyArrowPatch, Wedge

from tracing_lab import plot
from tracing_lab.graph import Graph, node_key, service_graph_from_spans
from tracing_lab.plot.colours import STATUS_COLOURS
from tracing_lab.spans import operations_from_traces, spans_from_traces


def many_services() -> Graph:
    """Return a wide map: a fan of six long names, a shared callee, a way back and a loop."""
    graph: Graph = nx.DiGraph()
    entry = add(graph, "gate", "client", 123456)
    gate = add(graph, "gate", "AWS::ApiGateway::Stage", 123456, faults=20000, throttles=5000)
    link(graph, entry, gate)
    shared = add(graph, "shared.example.com", "remote", 10)
    for number in range(6):
        name = f"a-team-with-a-long-name-department-{number}-with-suffix"
        worker = add(graph, name, "AWS::Lambda", 5000 * number, faults=100 * number)
        link(graph, gate, worker)
        table = add(graph, f"table_with_underscores_{number}", "AWS::DynamoDB::Table", 100)
        link(graph, worker, table)
        if number < 3:
            link(graph, (table, worker, gate)[number], shared)
    link(graph, worker, gate)
    link(graph, worker, worker)
    return graph


def add(graph: Graph, name: str, kind: str, requests: int, **counts: int) -> str:
    data = {"errors": 0, "faults": 0, "throttles": 0, "p50_s": 0.0123, "p95_s": 0.1} | counts
    data["errors"] = data["throttles"]
    graph.add_node(node_key(name, kind), name=name, kind=kind, requests=requests, **data)
    return node_key(name, kind)


def link(graph: Graph, source: str, target: str) -> None:
    counts = dict.fromkeys(("errors", "faults", "throttles"), 0)
    graph.add_edge(source, target, requests=100, p50_s=0.0123, p95_s=0.1, **counts)


def test_the_map_shows_short_names_types_and_counts(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    shown = words(plot.plot_service_map(graph))
    assert {"clients", "api/prod", "order", "payment", "Events", "AWS::Lambda"} <= shown
    assert "Service map: 120 requests from clients" in shown
    assert any("distributed-tracing-dev-…-1a2b3c4d" in text for text in shown)


def test_the_map_has_an_arrow_per_edge(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    arrows = plot.plot_service_map(graph).findobj(FancyArrowPatch)
    assert len(arrows) == graph.number_of_edges()


def test_a_way_back_to_a_node_below_others_comes_in_from_the_left() -> None:
    graph: Graph = nx.DiGraph()
    nodes = [add(graph, name, "", 1) for name in "abcd"]
    for source, target in ((0, 1), (0, 2), (2, 3), (3, 2), (1, 0)):
        link(graph, nodes[source], nodes[target])
    assert_legible(plot.plot_service_map(graph))


def test_a_link_from_a_queue_is_dashed_and_says_how_old_messages_were() -> None:
    graph: Graph = nx.DiGraph()
    queue, consumer = add(graph, "queue", "AWS::SQS::Queue", 1), add(graph, "consumer", "", 1)
    counts = dict.fromkeys(("requests", "errors", "faults", "throttles"), 0)
    graph.add_edge(queue, consumer, **counts, p50_s=float("nan"), bus_p50_s=0.75)
    axes = plot.plot_service_map(graph)
    assert "queued\n750 ms" in {text.get_text() for text in axes.texts}
    (arrow,) = axes.findobj(FancyArrowPatch)
    assert arrow.get_linestyle() not in {"-", "solid"}


def test_a_node_without_requests_has_a_grey_ring() -> None:
    graph: Graph = nx.DiGraph()
    add(graph, "a", "", 0)
    (ring,) = plot.plot_service_map(graph).findobj(Wedge)
    assert ring.get_facecolor() == mpl.colors.to_rgba(STATUS_COLOURS["in_progress"])


def test_a_ring_is_split_by_how_requests_ended() -> None:
    graph: Graph = nx.DiGraph()
    add(graph, "a", "", 10, faults=2, throttles=1)
    rings = plot.plot_service_map(graph).findobj(Wedge)
    spread = {ring.get_facecolor(): round(ring.theta2 - ring.theta1) for ring in rings}
    wanted = {"fault": 72, "throttle": 36, "ok": 252}
    assert spread == {
        mpl.colors.to_rgba(STATUS_COLOURS[status]): angle for status, angle in wanted.items()
    }


def test_trouble_is_said_in_words_too() -> None:
    graph: Graph = nx.DiGraph()
    add(graph, "a", "", 1000, faults=5, throttles=200)
    assert {"0.5% faults", "20% throttles"} <= words(plot.plot_service_map(graph))


@pytest.mark.parametrize("source", ["shop", "worked", "real", "many", "one"])
def test_no_text_of_a_map_covers_another_or_is_cut_off(
    source: str, request: pytest.FixtureRequest
) -> None:
    if source in ("shop", "worked"):
        graph = service_graph_from_spans(request.getfixturevalue(f"{source}_spans"))
    elif source == "real":
        graph = service_graph_from_spans(spans_from_traces(request.getfixturevalue("real_traces")))
    else:
        graph = many_services() if source == "many" else nx.DiGraph()
        if source == "one":
            add(graph, "a-single-service-with-a-rather-long-name-$HOME$", "AWS::Lambda", 1)
    assert_legible(plot.plot_service_map(graph))


def test_operations_are_below_the_names(
    shop_spans: pd.DataFrame, shop_traces: Callable[..., Any]
) -> None:
    operations = operations_from_traces(shop_traces(120))
    longest = operations.mask(operations == "## payment", "POST /a-long-path/of-many/parts/{id}")
    for known, shown in ((operations, "## payment"), (longest, "POST /a-long-")):
        ax = plot.plot_service_map(service_graph_from_spans(shop_spans, operations=known))
        assert shown in words(ax)
        assert_legible(ax)


def test_an_empty_map_is_only_a_title() -> None:
    assert "Service map: 0 requests from clients" in words(plot.plot_service_map(nx.DiGraph()))


def test_a_map_fits_into_given_axes(shop_spans: pd.DataFrame) -> None:
    _, axes = plt.subplots(1, 2, figsize=(12, 4))
    ax = plot.plot_service_map(service_graph_from_spans(shop_spans), ax=axes[0])
    assert ax is axes[0]
    assert_legible(ax)
