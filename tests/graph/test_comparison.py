"""Differences of service graphs."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from comparisons import window
from graph_documents import ANSWER

from tracing_lab.graph import (
    compare,
    compare_graphs,
    service_graph_from_document,
    service_graph_from_spans,
)
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


def test_a_graph_agrees_with_itself(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    assert compare_graphs(graph, graph.copy()).empty


def test_every_disagreement_is_listed() -> None:
    first = service_graph_from_document(ANSWER)
    second = first.copy()
    second.nodes["shop"]["faults"] = 2
    second.remove_node("api [client]")
    found = compare_graphs(first, second)
    assert found.iloc[0].tolist() == ["node", "shop", "faults", 0, 2]
    assert set(found["item"]) == {
        "shop",
        "api [client]",
        "api [client] -> api [AWS::ApiGateway::Stage]",
    }
    assert found[found["item"] == "api [client]"]["second"].isna().all()


def test_the_slower_node_is_on_top_and_edges_follow() -> None:
    table: Any = compare(window(1), window(2, slower_ms=30.0))
    assert table.index[0] == ("node", "payment")
    assert table["change"].iloc[0] == "changed"
    kinds = table.index.get_level_values("what").tolist()
    assert kinds == ["node"] * 5 + ["edge"] * 5
    assert table.loc[("edge", "order -> payment"), "latency_q"] < 0.01
    assert table.loc[("node", "mail"), "change"] == "same"


def test_what_was_added_and_removed_is_said(make_trace: Make) -> None:
    rows = {"before": ["a", "old"], "after": ["a", "new"]}
    frames = [
        spans_from_traces(
            make_trace((root, None, 0, 2), (callee, "a", 0, 1), trace_id=f"1-00000001-{n:024x}")
            for n in range(20)
        )
        for root, callee in rows.values()
    ]
    changed = compare(*frames)["change"]
    assert changed["node"].to_dict() == {"old": "removed", "new": "added", "a": "same"}
    assert set(changed["edge"].to_dict().items()) == {
        ("a -> old", "removed"),
        ("a -> new", "added"),
        ("a [client] -> a", "same"),
    }
    assert compare(*frames)["significant"].sum() == 4


def test_graphs_of_the_same_traces_do_not_differ(shop_spans: pd.DataFrame) -> None:
    assert set(compare(shop_spans, shop_spans)["change"]) == {"same"}
    assert compare(shop_spans.iloc[:0], shop_spans.iloc[:0]).empty
