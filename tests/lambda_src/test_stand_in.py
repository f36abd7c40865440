"""A stand-in plays the recorded run that it is asked for, and records what it calls."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orders_server import serving

from stand_in.calling import Caller, Surroundings, runs_of_events
from stand_in.clock import RealClock
from stand_in.durations import ENOUGH, Durations
from stand_in.handler import ReplayedError, StandIn, wanted_run
from stand_in.playing import play
from stand_in.script import FILE, Call, Script, Target, own_script, script_from_json
from stand_in.tracing import Daemon, Parent

TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
PARENT = Parent(TRACE, "53995c3f42cd8ad8")
SUBSEGMENT = {"name": "Events", "namespace": "aws"}


class Clock:
    """Time that passes by waiting only."""

    def __init__(self) -> None:
        self.time_s = 100.0

    def now_s(self) -> float:
        return self.time_s

    def sleep_until(self, due_s: float) -> None:
        self.time_s = max(self.time_s, due_s)


class Made:
    """Stands in for what makes calls: each takes a time of its own."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds
        self.calls: list[tuple[float, float]] = []

    def __call__(self, call: Call) -> None:
        self.calls.append((call.takes_s, round(self.clock.now_s() - 100.0, 6)))
        self.clock.time_s += self.seconds


class Sent(Daemon):
    """Keeps documents instead of sending them."""

    documents: list[dict[str, Any]]

    def __init__(self) -> None:
        super().__init__("")
        object.__setattr__(self, "documents", [])

    def send(self, parent: Parent, document: Any) -> None:
        self.documents.append({**document, "parent": parent})


def script(*runs: dict[str, Any], **more: Any) -> Script:
    base = {"name": "service-1", "segment": None, "before_s": 0.0, "after_s": 0.0}
    return script_from_json({**base, **more, "runs": [{"tail_s": 0.0, **run} for run in runs]})


def step(gap_s: float, *takes_s: float, how: str = "") -> dict[str, Any]:
    targets = [{"how": how, "service": "service-2", "run": 0}] if how else []
    calls = [{"takes_s": takes, "subsegment": SUBSEGMENT, "targets": targets} for takes in takes_s]
    return {"gap_s": gap_s, "calls": calls}


def stand_in(played: Script, clock: Clock, daemon: Daemon | None = None) -> StandIn:
    sent = daemon or Daemon("")
    return StandIn(played, Caller(Surroundings("{}", "", {}), sent, clock), sent, clock)


def test_own_time_lies_between_the_calls() -> None:
    clock = Clock()
    made = Made(clock, seconds=0.05)
    (run,) = script({"steps": [step(0.1, 0.05), step(0.2, 0.05)], "tail_s": 0.3}).runs
    end_s = play(run, made, clock, begin_s=100.0, after_s=0.0)
    assert made.calls == [(0.05, 0.1), (0.05, 0.35)]
    assert end_s == pytest.approx(clock.now_s()) == pytest.approx(100.7)


def test_a_late_call_that_waits_for_nobody_does_not_delay_the_rest() -> None:
    clock = Clock()
    made = Made(clock, seconds=0.15)
    (run,) = script({"steps": [step(0.1, 0.05), step(0.2, 0.05)], "tail_s": 0.3}).runs
    play(run, made, clock, begin_s=100.0, after_s=0.0)
    assert made.calls == [(0.05, 0.1), (0.05, 0.35)]
    assert clock.now_s() == pytest.approx(100.7)


def test_the_wait_for_a_slower_service_delays_the_rest() -> None:
    clock = Clock()
    made = Made(clock, seconds=0.15)
    steps = [step(0.1, 0.05, how="invoke"), step(0.2, 0.05)]
    (run,) = script({"steps": steps, "tail_s": 0.3}).runs
    play(run, made, clock, begin_s=100.0, after_s=0.0)
    assert made.calls == [(0.05, 0.1), (0.05, 0.45)]


def test_what_the_runtime_takes_is_not_waited_for() -> None:
    clock = Clock()
    played = script({"tail_s": 0.5}, before_s=0.1, after_s=0.2)
    stand_in(played, clock).handle({}, "r-1", PARENT)
    assert clock.now_s() == pytest.approx(100.2)


