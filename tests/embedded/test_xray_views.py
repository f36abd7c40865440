"""What is derived from traces is kept, and never older than the documents."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tracing_lab.embedded.xray.documents import DocumentRow, read_documents
from tracing_lab.embedded.xray.graph import GraphTotal, total
from tracing_lab.embedded.xray.store import TraceStore
from tracing_lab.embedded.xray.views import TraceViews
from tracing_lab.embedded.xray.window import GraphWindows

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
    views = TraceViews(store, kept=2)
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
    st.tuples(st.just("reset"), st.none(), st.none(), st.none()),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=12))
def test_the_graph_of_a_window_is_always_that_of_its_traces(
    store: TraceStore, todo: list[tuple[str, Any, Any, Any]]
) -> None:
    store.reset()
    windows = GraphWindows(store, TraceViews(store))
    for action, first, second, flag in [*todo, ("ask", 0.0, 100.0, None)]:
        if action == "put":
            store.put(rows(first, at_s=second, fault=flag))
        elif action == "reset":
            store.reset()
        else:
            window = (START_S + first, START_S + first + second)
            assert windows.graph(*window) == fresh(store, *window)


def test_a_cleared_window_is_still_right(store: TraceStore) -> None:
    windows = GraphWindows(store, TraceViews(store))
    store.put(rows(1))
    before = windows.graph(START_S, START_S + 10)
    windows.clear()
    assert windows.graph(START_S, START_S + 10) == before
    assert len(before.nodes) == 2
