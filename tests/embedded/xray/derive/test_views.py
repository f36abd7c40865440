"""What is derived from traces is kept, and never older than the documents."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tracing_lab.embedded.xray.derive.cache_sizes import MB, CacheSizes
from tracing_lab.embedded.xray.derive.fact_index import FactIndex
from tracing_lab.embedded.xray.derive.graph import (
    EdgeObservation,
    GraphTotal,
    NodeObservation,
    Observations,
    ObservedRequest,
    total,
)
from tracing_lab.embedded.xray.derive.graph_links import LinkObservation
from tracing_lab.embedded.xray.derive.graph_packing import pack, unpack
from tracing_lab.embedded.xray.derive.nodes import NodeKey
from tracing_lab.embedded.xray.derive.views import TraceViews
from tracing_lab.embedded.xray.derive.window import GraphWindows
from tracing_lab.embedded.xray.ingest.documents import DocumentRow, read_documents
from tracing_lab.embedded.xray.store.traces import TraceStore
from tracing_lab.filters import chooser, parse

START_S = 1795435200.0


def rows(trace: int, *, at_s: float = 0.0, **members: Any) -> list[DocumentRow]:
    times = {"start_time": START_S + at_s, "end_time": START_S + at_s + 0.5}
    ids = {"id": "1" * 16, "trace_id": f"1-6b042ac0-{trace:024x}"}
    found = read_documents(json.dumps({"name": "api", **ids, **times, **members}))
    return [one for one in found if isinstance(one, DocumentRow)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TraceStore]:
    store = TraceStore(tmp_path / "traces.sqlite3")
    yield store
    store.close()


def all_views(store: TraceStore, views: TraceViews) -> list[Any]:
    return views.views(store.find("1", [], order="trace_id"))


def test_a_view_is_made_once_and_again_after_a_change(store: TraceStore) -> None:
    views = TraceViews(store)
    store.put([*rows(1), *rows(2)])
    first = all_views(store, views)
    store.put(rows(1, id="2" * 16, parent_id="1" * 16))
    second = all_views(store, views)
    assert second[0] is not first[0]
    assert second[1] is first[1]
    assert len(second[0].observations.nodes) == 3


def test_only_so_many_views_are_kept(store: TraceStore) -> None:
    store.put(rows(9))
    (view,) = all_views(store, TraceViews(store))
    store.reset()
    most_bytes = 2 * view.size_bytes + view.size_bytes // 2
    views = TraceViews(store, sizes=CacheSizes(views=most_bytes, facts=MB, graphs=MB))
    store.put([*rows(1), *rows(2), *rows(3)])
    first = all_views(store, views)
    second = all_views(store, views)
    assert [one.summary for one in first] == [one.summary for one in second]
    assert second[0] is not first[0]


def test_a_deleted_trace_has_no_view(store: TraceStore) -> None:
    views = TraceViews(store)
    store.put(rows(1))
    records = store.find("1", [], order="trace_id")
    store.reset()
    assert views.views(records) == []


def test_cleared_views_are_made_anew(store: TraceStore) -> None:
    views = TraceViews(store)
    store.put(rows(1))
    (first,) = all_views(store, views)
    views.clear()
    (second,) = all_views(store, views)
    assert second is not first
    assert second == first


def fresh(store: TraceStore, start_s: float, end_s: float) -> GraphTotal:
    records = store.find("start_s >= ? AND start_s < ?", (start_s, end_s), order="start_s")
    return total(view.observations for view in TraceViews(store).views(records))


steps = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 6), st.floats(0, 60), st.booleans()),
    st.tuples(st.just("ask"), st.floats(0, 40), st.floats(0, 4000), st.none()),
    st.tuples(st.just("warm"), st.integers(1, 6), st.none(), st.none()),
    st.tuples(st.just("reset"), st.none(), st.none(), st.none()),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=12))
def test_the_graph_of_a_window_is_always_that_of_its_traces(
    store: TraceStore, todo: list[tuple[str, Any, Any, Any]]
) -> None:
    store.reset()
    views = TraceViews(store)
    windows = GraphWindows(store, views)
    for action, first, second, flag in [*todo, ("ask", 0.0, 100.0, None)]:
        if action == "put":
            store.put(rows(first, at_s=second, fault=flag))
        elif action == "reset":
            store.reset()
        elif action == "warm":
            for view in views.views(store.find("1", (), order="trace_id")[:first]):
                windows.add(view)
        else:
            window = (START_S + first, START_S + first + second)
            assert windows.graph(*window) == fresh(store, *window)


values = st.none() | st.text(max_size=3)
keys = st.builds(NodeKey, st.text(max_size=3), values, values)
times = st.floats(0, 9e9)
requests = st.builds(
    ObservedRequest, times, times, st.none() | st.integers(0, 3), st.integers(0), st.integers(0)
)
edge_keys = st.tuples(keys, keys)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


@settings(max_examples=20)
@given(
    st.builds(
        Observations,
        some(st.builds(NodeObservation, keys, requests, st.booleans(), st.booleans())),
        some(st.builds(EdgeObservation, edge_keys, requests, values)),
        some(st.builds(LinkObservation, edge_keys, times, times)),
    )
)
def test_packed_observations_are_the_same_when_unpacked(observations: Observations) -> None:
    found = unpack(pack(observations))
    assert found == observations
    assert repr(found) == repr(observations)  # of the same types, too


def test_filters_know_as_much_of_traces_that_are_kept_no_more(store: TraceStore) -> None:
    index = FactIndex(traces_per_block=3, most_bytes=50_000)
    views = TraceViews(store, index=index)
    for number in range(1, 21):
        store.put(rows(number, fault=number % 2 == 0))
    records = store.find("1", [], order="trace_id")
    scan = chooser(parse("fault"))
    for _ in range(2):
        assert views.scan(scan)(records) == records[1::2]
    assert 0 < index.size_bytes <= 50_000
    assert {index.find(record) is None for record in records} == {True, False}
    store.put(rows(4, fault=False))
    store.put(rows(5, fault=True))
    changed = store.find("1", [], order="trace_id")
    assert [record.trace_id[-2:] for record in views.scan(scan)(changed)][:3] == ["02", "05", "06"]


def test_a_cleared_window_is_still_right(store: TraceStore) -> None:
    windows = GraphWindows(store, TraceViews(store))
    store.put(rows(1))
    before = windows.graph(START_S, START_S + 10)
    windows.clear()
    assert windows.graph(START_S, START_S + 10) == before
    assert len(before.nodes) == 2