@pytest.mark.parametrize(
    "event",
    [
        {"run": 1},
        {"body": '{"run": 1}', "httpMethod": "POST"},
        {"detail": {"to": ["service-1"], "runs": {"service-1": 1, "service-2": 0}}},
    ],
)
def test_a_request_names_the_run(event: dict[str, Any]) -> None:
    clock = Clock()
    played = script({"tail_s": 1.0, "status": 201}, {"tail_s": 2.0, "status": 404})
    answer = stand_in(played, clock).handle(event, "r-1", PARENT)
    assert answer == {"statusCode": 404, "body": '{"stand_in": "service-1"}'}
    assert clock.now_s() == pytest.approx(102.0)


@pytest.mark.parametrize("event", [{}, {"run": 7}, {"run": True}, {"body": "x"}, {"body": "[]"}])
def test_any_other_request_plays_some_run(event: dict[str, Any]) -> None:
    clock = Clock()
    stand_in(script({"tail_s": 1.0}), clock).handle(event, "r-1", PARENT)
    assert clock.now_s() == pytest.approx(101.0)
    assert wanted_run(event, "service-1") in {None, 7, True}


def test_a_failed_run_fails_again_and_the_next_attempt_plays_the_next_run() -> None:
    clock = Clock()
    played = script({"outcome": "fault", "next_run": 1}, {"tail_s": 3.0})
    function = stand_in(played, clock)
    with pytest.raises(ReplayedError, match="this run of service-1 failed when it was recorded"):
        function.handle({"run": 0}, "r-1", PARENT)
    function.handle({"run": 0}, "r-1", PARENT)
    assert clock.now_s() == pytest.approx(103.0)
    with pytest.raises(ReplayedError):
        function.handle({"run": 0}, "r-2", PARENT)


def test_a_service_that_was_no_function_sends_its_own_segment() -> None:
    clock, sent = Clock(), Sent()
    segment = {"name": "prices", "origin": "AWS::ECS::Container"}
    run = {"tail_s": 1.0, "status": 500, "outcome": "fault", "steps": [step(0.5, 0.25)]}
    answer = stand_in(script(run, segment=segment), clock, sent).handle({}, "r-1", PARENT)
    assert answer["statusCode"] == 500
    call, own = sent.documents
    assert own["name"] == "prices"
    assert own["fault"] is True
    assert own["parent"] == PARENT
    assert (own["start_time"], own["end_time"]) == pytest.approx((100.0, 101.75))
    assert call["parent"] == PARENT.below(own["id"])
    assert (call["start_time"], call["end_time"]) == pytest.approx((100.5, 100.75))


def test_time_that_passes_is_recorded_as_a_call() -> None:
    clock, sent = Clock(), Sent()
    caller = Caller(Surroundings("{}", "", {}), sent, clock)
    caller.make(Call(0.0, 0.2, "throttle", SUBSEGMENT, ()), PARENT)
    (document,) = sent.documents
    assert document["name"] == "Events"
    assert document["type"] == "subsegment"
    assert document["error"] is document["throttle"] is True
    assert document["end_time"] - document["start_time"] == pytest.approx(0.2)


def test_a_call_without_a_subsegment_is_not_recorded() -> None:
    sent = Sent()
    caller = Caller(Surroundings("{}", "", {}), sent, Clock())
    caller.make(Call(0.0, 0.2, "ok", None, ()), PARENT)
    assert sent.documents == []


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_api_is_asked_for_a_run_within_the_trace(status: int) -> None:
    sent = Sent()
    target = Target("http", "service-2", 5, "api-1")
    with serving(lambda _: (status, b"{}")) as server:
        around = Surroundings("{}", "", {"api-1": f"http://127.0.0.1:{server.server_port}/prod"})
        caller = Caller(around, sent, Clock())
        caller.make(Call(0.0, 0.2, "ok", SUBSEGMENT, (target,)), PARENT)
    ((path, header, body),) = server.requests
    assert path == "/prod/service-2"
    assert body == {"run": 5}
    assert header == f"Root={TRACE};Parent={sent.documents[0]['id']};Sampled=1"


def test_surroundings_come_from_variables() -> None:
    variables = {
        "EVENT_BUS_NAME": "bus",
        "API_URL_API_1": "http://x",
        "FUNCTION_NAME_PATTERN": "a-{}",
    }
    assert Surroundings.of(variables) == Surroundings("a-{}", "bus", {"api-1": "http://x"})
    assert Surroundings.of({}) == Surroundings("{}", "", {})


def test_a_stand_in_that_is_reached_twice_gets_two_events() -> None:
    targets = [Target("publish", "a", 1), Target("publish", "a", 2)]
    assert runs_of_events(targets) == [{"a": 1}, {"a": 2}]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        yield listening


