"""The log sink: never blocks, keeps order, loses nothing quietly."""

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tracing_lab.embedded.cloudwatch.log_batches import LogSink

EMF = json.dumps(
    {
        "_aws": {
            "Timestamp": 1000,
            "CloudWatchMetrics": [
                {"Namespace": "Shop", "Dimensions": [[]], "Metrics": [{"Name": "Orders"}]}
            ],
        },
        "Orders": 1,
    }
)


class FakeControl:
    """Remembers what it is given; can be held back and can fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, list[tuple[int, str]]]] = []
        self.metrics: list[tuple[str, list[dict[str, Any]]]] = []
        self.open = threading.Event()
        self.open.set()
        self.failing_group = ""

    def put(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        assert self.open.wait(10)
        if group == self.failing_group:
            msg = "no such log group"
            raise RuntimeError(msg)
        self.calls.append((group, stream, events))

    def put_metrics(self, namespace: str, data: list[dict[str, Any]]) -> None:
        if self.failing_group == namespace:
            msg = "no metrics today"
            raise RuntimeError(msg)
        self.metrics.append((namespace, data))


@pytest.fixture
def control() -> FakeControl:
    return FakeControl()


@pytest.fixture
def sink(control: FakeControl) -> Iterator[LogSink]:
    sink = LogSink(control.put, control.put_metrics)
    yield sink
    control.open.set()
    sink.close()


def test_events_of_a_stream_arrive_in_order(sink: LogSink, control: FakeControl) -> None:
    for number in range(500):
        sink.write("g", f"s{number % 2}", [(number, str(number))])
    assert sink.flush()
    for stream in ("s0", "s1"):
        times = [t for _g, s, events in control.calls if s == stream for t, _m in events]
        assert times == list(range(int(stream[1]), 500, 2))


def test_writing_does_not_wait_for_the_control_plane(sink: LogSink, control: FakeControl) -> None:
    control.open.clear()
    sink.write("g", "s", [(1, "a")])
    assert not sink.flush(timeout_s=0.01)
    sink.write("g", "s", [(2, "b")])
    assert control.calls == []
    control.open.set()
    assert sink.flush()
    assert [m for _g, _s, events in control.calls for _t, m in events] == ["a", "b"]


def test_events_are_batched() -> None:
    control = FakeControl()
    sink = LogSink(control.put, batch_s=60)
    for number in range(100):
        sink.write("g", "s", [(number, "x")])
    assert sink.flush()
    assert len(control.calls) <= 2
    sink.close()


def test_events_are_handed_over_without_a_flush() -> None:
    arrived = threading.Event()
    sink = LogSink(lambda _group, _stream, _events: arrived.set(), batch_s=0.001)
    sink.write("g", "s", [(1, "a")])
    assert arrived.wait(10)
    sink.close()


def test_closing_hands_over_what_is_left() -> None:
    control = FakeControl()
    sink = LogSink(control.put, batch_s=60)
    sink.write("g", "s", [(1, "a")])
    sink.close()
    sink.close()
    assert control.calls == [("g", "s", [(1, "a")])]
    with pytest.raises(RuntimeError, match="g came after"):
        sink.write("g", "s", [(2, "b")])


def test_a_failing_stream_is_reported_and_does_not_stop_the_others(
    sink: LogSink, control: FakeControl, caplog: pytest.LogCaptureFixture
) -> None:
    control.failing_group = "bad"
    with caplog.at_level(logging.ERROR):
        sink.write("bad", "s", [(1, "a"), (2, "b")])
        sink.write("good", "s", [(3, "c")])
        assert sink.flush()
    assert control.calls == [("good", "s", [(3, "c")])]
    assert "2 log events for bad s were lost" in caplog.text


def test_metrics_in_log_lines_are_recorded(sink: LogSink, control: FakeControl) -> None:
    sink.write("g", "s", [(1, "START"), (2, EMF), (3, EMF + "\n")])
    assert sink.flush()
    ((namespace, data),) = control.metrics
    assert namespace == "Shop"
    assert [member["Values"] for member in data] == [[1.0], [1.0]]


def test_failing_metrics_are_reported_and_logs_stay(
    sink: LogSink, control: FakeControl, caplog: pytest.LogCaptureFixture
) -> None:
    control.failing_group = "Shop"
    with caplog.at_level(logging.ERROR):
        sink.write("g", "s", [(2, EMF)])
        assert sink.flush()
    assert len(control.calls) == 1
    assert "1 metrics of Shop were lost" in caplog.text


def test_nothing_is_written_for_no_events(sink: LogSink, control: FakeControl) -> None:
    sink.write("g", "s", [])
    assert sink.flush()
    assert control.calls == []
