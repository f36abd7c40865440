"""Traces are waited for until they settle, with a fake clock and a fake X-Ray."""

import json
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from xray_fakes import CONFIG, trace_id

from tracing_lab.aws.calling.control_plane import ControlPlaneProfile
from tracing_lab.errors import FetchInterruptedError, TraceDataError, TracesNotReadyError
from tracing_lab.xray import fetch_traces
from tracing_lab.xray.settling import Clock


def trace(number: int, segments: int, *, in_progress: bool = False) -> dict[str, Any]:
    state = {"in_progress": True} if in_progress else {"end_time": 2.0}
    documents = [json.dumps({"id": f"{i:016x}", **state}) for i in range(segments)]
    parts = [{"Id": f"{i:016x}", "Document": text} for i, text in enumerate(documents)]
    return {"Id": trace_id(number), "Duration": 1.0, "LimitExceeded": False, "Segments": parts}


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.clock = Clock(lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class FakeXRay:
    """Shows traces as they are at the time; ids without one are left unprocessed."""

    def __init__(self, show: Callable[[str, float], dict[str, Any] | None], time: FakeTime) -> None:
        self.show, self.time = show, time
        self.batches: list[list[str]] = []
        self.lock = threading.Lock()

    def batch_get_traces(self, ids: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
        with self.lock:
            self.batches.append(list(ids))
        shown = {one: self.show(one, self.time.now) for one in ids}
        found = [item for item in shown.values() if item is not None]
        return found, [one for one, item in shown.items() if item is None]


def fetch(show: Callable[[str, float], Any], ids: Any, **more: Any) -> tuple[Any, FakeXRay]:
    time = FakeTime()
    xray = FakeXRay(show, time)
    aws: Any = SimpleNamespace(xray=xray)
    return fetch_traces(CONFIG, ids, aws=aws, clock=time.clock, **more), xray


def test_settled_traces_come_in_the_order_asked_for() -> None:
    numbers = [7, 3, 5, 1, 2, 6, 4]
    whole = {trace_id(n): trace(n, 2) for n in numbers}
    found, xray = fetch(lambda one, now: whole[one], list(whole), quiet_s=1)
    assert found == list(whole.values())
    assert max(len(batch) for batch in xray.batches) == 5


def test_trace_is_waited_for_until_it_is_found_and_complete() -> None:
    def show(one: str, now: float) -> Any:
        if now < 1:
            return None
        return trace(1, 2, in_progress=now < 3)

    found, xray = fetch(show, trace_id(1), quiet_s=1)
    assert found == [trace(1, 2)]
    assert 4 <= xray.time.now <= 7


def test_trace_that_grows_is_waited_for() -> None:
    found, _ = fetch(lambda one, now: trace(1, min(1 + int(now), 5)), trace_id(1), quiet_s=2)
    assert len(found[0]["Segments"]) == 5


def test_late_segment_of_a_quiet_trace_is_not_missed() -> None:
    def show(one: str, now: float) -> Any:
        if one == trace_id(1):
            return trace(1, 1 if now < 4 else 2)
        return None if now < 6 else trace(2, 1)

    found, _ = fetch(show, [trace_id(1), trace_id(2)], quiet_s=1)
    assert [len(item["Segments"]) for item in found] == [2, 1]


def test_settled_traces_are_not_polled_again_and_again() -> None:
    ids = [trace_id(n) for n in range(1, 12)]
    whole = {one: trace(n, 1) for n, one in enumerate(ids, start=1)}
    _, xray = fetch(
        lambda one, now: whole[one] if one == ids[0] or now > 60 else None, ids, quiet_s=1
    )
    asked = [one for batch in xray.batches for one in batch]
    assert asked.count(ids[0]) < asked.count(ids[1])


def test_polls_back_off_to_five_seconds() -> None:
    _, xray = fetch(lambda one, now: trace(1, 1) if now > 60 else None, trace_id(1), quiet_s=0)
    waits = xray.time.slept
    assert waits[:3] == [pytest.approx(wait) for wait in (0.2, 0.3, 0.45)]
    assert max(waits) == 5


def test_quiet_stack_is_not_waited_for_longer_than_needed() -> None:
    _, xray = fetch(lambda one, now: trace(1, 1), trace_id(1), quiet_s=2)
    assert 2 <= xray.time.now <= 2.5


@pytest.mark.parametrize("seconds", [2.0, 10.0])
def test_traces_are_watched_as_long_as_the_endpoint_needs(seconds: float) -> None:
    time = FakeTime()
    xray = FakeXRay(lambda one, now: trace(1, 1), time)
    aws: Any = SimpleNamespace(xray=xray, control_plane=ControlPlaneProfile(trace_quiet_s=seconds))
    fetch_traces(CONFIG, trace_id(1), aws=aws, clock=time.clock)
    assert seconds <= time.now <= seconds + 0.5


def test_timeout_carries_what_arrived_and_says_what_is_missing() -> None:
    def show(one: str, now: float) -> Any:
        shown = {trace_id(1): trace(1, 1), trace_id(2): trace(2, 1, in_progress=True)}
        return shown.get(one)

    ids = [trace_id(n) for n in (1, 2, 3)]
    with pytest.raises(TracesNotReadyError) as caught:
        fetch(show, ids, timeout_s=20, quiet_s=1)
    assert [item["Id"] for item in caught.value.traces] == ids[:2]
    for part in ("2 of 3 traces", "after 20 s", "1 not found", "1 in progress", "timeout_s"):
        assert part in str(caught.value)


def test_an_interruption_carries_what_arrived() -> None:
    def show(one: str, now: float) -> Any:
        if now > 3:
            raise KeyboardInterrupt
        return trace(1, 1) if one == trace_id(1) else None

    with pytest.raises(FetchInterruptedError, match="1 of 2 traces have arrived") as caught:
        fetch(show, [trace_id(1), trace_id(2)], quiet_s=1)
    assert caught.value.traces == [trace(1, 1)]
    assert isinstance(caught.value, KeyboardInterrupt)


def test_progress_counts_settled_traces() -> None:
    seen: list[tuple[int, int]] = []
    ids = [trace_id(1), trace_id(2)]
    whole = {one: trace(n, 1) for n, one in enumerate(ids, start=1)}
    fetch(
        lambda one, now: whole[one] if one == ids[0] or now > 10 else None,
        ids,
        quiet_s=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[0] == (0, 2)
    assert (1, 2) in seen
    assert seen[-1] == (2, 2)


def test_log_rows_without_an_answer_are_left_out() -> None:
    status = pd.array([201, None], dtype="Int64")
    log = pd.DataFrame({"trace_id": [trace_id(1), trace_id(2)], "status": status})
    found, _ = fetch(lambda one, now: trace(1, 1), log, quiet_s=0)
    assert [item["Id"] for item in found] == [trace_id(1)]


@pytest.mark.parametrize("dtype", ["boolean", "object"])
def test_log_rows_that_sampling_left_out_are_not_waited_for(dtype: str) -> None:
    sampled = pd.Series([True, False, None], dtype=dtype)
    ids = [trace_id(1), trace_id(2), trace_id(3)]
    log = pd.DataFrame({"trace_id": ids, "status": [201, 201, 201], "sampled": sampled})
    whole = {one: trace(number, 1) for number, one in enumerate(ids, start=1)}
    found, _ = fetch(lambda one, now: whole[one], log, quiet_s=0)
    assert [item["Id"] for item in found] == [trace_id(1), trace_id(3)]


def test_a_log_of_which_nothing_was_sampled_says_so() -> None:
    log = pd.DataFrame({"trace_id": [trace_id(1)], "sampled": [False]})
    with pytest.raises(TraceDataError, match="left out by a rule"):
        fetch(lambda one, now: None, log)


@pytest.mark.parametrize(
    "ids,text",
    [
        ([], "no trace id"),
        (["nonsense"], "'nonsense' is not a trace id"),
        ([None], "None is not a trace id"),
        (pd.DataFrame({"x": [1]}), "no 'trace_id' column"),
    ],
)
def test_what_is_no_trace_id_is_refused(ids: Any, text: str) -> None:
    with pytest.raises(TraceDataError, match=text):
        fetch(lambda one, now: None, ids)
