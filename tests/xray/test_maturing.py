"""Traces mature: which are fetched when, with a clock that a test moves."""

import itertools
import json
from typing import Any

from tracing_lab.xray.maturing import MaturingTraces

NOW_S = 1_795_435_200.0


class Moment:
    """A time that a test sets, and traces that are watched by it."""

    def __init__(self, *trace_ids: str, quiet_s: float = 2.0, timeout_s: float = 60.0) -> None:
        self.now_s = 0.0
        self.traces = MaturingTraces(
            trace_ids,
            quiet_s=quiet_s,
            timeout_s=timeout_s,
            clock=lambda: self.now_s,
            epoch=lambda: NOW_S + self.now_s,
        )

    def next_after_pause(self) -> list[str]:
        """Wait until a trace is to be fetched."""
        self.now_s += self.traces.pause_s()
        return self.traces.next_batch(5)


def trace(trace_id: str, ended_ago_s: float | None, segments: int = 1) -> dict[str, Any]:
    document: dict[str, Any] = {"start_time": NOW_S - 1000}
    if ended_ago_s is not None:
        document["end_time"] = NOW_S - ended_ago_s
    text = json.dumps(document)
    return {"Id": trace_id, "Segments": [{"Id": "x", "Document": text}] * segments}


def test_an_old_trace_is_complete_at_once() -> None:
    moment = Moment("a")
    assert moment.traces.next_batch(5) == ["a"]
    assert moment.traces.is_complete(trace("a", 100))
    assert not moment.traces


def test_a_new_trace_has_to_stay_the_same_for_the_quiet_time() -> None:
    moment = Moment("a")
    moment.traces.next_batch(5)
    assert not moment.traces.is_complete(trace("a", 1))
    assert moment.traces.next_batch(5) == []
    assert moment.next_after_pause() == ["a"]
    assert not moment.traces.is_complete(trace("a", 1, segments=2))
    assert moment.next_after_pause() == ["a"]
    assert moment.traces.is_complete(trace("a", 1, segments=2))
    assert moment.now_s == 4


def test_a_new_trace_is_fetched_twice_also_without_a_quiet_time() -> None:
    moment = Moment("a", quiet_s=0.0)
    moment.traces.next_batch(5)
    assert not moment.traces.is_complete(trace("a", 1))
    assert moment.next_after_pause() == ["a"]
    assert moment.traces.is_complete(trace("a", 1))


def test_a_trace_in_progress_is_looked_at_less_and_less_often() -> None:
    moment = Moment("a")
    times_s = []
    while moment.traces:
        assert moment.next_after_pause() == ["a"]
        times_s.append(moment.now_s)
        moment.traces.is_complete(trace("a", None))
    pauses_s = [after - before for before, after in itertools.pairwise(times_s)]
    assert pauses_s[:3] == [0.5, 0.75, 1.125]
    assert max(pauses_s) == 5
    assert moment.traces.given_up == ["a"]
    assert 60 <= moment.now_s < 66


def test_an_unprocessed_trace_is_tried_again_at_once_but_not_all_the_time() -> None:
    moment = Moment("a", "b")
    moment.traces.next_batch(5)
    moment.traces.note_missing("a")
    assert moment.traces.pause_s() == 0
    assert moment.traces.next_batch(5) == ["a"]
    moment.traces.note_missing("a")
    assert moment.traces.pause_s() == 0.5
    assert moment.next_after_pause() == ["a"]
    assert moment.traces.is_complete(trace("a", 100))


def test_a_trace_is_not_given_up_because_many_others_took_long() -> None:
    moment = Moment("a")
    moment.traces.next_batch(5)
    moment.traces.note_missing("a")
    moment.now_s = 1000.0
    assert moment.traces.next_batch(5) == ["a"]
    moment.traces.note_missing("a")
    assert moment.next_after_pause() == ["a"]
    assert moment.traces.is_complete(trace("a", 100))
    assert moment.traces.given_up == []


def test_batches_are_full_as_long_as_there_are_traces() -> None:
    moment = Moment(*"abcdefg")
    assert [moment.traces.next_batch(5), moment.traces.next_batch(5)] == [
        [*"abcde"],
        [*"fg"],
    ]
