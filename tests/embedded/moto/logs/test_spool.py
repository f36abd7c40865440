"""Log events on disk, read through the API."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from full_disk import Disk
from moto.logs.models import LogEvent

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.logs.spool import LogSpool, SpooledEvents
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
    assert (spool.read(first), spool.read(third)) == (b"first block", b"third block")
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


def test_a_stream_takes_the_same_memory_however_many_events_it_has(tmp_path: Path) -> None:
    spool = LogSpool(tmp_path / "spool")
    one, other = SpooledEvents(spool), SpooledEvents(spool)
    sizes = []
    for number in range(200):
        one += [LogEvent(number, {"timestamp": number, "message": f"one {number}"})]
        other += [LogEvent(number, {"timestamp": number, "message": f"other {number}"})]
        sizes.append(size_of(one._last) + size_of(one._count))
    assert max(sizes) == sizes[50]
    assert [event.message for event in one] == [f"one {number}" for number in range(200)]
    assert [event.message for event in other] == [f"other {number}" for number in range(200)]
    spool.close()
