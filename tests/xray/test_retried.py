"""Fetches that know of retries, and follow links, with a fake clock and literal traces."""

import json
import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from xray_fakes import CONFIG, trace_id

from tracing_lab.errors import (
    FetchInterruptedError,
    RetriesPendingWarning,
    TracesNotReadyError,
)
from tracing_lab.xray import fetch_traces, retries_in
from tracing_lab.xray.retried import LATE_S
from tracing_lab.xray.settling import Clock

FAILED_S = 1000.0
ENDS_S = (0.0, 70.0, 200.0)  # of attempts, after the first has failed
Trace = dict[str, Any]


def trace(number: int, *outcomes: str, links: Sequence[Any] = ()) -> Trace:
    """Make a trace whose event has been tried, for the first time until `FAILED_S`."""
    attempts = [
        {
            "name": f"Attempt #{place}",
            "start_time": FAILED_S - 1 + ENDS_S[place - 1],
            "end_time": FAILED_S + ENDS_S[place - 1],
            **({"error": True} if outcome == "error" else {}),
        }
        for place, outcome in enumerate(outcomes, start=1)
    ]
    document = {
        "id": f"{number:016x}",
        "name": "payment",
        "origin": "AWS::Lambda",
        "start_time": FAILED_S - 1,
        "end_time": FAILED_S,
        "http": {"response": {"status": 202}},
        "subsegments": attempts,
        "links": links,
    }
    return {"Id": trace_id(number), "Segments": [{"Id": "1", "Document": json.dumps(document)}]}


class World:
    """X-Ray and the time, which only sleeping moves."""

    def __init__(self, show: Callable[[str, float], Trace | None], now_s: float) -> None:
        self.show, self.now_s = show, now_s
        self.asked: list[str] = []
        self.interrupt_at_s = float("inf")

    def batch_get_traces(self, ids: Sequence[str]) -> tuple[list[Trace], list[str]]:
        self.asked += ids
        found = [self.show(name, self.now_s) for name in ids]
        return [item for item in found if item is not None], []

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if self.now_s >= self.interrupt_at_s:
            raise KeyboardInterrupt

    def fetch(self, *numbers: int, **options: Any) -> list[Trace]:
        aws: Any = SimpleNamespace(xray=self)
        clock = Clock(lambda: self.now_s, self.sleep, lambda: self.now_s)
        ids = [trace_id(number) for number in numbers]
        return fetch_traces(CONFIG, ids, aws=aws, clock=clock, quiet_s=1, **options)


def retried(name: str, now_s: float) -> Trace:
    """Show a trace whose second attempt succeeds; the others' first one has."""
    if name != trace_id(1):
        return trace(2, "ok")
    return trace(1, "error", "ok") if now_s > FAILED_S + 71 else trace(1, "error")


def test_a_fetch_says_how_many_traces_will_change_and_when() -> None:
    world = World(retried, FAILED_S + 1)
    with pytest.warns(RetriesPendingWarning, match="1 trace has attempts that will be retried at"):
        traces = world.fetch(1, 2)
    assert traces == [trace(1, "error"), trace(2, "ok")]


def test_many_traces_have_a_range_of_times() -> None:
    late = trace(3, "error", "error")
    found = retries_in([trace(1, "error"), late, trace(2, "ok")], now_s=FAILED_S + 1)
    assert found.trace_ids == (trace_id(1), trace_id(3))
    assert [retry.due_s for retry in found.retries] == [FAILED_S + 60, FAILED_S + 190]
    assert str(found).startswith("2 traces have attempts that will be retried from ")


def test_retries_are_waited_for() -> None:
    world = World(retried, FAILED_S + 1)
    steps: list[tuple[int, int]] = []
    found = world.fetch(
        1, 2, wait_for_retries=True, progress=lambda done, total: steps.append((done, total))
    )
    assert found == [trace(1, "error", "ok"), trace(2, "ok")]
    assert steps[-1] == (1, 2)
    assert FAILED_S + 71 <= world.now_s < FAILED_S + 90


def test_each_retry_is_waited_for() -> None:
    def show(_name: str, now_s: float) -> Trace:
        return trace(1, *["error"] * sum(now_s >= FAILED_S + end_s for end_s in ENDS_S))

    world = World(show, FAILED_S + 1)
    assert world.fetch(1, wait_for_retries=True) == [trace(1, "error", "error", "error")]


def test_a_retry_that_does_not_come_is_not_waited_for_without_end() -> None:
    world = World(lambda _name, _now: trace(1, "error"), FAILED_S + 1)
    assert world.fetch(1, wait_for_retries=True) == [trace(1, "error")]
    assert FAILED_S + 60 + LATE_S <= world.now_s < FAILED_S + 60 + LATE_S + 20


@pytest.mark.parametrize("limit, pending", [(0, 0), (2, 1)])
def test_the_configured_number_of_retries_counts(limit: int, pending: int) -> None:
    found = retries_in([trace(1, "error")], now_s=FAILED_S, max_retries=limit)
    assert len(found.retries) == pending


def test_an_old_failure_is_no_retry_to_come() -> None:
    world = World(lambda *_: trace(1, "error"), FAILED_S + 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert world.fetch(1) == [trace(1, "error")]


def test_an_interrupted_wait_keeps_what_has_arrived() -> None:
    world = World(retried, FAILED_S + 1)
    world.interrupt_at_s = FAILED_S + 50
    with pytest.raises(FetchInterruptedError) as caught:
        world.fetch(1, 2, wait_for_retries=True)
    assert caught.value.traces == [trace(1, "error"), trace(2, "ok")]


def test_a_retry_that_does_not_settle_does_not_lose_the_other_traces() -> None:
    world = World(lambda name, s: retried(name, s) if s < FAILED_S + 61 else None, FAILED_S + 1)
    with pytest.raises(TracesNotReadyError, match="1 of 1 traces have not settled") as caught:
        world.fetch(1, 2, wait_for_retries=True)
    assert caught.value.traces == [trace(1, "error"), trace(2, "ok")]


def link_to(number: int) -> dict[str, Any]:
    attributes = {"aws.xray.reserved.reference_type": "child"}
    return {"trace_id": trace_id(number), "id": "2acd99f6ce4d0822", "attributes": attributes}


def test_links_are_followed_on_request_as_far_as_they_lead() -> None:
    chain = {
        trace_id(1): trace(1, "ok", links=[link_to(2)]),
        trace_id(2): trace(2, "ok", links=[link_to(1), link_to(3)]),
        trace_id(3): trace(3, "ok"),
    }
    world = World(lambda name, _now: chain[name], FAILED_S)
    assert world.fetch(1) == [chain[trace_id(1)]]
    assert set(world.asked) == {trace_id(1)}
    assert world.fetch(1, follow_links=True) == [*chain.values()]


def test_a_linked_trace_that_does_not_come_does_not_lose_the_others() -> None:
    chain = {trace_id(1): trace(1, "ok", links=[link_to(2)])}
    world = World(lambda name, _now: chain.get(name), FAILED_S)
    with pytest.raises(TracesNotReadyError, match="1 not found") as caught:
        world.fetch(1, follow_links=True)
    assert caught.value.traces == [*chain.values()]
