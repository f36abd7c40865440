"""Caches are bounded in bytes, by sizes that are close to what the interpreter says."""

import json
import tracemalloc
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tracing_lab.embedded.xray.derive.byte_cache import ByteCache
from tracing_lab.embedded.xray.derive.cache_sizes import (
    COUNT_BYTES,
    MB,
    STATISTICS_BYTES,
    VERSION_BYTES,
    VIEW_BYTES,
    CacheSizes,
    size_of,
)
from tracing_lab.embedded.xray.derive.fact_index import FactIndex
from tracing_lab.embedded.xray.derive.views import TraceViews
from tracing_lab.embedded.xray.derive.warming import Warmer
from tracing_lab.embedded.xray.derive.window import GraphWindows
from tracing_lab.embedded.xray.ingest.documents import DocumentRow, read_documents
from tracing_lab.embedded.xray.store.traces import TraceStore

START_S = 1795435200.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TraceStore]:
    store = TraceStore(tmp_path / "traces.sqlite3")
    yield store
    store.close()


def rows(trace: int, *, at_s: float = 0.0, note: str = "") -> list[DocumentRow]:
    document = {
        "id": "1" * 16,
        "trace_id": f"1-6b042ac0-{trace:024x}",
        "name": "api",
        "start_time": START_S + at_s,
        "end_time": START_S + at_s + 0.001 * (trace + 1),
        "annotations": {"note": note or f"n{trace}"},
    }
    return [one for one in read_documents(json.dumps(document)) if isinstance(one, DocumentRow)]


def test_the_least_recently_used_is_dropped_when_the_bytes_are_used_up() -> None:
    cache: ByteCache[str, bytes] = ByteCache(10, len)
    cache.put("a", b"1234")
    cache.put("b", b"1234")
    cache.touch("a")
    assert cache.put("c", b"123") == [b"1234"]
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (b"1234", None, b"123")
    assert cache.size_bytes == 7
    assert cache.put("a", b"12") == [b"1234"]
    assert cache.size_bytes == 5


def test_a_value_larger_than_all_is_kept_until_the_next_comes() -> None:
    cache: ByteCache[str, bytes] = ByteCache(10, len)
    cache.put("a", b"1234")
    assert cache.put("b", b"x" * 11) == [b"1234"]
    assert (len(cache), cache.size_bytes) == (1, 11)
    assert cache.put("c", b"1") == [b"x" * 11]
    assert cache.size_bytes == 1


def test_a_value_that_grows_displaces_others() -> None:
    cache: ByteCache[str, bytearray] = ByteCache(10, len)
    grown = bytearray(b"1")
    cache.put("a", grown)
    cache.put("b", bytearray(b"12345"))
    grown.extend(b"12345678")
    assert cache.grow("a", 8) == [bytearray(b"12345")]
    assert cache.size_bytes == 9
    cache.clear()
    assert (len(cache), cache.size_bytes) == (0, 0)


steps = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 5), st.integers(0, 40)),
    st.tuples(st.just("grow"), st.integers(0, 5), st.integers(0, 40)),
    st.tuples(st.just("pop"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("touch"), st.integers(0, 5), st.just(0)),
)


@given(st.lists(steps), st.integers(1, 60))
def test_no_sequence_of_steps_takes_more_bytes_than_there_are(
    todo: list[tuple[str, int, int]], most: int
) -> None:
    cache: ByteCache[int, bytearray] = ByteCache(most, len)
    for step, key, size in todo:
        known = cache.get(key)
        if step == "put":
            cache.put(key, bytearray(size))
        elif step == "pop":
            cache.pop(key)
        elif known is not None and step == "touch":
            cache.touch(key)
        elif known is not None:
            known.extend(bytes(size))
            cache.grow(key, size)
        kept = [value for key in range(6) if (value := cache.get(key)) is not None]
        assert cache.size_bytes == sum(map(len, kept))
        assert cache.size_bytes <= most or len(kept) == 1


def test_sizes_are_those_of_the_interpreter_and_each_object_counts_once() -> None:
    text, numbers = "x" * 951, array("d", [1.0] * 1000)
    assert size_of(text) == 1000
    assert 8000 < size_of(numbers) < 8200
    pair = (text, text)
    assert size_of(pair) == 1000 + 56
    assert size_of({"k": [text]}) == size_of({"k": 0}) - size_of(0) + 1000 + 56 + 8


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30_000)), max_size=60),
    st.integers(20_000, 200_000),
)
def test_what_is_derived_of_traces_stays_within_its_bytes(
    store: TraceStore, todo: list[tuple[int, int]], most: int
) -> None:
    store.reset()
    sizes = CacheSizes(views=most, facts=most, graphs=most)
    index = FactIndex(traces_per_block=4, most_bytes=most)
    views = TraceViews(store, sizes=sizes, index=index)
    windows = GraphWindows(store, views, most_bytes=most)
    for trace, length in todo:
        store.put(rows(trace, at_s=20.0 * trace, note="x" * min(length, 900)))
        for view in views.views(store.find("1", (), order="trace_id")):
            windows.add(view)
        windows.graph(START_S, START_S + 1000)
        assert views.size_bytes <= most
        assert index.size_bytes <= most
        assert windows.size_bytes <= most


def test_the_size_of_a_view_is_what_it_takes(store: TraceStore) -> None:
    store.put(rows(1))
    (view,) = TraceViews(store).views(store.find("1", (), order="trace_id"))
    assert view.size_bytes == len(view.summary) + len(view.packed) + VIEW_BYTES
    assert 0.5 < size_of(view) / view.size_bytes <= 1.0


def test_the_size_of_a_graph_grows_by_what_a_trace_adds(store: TraceStore) -> None:
    views = TraceViews(store)
    windows = GraphWindows(store, views)
    store.put([*rows(1), *rows(2)])
    first, second = views.views(store.find("1", (), order="trace_id"))
    windows.add(first)
    # the chunk itself, a version, two nodes and an edge, and their two histograms
    once = STATISTICS_BYTES + VERSION_BYTES + 3 * STATISTICS_BYTES + 6 * COUNT_BYTES
    assert windows.size_bytes == once
    windows.add(second)  # as the first, but for the time that it took
    assert windows.size_bytes == once + VERSION_BYTES + 6 * COUNT_BYTES


def test_measured_sizes_are_close_to_what_is_really_allocated(store: TraceStore) -> None:
    for first in range(0, 1000, 100):
        store.put([row for n in range(first, first + 100) for row in rows(n, at_s=n)])
    records = store.find("1", (), order="trace_id")
    sizes = CacheSizes.of(64)
    tracemalloc.start()
    index = FactIndex(traces_per_block=500, most_bytes=sizes.facts)
    views = TraceViews(store, sizes=sizes, index=index)
    windows = GraphWindows(store, views, most_bytes=sizes.graphs)
    before, _ = tracemalloc.get_traced_memory()
    for view in views.views(records):
        windows.add(view)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    counted = views.size_bytes + index.size_bytes + windows.size_bytes
    assert 0.5 < (after - before) / counted < 1.1


def test_the_shares_of_the_caches_are_all_of_it() -> None:
    sizes = CacheSizes.of(128)
    assert sizes.views + sizes.facts + sizes.graphs == 128 * MB
    assert sizes.traces == 98_689


def test_only_so_many_traces_wait_for_being_derived() -> None:
    handed: list[Any] = []
    warmer = Warmer(settled_s=0.0, most_waiting=3)
    warmer.changed(str(number) for number in range(10))
    warmer.start(handed.extend, first=list)
    while len(handed) < 3:
        pass
    warmer.close()
    assert handed == ["7", "8", "9"]
