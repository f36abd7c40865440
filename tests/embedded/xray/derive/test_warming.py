"""Views of changed traces are derived ahead of time, by a thread that nobody has to wait for."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from tracing_lab.embedded.xray.derive.warming import Warmer
from tracing_lab.errors import EmbeddedError

Start = Callable[..., Warmer]


@pytest.fixture
def made() -> "queue.Queue[list[str]]":
    return queue.Queue()


@pytest.fixture
def start(made: "queue.Queue[list[str]]") -> Iterator[Start]:
    warmers = []

    def started(
        make: Callable[[Sequence[str]], object] = lambda ids: made.put(list(ids)),
        *,
        first: Sequence[str] = (),
        settled_s: float = 0.0,
    ) -> Warmer:
        warmer = Warmer(settled_s=settled_s)
        warmers.append(warmer)
        warmer.start(make, first=lambda: first)
        return warmer

    yield started
    for warmer in warmers:
        warmer.close()


def test_first_come_the_traces_that_were_there(
    start: Start, made: "queue.Queue[list[str]]"
) -> None:
    start(first=[f"trace-{number}" for number in range(12)])
    found = [*made.get(timeout=60), *made.get(timeout=20)]
    assert found == [f"trace-{number}" for number in range(12)]


def test_a_trace_that_changed_twice_is_handed_on_once(
    start: Start, made: "queue.Queue[list[str]]"
) -> None:
    warmer = start()
    with warmer.paused():
        warmer.changed(["a", "b"])
        warmer.changed(["a"])
    assert made.get(timeout=60) == ["b", "a"]


def test_a_trace_that_goes_on_changing_is_left_alone(
    start: Start, made: "queue.Queue[list[str]]"
) -> None:
    warmer = start(settled_s=3600)
    warmer.changed(["a"])
    warmer.close()
    assert made.empty()


def test_nothing_is_done_while_somebody_else_is_at_work(
    start: Start, made: "queue.Queue[list[str]]"
) -> None:
    warmer = start()
    with warmer.paused():
        warmer.changed(["a"])
        with pytest.raises(queue.Empty):
            made.get(timeout=0.1)
    assert made.get(timeout=60) == ["a"]


def test_a_failure_is_logged_and_the_next_trace_is_tried(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Semaphore(0)

    def make(_: Sequence[str]) -> None:
        tried.release()
        msg = "the disk is gone"
        raise EmbeddedError(msg)

    warmer = start(make)
    for trace_id in ("a", "b"):
        warmer.changed([trace_id])
        assert tried.acquire(timeout=60)
    assert "the disk is gone" in caplog.text


def test_a_warmer_that_was_never_started_can_be_closed_and_has_no_thread() -> None:
    threads = threading.enumerate()
    Warmer().close()
    assert threading.enumerate() == threads
