"""The model of a replay: what traces become, and what it does not have of them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from recorded_systems import (
    WITHOUT_SEGMENTS,
    Accepted,
    Api,
    Call,
    Calls,
    Entry,
    Function,
    Host,
    Publishes,
    Service,
    Uses,
    recorded,
)

import tracing_lab as tl
from tracing_lab.errors import ReplayError
from tracing_lab.graph import Graph
from tracing_lab.replay.recording import RecordedTraces
from tracing_lab.replay.usable import Usable

SHOP = Api(
    "orders-api",
    Function(
        "take-order",
        (
            Uses(what="table"),
            Publishes(targets=(Function("charge", (Uses(what="remote"),)), Function("reserve"))),
        ),
        own_s=0.03,
    ),
    status=201,
)


def spans_of(*entries: Entry) -> pd.DataFrame:
    return tl.spans.spans_from_traces(recorded(*entries))


def edges(graph: Graph) -> dict[tuple[str, str], int]:
    return {(source, target): data["requests"] for source, target, data in graph.edges(data=True)}


def renamed_edges(spans: pd.DataFrame, names: Any) -> dict[tuple[str, str], int]:
    source = edges(tl.graph.service_graph_from_spans(spans))
    return {(names[a], names[b]): requests for (a, b), requests in source.items()}


def test_services_become_stand_ins_with_neutral_names() -> None:
    model = tl.replay.derive(spans_of(SHOP, SHOP))
    assert [*model.stand_ins] == ["service-1", "service-2", "service-3"]
    assert model.apis == ("api-1",)
    assert edges(tl.replay.graph_of_model(model)) == {
        ("api-1 [client]", "api-1 [AWS::ApiGateway::Stage]"): 2,
        ("api-1 [AWS::ApiGateway::Stage]", "service-1 [AWS::Lambda]"): 2,
        ("service-1 [AWS::Lambda]", "service-1 [AWS::Lambda::Function]"): 2,
        ("service-1 [AWS::Lambda::Function]", "table-1 [AWS::DynamoDB::Table]"): 2,
        ("service-1 [AWS::Lambda::Function]", "Events [AWS::Events]"): 2,
        ("Events [AWS::Events]", "service-2 [AWS::Lambda]"): 2,
        ("service-2 [AWS::Lambda]", "service-2 [AWS::Lambda::Function]"): 2,
        ("service-2 [AWS::Lambda::Function]", "remote-1 [remote]"): 2,
        ("Events [AWS::Events]", "service-3 [AWS::Lambda]"): 2,
        ("service-3 [AWS::Lambda]", "service-3 [AWS::Lambda::Function]"): 2,
    }


def test_nothing_of_the_recorded_names_is_in_what_is_deployed() -> None:
    model = tl.replay.derive(spans_of(SHOP))
    text = model.to_text() + json.dumps([item.script() for item in model.stand_ins.values()])
    recorded_names = ("orders-api", "take-order", "charge", "reserve", "secrets", "rates")
    assert [name for name in recorded_names if name in text] == []
    assert [name for name in recorded_names if name in repr(model)] == []


def test_names_are_kept_on_request() -> None:
    model = tl.replay.derive(spans_of(SHOP), keep_names=True)
    assert [*model.stand_ins] == ["take-order", "charge", "reserve"]
    assert model.apis == ("orders-api",)
    assert "rates.example.com [remote]" in tl.replay.graph_of_model(model)


def test_a_run_has_the_recorded_times() -> None:
    (run,) = tl.replay.derive(spans_of(SHOP)).stand_ins["service-1"].runs
    assert [step.gap_s for step in run.steps] == pytest.approx([0.01, 0.01], abs=2e-6)
    assert run.tail_s == pytest.approx(0.01, abs=2e-6)
    assert [call.takes_s for call in run.calls] == pytest.approx([0.02, 0.01], abs=2e-6)
    assert run.status == 201


def test_calls_at_the_same_time_are_one_step() -> None:
    calls = (Uses(what="table", takes_s=0.05), Uses(what="remote", together=True, takes_s=0.01))
    (run,) = tl.replay.derive(spans_of(Function("f", calls))).stand_ins["service-1"].runs
    (step,) = run.steps
    assert [call.lag_s for call in step.calls] == pytest.approx([0.0, 0.001], abs=2e-6)
    assert run.longest_s == pytest.approx(0.05 + 2 * 0.01 / 3, abs=4e-6)


def test_each_request_plays_the_runs_of_its_own_trace() -> None:
    slow, fast = (Api("a", Function("f", (), own_s=own_s)) for own_s in (0.2, 0.1))
    model = tl.replay.derive(spans_of(slow, fast, slow))
    own = [model.stand_ins["service-1"].runs[item.target.run].own_s for item in model.requests]
    assert own == pytest.approx([0.2, 0.1, 0.2], abs=2e-6)
    assert [request.at_s for request in model.requests] == pytest.approx([0, 0.2, 0.4])


def test_the_median_of_two_runs_is_between_them() -> None:
    model = tl.replay.derive(spans_of(*(Api("a", Function("f", (), own_s=s)) for s in (0.2, 0.1))))
    assert "150.0 ms" in str(model)


def test_requests_beyond_the_sample_play_its_runs() -> None:
    entries = [Api("a", Function("f", (), own_s=0.01 * n)) for n in range(1, 7)]
    model = tl.replay.derive(spans_of(*entries), max_traces=2)
    assert [request.target.run for request in model.requests] == [0, 0, 0, 1, 1, 1]
    assert [run.own_s for run in model.stand_ins["service-1"].runs] == pytest.approx(
        [0.01, 0.04], abs=2e-6
    )


def test_failures_are_replayed_and_later_attempts_follow_the_first() -> None:
    failing = Function("consumer", outcome="fault", attempts=3)
    model = tl.replay.derive(spans_of(Function("f", (Publishes(targets=(failing,)),))))
    runs = model.stand_ins["service-2"].runs
    assert [run.outcome for run in runs] == ["fault"] * 3
    first = next(model.stand_ins["service-1"].targets).run
    second = runs[first].next_run
    assert second is not None
    third = runs[second].next_run
    assert third is not None
    assert {first, second, third} == {0, 1, 2}
    assert runs[third].next_run is None


@pytest.mark.parametrize("attempts", [1, 3])
def test_an_event_from_outside_is_sent_as_an_event(attempts: int) -> None:
    poisoned = Function("consumer", outcome="fault", attempts=attempts)
    model = tl.replay.derive(spans_of(Accepted(poisoned), Function("consumer"), Host("page")))
    assert [request.target.how for request in model.requests] == ["send", "invoke", "invoke"]
    number: int | None = model.requests[0].target.run
    played = 0
    while number is not None:
        run = model.stand_ins["service-1"].runs[number]
        assert run.outcome == "fault"
        number, played = run.next_run, played + 1
    assert played == attempts


def test_an_event_from_outside_has_the_map_of_its_trace() -> None:
    spans = spans_of(Accepted(Function("consumer", (Uses(),), outcome="fault", attempts=3)))
    model = tl.replay.derive(spans)
    assert edges(tl.replay.graph_of_model(model)) == renamed_edges(spans, model.names)


class Counted(list[int]):
    """Counts how often it is gone through."""

    times = 0

    def __iter__(self) -> Iterator[int]:
        self.times += 1
        return super().__iter__()


def test_what_is_usable_is_found_without_going_through_all_entries_for_each_trace() -> None:
    def times(count: int) -> int:
        served: list[Entry] = [SHOP, Function("f")]
        recording = RecordedTraces.of(spans_of(*served * count))
        entries = Counted(recording.entries)
        assert len(Usable.of(replace(recording, entries=entries)).traces) == 2 * count
        return entries.times

    assert times(2) == times(20)


def test_a_faster_service_keeps_the_times_of_its_calls() -> None:
    model = tl.replay.derive(spans_of(SHOP)).scaled("service-1", 0.5)
    (run,) = model.stand_ins["service-1"].runs
    assert run.own_s == pytest.approx(0.015, abs=4e-6)
    assert [call.takes_s for call in run.calls] == pytest.approx([0.02, 0.01], abs=2e-6)


@pytest.mark.parametrize(
    "service, factor, message", [("shop", 1.0, "no stand-in 'shop'"), ("service-1", -1, "factor")]
)
def test_changes_that_are_none_are_rejected(service: str, factor: float, message: str) -> None:
    with pytest.raises(ReplayError, match=message):
        tl.replay.derive(spans_of(SHOP)).scaled(service, factor)


# --- what cannot be replayed ---


def test_partial_traces_are_left_out(make_trace: Any) -> None:
    whole = make_trace(("aa", None, 0, 1), ("ab", "aa", 0, 1), trace_id="1-00000001-1")
    lost = make_trace(("ba", None, 0, 1), ("bb", "gone", 0, 1), trace_id="1-00000001-2")
    running = make_trace(("ca", None, 0, None), trace_id="1-00000001-3")
    model = tl.replay.derive(tl.spans.spans_from_traces([whole, lost, running]))
    assert len(model.requests) == 1
    assert model.traces == 1
    assert [*model.left_out.values()] == [2]
    assert "Left out: 2 partial traces" in model.summary()


def test_only_partial_traces_are_an_error(make_trace: Any) -> None:
    spans = tl.spans.spans_from_traces([make_trace(("ca", None, 0, None))])
    with pytest.raises(ReplayError, match="No trace can be replayed: 1 partial"):
        tl.replay.derive(spans)


def test_no_traces_are_an_error(make_trace: Any) -> None:
    spans = tl.spans.spans_from_traces([make_trace(("ca", None, 0, 1))])
    with pytest.raises(ReplayError, match="no traces to replay"):
        tl.replay.derive(spans.iloc[:0])


def test_parents_in_a_circle_are_an_error(make_trace: Any) -> None:
    spans = tl.spans.spans_from_traces([make_trace(("aa", None, 0, 1), ("ab", "aa", 0, 1))])
    circular = spans.assign(parent_id=["ab", "aa"])
    with pytest.raises(ReplayError, match="1 traces whose parents form a circle"):
        tl.replay.derive(circular)


def test_a_trace_whose_client_was_traced_elsewhere_is_whole(make_trace: Any) -> None:
    trace = make_trace(("aa", "browser", 0, 1), ("ab", "aa", 0, 1))
    assert tl.replay.derive(tl.spans.spans_from_traces([trace])).left_out == {}


def test_what_an_api_answers_itself_is_left_out() -> None:
    traces = recorded(SHOP, SHOP)
    rejected = {
        "id": "00000000000000aa",
        "name": "orders-api/prod",
        "origin": "AWS::ApiGateway::Stage",
        "start_time": 1795435200.0,
        "end_time": 1795435200.01,
        "http": {"response": {"status": 403}},
    }
    traces.append({"Id": "1-00000001-1", "Segments": [{"Document": json.dumps(rejected)}]})
    model = tl.replay.derive(tl.spans.spans_from_traces(traces))
    assert len(model.requests) == 2
    assert [*model.left_out] == ["traces with a request that an API answered without its function"]


@pytest.mark.parametrize("most", [0, -1, 2.5, True])
def test_a_sample_has_at_least_one_trace(most: Any) -> None:
    with pytest.raises(ReplayError, match="max_traces"):
        tl.replay.derive(spans_of(SHOP), max_traces=most)


# --- any forest ---

NAMES = st.sampled_from(["a", "b", "c", "d"])
HOST_ORIGINS = st.sampled_from(["", "AWS::ECS::Container"])
OWN_S = st.floats(0.0, 0.2).map(lambda seconds: round(seconds, 3))


def functions(below: st.SearchStrategy[tuple[Call, ...]]) -> st.SearchStrategy[Function]:
    names = NAMES.map(lambda name: f"fn-{name}")
    return st.builds(Function, names, below, OWN_S, st.sampled_from(["ok", "fault"]))


def hosts(below: st.SearchStrategy[tuple[Call, ...]]) -> st.SearchStrategy[Host]:
    names = NAMES.map(lambda name: f"host-{name}")
    return st.builds(Host, names, below, OWN_S, HOST_ORIGINS)


def apis(below: st.SearchStrategy[tuple[Call, ...]]) -> st.SearchStrategy[Api]:
    return st.builds(Api, NAMES.map(lambda name: f"api-{name}"), functions(below))


def services(below: st.SearchStrategy[tuple[Call, ...]]) -> st.SearchStrategy[Service]:
    return st.one_of(functions(below), hosts(below), apis(below))


def calls(below: st.SearchStrategy[tuple[Call, ...]]) -> st.SearchStrategy[tuple[Call, ...]]:
    together = st.booleans()
    receivers = st.one_of(functions(below), hosts(below))
    leading = st.builds(Calls, services(below), together, waits=st.booleans())
    events = st.builds(
        Publishes,
        together=together,
        service=st.sampled_from(["Events", "SNS", "S3"]),
        targets=st.lists(receivers, max_size=3).map(tuple),
    )
    without = st.builds(Uses, together=together, what=st.sampled_from([*WITHOUT_SEGMENTS]))
    direct = st.builds(Calls, hosts(below), st.just(value=False), st.just(value=True))
    return st.lists(st.one_of(leading, events, without, direct), max_size=2).map(tuple)


NOTHING: st.SearchStrategy[tuple[Call, ...]] = st.just(())
FORESTS = st.lists(services(st.recursive(NOTHING, calls, max_leaves=6)), min_size=1, max_size=4)


@given(FORESTS)
def test_the_map_of_a_model_is_that_of_its_traces(entries: list[Service]) -> None:
    """Nodes, edges and how many requests each edge carried, for any forest of traces."""
    spans = spans_of(*entries)
    model = tl.replay.derive(spans)
    assert model.left_out == {}
    expected = edges(tl.replay.graph_of_model(model))
    assert expected == renamed_edges(spans, model.names)


@settings(max_examples=25)
@given(FORESTS)
def test_a_run_takes_as_long_as_it_was_recorded(entries: list[Service]) -> None:
    spans = spans_of(*entries)
    model = tl.replay.derive(spans)
    lasted = sum(run.longest_s for item in model.stand_ins.values() for run in item.runs)
    ran = spans[(spans["name"] == "Invocation") | spans["service"].str.startswith("host-")]
    ran = ran[(ran["kind"] == "segment") | (ran["name"] == "Invocation")]
    assert lasted == pytest.approx(ran["duration_s"].sum(), abs=1e-4)