def test_documents_reach_the_daemon(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    Daemon(f"{host}:{port}").send(PARENT, {"id": "a", "name": "b"})
    head, _, document = listener.recv(2000).partition(b"\n")
    assert json.loads(head) == {"format": "json", "version": 1}
    assert json.loads(document) == {
        "id": "a",
        "name": "b",
        "trace_id": TRACE,
        "parent_id": "53995c3f42cd8ad8",
    }


def test_traces_that_are_not_recorded_send_nothing(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    daemon = Daemon(f"{host}:{port}")
    daemon.send(PARENT._replace(sampled=False), {"id": "a"})
    daemon.send(Parent("", ""), {"id": "a"})
    daemon.send(Parent(TRACE), {"id": "recorded"})
    document = json.loads(listener.recv(2000).partition(b"\n")[2])
    assert document == {"id": "recorded", "trace_id": TRACE}


def test_headers_without_a_trace_are_none() -> None:
    assert Parent.of_header("") == Parent("", "", sampled=False)
    assert Parent(TRACE).header() == f"Root={TRACE};Sampled=1"


def test_the_script_is_in_the_zip(tmp_path: Path) -> None:
    run = {"tail_s": 0.5, "steps": [step(0.1, 0.2, how="publish")]}
    written = {"name": "a", "segment": None, "before_s": 0.0, "after_s": 0.0, "runs": [run]}
    (tmp_path / FILE).write_text(json.dumps(written))
    read = own_script(tmp_path)
    assert read.runs[0].steps[0].calls[0].targets == (Target("publish", "service-2", 0),)
    assert read.passed_on_s == [0.2]


# --- durations like the recorded ones ---


def test_until_enough_calls_were_made_the_recorded_run_counts() -> None:
    durations = Durations([0.02] * 5)
    assert durations.wait_s(0.05) == 0.0
    durations.note(0.01)
    assert durations.wait_s(0.05) == pytest.approx(0.04)
    assert durations.like(0.01, run_s=0.05) == 0.05


def test_calls_as_slow_as_the_recorded_ones_are_left_as_they_are() -> None:
    seconds = [0.001 * number for number in range(1, 101)]
    durations = Durations(seconds)
    for made in seconds:
        durations.note(made)
    assert [durations.like(made, run_s=9.0) for made in seconds] == pytest.approx(seconds)
    assert durations.wait_s(9.0) == 0.0


def test_fast_calls_become_like_slow_recorded_ones() -> None:
    durations = Durations([0.1, 0.2, 0.3, 0.4])
    for made in [0.001, 0.002, 0.003, 0.004] * (ENOUGH // 4):
        durations.note(made)
    like = [durations.like(made, run_s=9.0) for made in (0.001, 0.002, 0.003, 0.004)]
    assert like == [0.1, 0.2, 0.3, 0.4]
    assert durations.wait_s(9.0) == pytest.approx(0.1 - 0.003)


# --- waits that end on time ---


class LateMachine:
    """Time on a machine that wakes up late, by a delay."""

    def __init__(self, *late_s: float) -> None:
        self.time_s, self.late_s = 5.0, [*late_s]

    def sleep(self, seconds: float) -> None:
        self.time_s += seconds + self.late_s.pop(0)

    def clock(self) -> RealClock:
        return RealClock(epoch_s=lambda: 100.0, steady_s=lambda: self.time_s, sleep=self.sleep)


def test_waits_are_shorter_by_the_usual_delay() -> None:
    machine = LateMachine(0.004, 0.004, 0.004)
    clock = machine.clock()
    ends = []
    for _ in range(3):
        due_s = clock.now_s() + 0.1
        clock.sleep_until(due_s)
        ends.append(clock.now_s() - due_s)
    assert ends == pytest.approx([0.004, 0.0, 0.0])


def test_a_short_wait_is_not_left_out_because_of_a_long_delay() -> None:
    machine = LateMachine(0.5, 0.0)
    clock = machine.clock()
    clock.sleep_until(100.1)
    began_s = clock.now_s()
    clock.sleep_until(began_s + 0.1)
    assert clock.now_s() - began_s == pytest.approx(0.075)


def test_a_time_that_has_passed_is_not_waited_for() -> None:
    clock = LateMachine().clock()
    clock.sleep_until(99.0)
    assert clock.now_s() == 100.0
