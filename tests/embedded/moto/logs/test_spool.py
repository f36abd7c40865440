"""Log events on disk, read through the API."""

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from full_disk import Disk
from hypothesis import given, strategies as st
from moto.logs.models import LogEvent

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.logs.spool import LogSpool, SpooledEvents
from tracing_lab.embedded.moto.logs.stored import EventBlock, in_order
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.xray.derive.cache_sizes import size_of


def call(plane: ControlPlane, operation: str, **members: Any) -> Any:
    headers = (
        ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/logs/aws4_request"),
        ("X-Amz-Target", f"Logs_20140328.{operation}"),
        ("Host", "localhost"),
    )
    body = json.dumps(members).encode()
    request = HttpRequest("POST", "/", headers=headers, body=body)
    return json.loads(plane.handle(read_call(request)).body)


def test_events_are_read_back_in_order_and_not_held(tmp_path: Path) -> None:
    # GIVEN two streams that are written to in turns
    plane = ControlPlane(tmp_path)
    plane.replay()
    tracked: Any = LogEvent
    held, now_ms = len(tracked.instances_tracked), time.time_ns() // 1_000_000
    for number in range(3):
        for stream in ("a", "b"):
            plane.put_log_events(
                "us-east-1", "g", stream, [(now_ms + number, f"{stream}{number} é")]
            )
    # WHEN they are read
    one = call(plane, "GetLogEvents", logGroupName="g", logStreamName="a", startFromHead=True)
    found = call(plane, "FilterLogEvents", logGroupName="g", startTime=now_ms + 1)
    streams = call(plane, "DescribeLogStreams", logGroupName="g")["logStreams"]
    # THEN nothing is missing
    assert [event["message"] for event in one["events"]] == ["a0 é", "a1 é", "a2 é"]
    assert {event["message"] for event in found["events"]} == {"a1 é", "a2 é", "b1 é", "b2 é"}
    assert len({event["eventId"] for event in found["events"]}) == 4
    assert [stream["lastEventTimestamp"] for stream in streams] == [now_ms + 2] * 2
    assert len(tracked.instances_tracked) == held
    plane.close()


def test_a_block_that_was_refused_shifts_no_other(tmp_path: Path) -> None:
    disk = Disk(20)
    spool = LogSpool(tmp_path / "spool", write=disk.write)
    first = spool.append(b"first block")
    with pytest.raises(OSError, match="No space"):
        spool.append(b"second block")
    disk.room = 100
    third = spool.append(b"third block")
    read = [spool.read(offset, 11, generation=0) for offset in (first, third)]
    assert read == [b"first block", b"third block"]
    spool.close()


def test_a_stream_that_has_events_keeps_them(tmp_path: Path) -> None:
    spool = LogSpool(tmp_path / "spool")
    stream = SimpleNamespace(events=[LogEvent(5, {"timestamp": 4, "message": "early"})])
    spool.keep(stream)
    spool.keep(stream)
    stream.events += [LogEvent(6, {"timestamp": 5, "message": "late"})]
    assert isinstance(stream.events, SpooledEvents)
    assert [one.message for one in stream.events] == ["early", "late"]
    assert len(stream.events) == 2
    assert not SpooledEvents(spool)
    spool.close()


def spooled(spool: LogSpool, times_ms: list[list[int]]) -> SpooledEvents:
    events = SpooledEvents(spool)
    for block in times_ms:
        events += [LogEvent(9, {"timestamp": time_ms, "message": "m"}) for time_ms in block]
    return events


def test_blocks_of_other_times_are_not_read(tmp_path: Path) -> None:
    spool: Any = LogSpool(tmp_path / "spool")
    events = spooled(spool, [[number * 10, number * 10 + 9] for number in range(1000)])
    reads: list[int] = []
    read = spool.read

    def counted(offset: int, length: int, *, generation: int) -> Any:
        reads.append(offset)
        return read(offset, length, generation=generation)

    spool.read = counted
    found = list(in_order([("s", events.blocks().between)], 5009, 5020))
    assert [event.timestamp for _name, event in found] == [5009, 5010, 5019, 5020]
    assert len(reads) < 1000 / 64 + 5
    spool.close()


def test_the_first_events_need_the_first_blocks_only(tmp_path: Path) -> None:
    spool = LogSpool(tmp_path / "spool")
    events = spooled(spool, [[number * 10, number * 10 + 9] for number in range(640)])
    loaded: list[int] = []

    def load(block: EventBlock) -> Any:
        loaded.append(1)
        return block.load()

    def noted(start_ms: int, end_ms: int) -> Iterator[EventBlock]:
        for block in events.blocks().between(start_ms, end_ms):
            yield block._replace(load=partial(load, block))

    for backwards, first in ((False, [0, 9, 10]), (True, [6399, 6390, 6389])):
        found = in_order([("s", noted)], 0, 10**6, backwards=backwards)
        assert [next(found)[1].timestamp for _ in range(3)] == first
    assert len(loaded) <= 6
    spool.close()


_BLOCKS = st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=4), max_size=9)


@given(
    streams=st.lists(_BLOCKS, max_size=3),
    start_ms=st.integers(0, 20),
    end_ms=st.integers(0, 20),
    backwards=st.booleans(),
)
def test_events_come_in_the_order_of_time(
    streams: list[list[list[int]]], start_ms: int, end_ms: int, *, backwards: bool
) -> None:
    with TemporaryDirectory() as folder:
        spool = LogSpool(Path(folder) / "spool")
        written = [spooled(spool, blocks) for blocks in streams]
        sources = [(str(n), events.blocks().between) for n, events in enumerate(written)]
        for events in written:  # what comes later is not read
            events += [LogEvent(9, {"timestamp": 5, "message": "late"})]
        found = [event for _name, event in in_order(sources, start_ms, end_ms, backwards=backwards)]
        wanted = sorted(time for blocks in streams for block in blocks for time in block)
        inside = [time for time in wanted if start_ms <= time <= end_ms]
        assert [event.timestamp for event in found] == (inside[::-1] if backwards else inside)
        assert [event.key for event in found] == sorted(
            (event.key for event in found), reverse=backwards
        )
        spool.close()


def test_what_was_deleted_while_it_is_read_is_gone(tmp_path: Path) -> None:
    spool = LogSpool(tmp_path / "spool")
    before = spooled(spool, [[1], [2]]).blocks()
    spool.clear()
    after = spooled(spool, [[3], [4]]).blocks()
    assert list(in_order([("s", before.between)], 0, 9)) == []
    assert len(list(in_order([("s", after.between)], 0, 9))) == 2
    spool.close()


def test_a_stream_takes_the_same_memory_however_many_events_it_has(tmp_path: Path) -> None:
    spool = LogSpool(tmp_path / "spool")
    one, other = SpooledEvents(spool), SpooledEvents(spool)
    sizes = []
    for number in range(1000):
        one += [LogEvent(number, {"timestamp": number, "message": f"one {number}"})]
        other += [LogEvent(number, {"timestamp": number, "message": f"other {number}"})]
        sizes.append(size_of(one._recent) + size_of(one._index) + size_of(one._count))
    assert max(sizes[-200:]) <= max(sizes[:200])
    assert [event.message for event in one] == [f"one {number}" for number in range(1000)]
    assert [event.message for event in other] == [f"other {number}" for number in range(1000)]
    spool.close()
