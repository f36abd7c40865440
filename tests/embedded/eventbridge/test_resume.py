"""Accepted events reach their targets although the server ended in between."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from bus_world import ENTRY, World
from hypothesis import given, strategies as st

from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.eventbridge.entries import accept_entry, replayed_event
from tracing_lab.embedded.eventbridge.records import event_of, record_of
from tracing_lab.embedded.storage.durable_queue import DurableQueue
from tracing_lab.xray_model.trace_header import TraceHeader

HEADER = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", parent="aabeb336dc5bce01", sampled=True)


def left(path: Path, *, free: bool, **options: Any) -> None:
    """Accept an event and stop: before it is routed, or while its delivery waits for a retry."""

    async def scenario() -> None:
        bus = World(free=free).bus(path, **options)
        await bus.put_events({"Entries": [ENTRY]}, HEADER)
        while bus.counters.retried != int(not free):  # noqa: ASYNC110 - a bus has no such event
            await asyncio.sleep(0)
        await bus.close()

    asyncio.run(scenario())


def resumed(world: World, path: Path) -> Bus:
    async def scenario() -> Bus:
        bus = world.bus(path)
        bus.resume()
        await bus.drain()
        await bus.close()
        return bus

    return asyncio.run(scenario())


def test_an_event_that_was_not_routed_yet_is_delivered_after_the_start(tmp_path: Path) -> None:
    left(tmp_path / "q", free=True, latency_s=60.0)
    world = World()
    bus = resumed(world, tmp_path / "q")
    (invocation,) = world.taken
    assert json.loads(invocation.payload)["detail"] == {"total": 1.5, "gr\u00f6\u00dfe": "\u2028"}
    assert b'"total": 1.50' in invocation.payload
    assert invocation.trace_header == HEADER
    assert (bus.counters.resumed, bus.counters.delivered, bus.counters.imbalance) == (1, 1, 0)


def test_what_was_delivered_is_not_delivered_again(tmp_path: Path) -> None:
    left(tmp_path / "q", free=True, latency_s=60.0)
    resumed(World(), tmp_path / "q")
    world = World()
    assert resumed(world, tmp_path / "q").counters.resumed == 0
    assert world.taken == []


def test_a_record_that_cannot_be_read_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queue = DurableQueue(tmp_path / "q")
    queue.put({"id": "of another version"})
    queue.close()
    left(tmp_path / "q", free=True, latency_s=60.0)
    world = World()
    assert resumed(world, tmp_path / "q").counters.resumed == 1
    assert "cannot be read" in caplog.text
    assert DurableQueue(tmp_path / "q").items() == []


def test_a_delivery_that_waited_for_a_retry_goes_on(tmp_path: Path) -> None:
    left(tmp_path / "q", free=False, delays=(600.0,))
    world = World()
    resumed(world, tmp_path / "q")
    assert len(world.taken) == 1


def test_an_event_that_grew_too_old_is_dead_lettered(tmp_path: Path) -> None:
    left(tmp_path / "q", free=True, latency_s=60.0)
    world = World(now_s=1_795_435_261.0)
    bus = resumed(world, tmp_path / "q")
    (letter,) = world.letters
    assert letter.attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert (world.taken, bus.counters.dead_lettered, bus.counters.imbalance) == ([], 1, 0)


JSON = st.recursive(
    st.none() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_a_record_gives_the_event_again(detail: dict[str, Any]) -> None:
    entry = {**ENTRY, "Detail": json.dumps(detail), "Resources": ["a"]}
    accepted = accept_entry(entry, account_id="1", region="r", http_header=HEADER, now_s=5.25)
    replayed = replayed_event(
        {"id": "e", "detail": detail}, bus="b", replay="r", only_rules=frozenset("xy"), now_s=0.0
    )
    for event in (accepted, replayed):
        assert event_of(json.loads(json.dumps(record_of(event)))) == event
