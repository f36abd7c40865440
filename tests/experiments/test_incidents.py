"""Recorded incidents are valid, and what is true of them follows from their faults."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from incident_plan import (
    HALF,
    INCIDENTS,
    KINDS,
    POISON,
    POISONED,
    Faults,
    PlannedIncident,
    paths,
    plan,
)
from incidents import FOLDER, SPLITS, Incident, Truth, chunk_files, incidents
from packed_spans import pack, unpack

from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import spans_from_traces, validate_spans

BUS = "Events [AWS::Events]"
LEFT_OUT = ["annotations", "parent_id"]  # ids are renumbered


def node(service: str, what: str) -> str:
    return f"{service} {what}"


def incident(kind: str, *causes: str, **latency: bool) -> PlannedIncident:
    faults: Faults = {
        cause: {"latency": {}} if latency.get(cause) else {"error_rate": 1} for cause in causes
    }
    return PlannedIncident(
        number=0, kind=kind, faults=faults, causes=causes, strength={}, warm=True
    )


def test_a_caller_that_waits_notices_and_so_does_who_calls_the_api() -> None:
    whole = ("order function", "order lambda", "api stage")
    assert paths(incident("latency", "order", order=True), node) == [whole]
    assert paths(incident("errors", "order"), node) == [whole]
    assert paths(incident("throttling", "order"), node) == [whole[1:]]


def test_a_slow_consumer_delays_the_end_of_the_chain() -> None:
    end = (BUS, "notification lambda", "notification function")
    assert paths(incident("latency", "payment", payment=True), node) == [("payment function", *end)]


def test_an_event_that_is_never_published_is_noticed_where_the_invocation_fails() -> None:
    assert paths(incident("errors", "payment"), node) == [("payment function", "payment lambda")]
    slow = incident("latency", "notification", notification=True)
    assert paths(slow, node) == [("notification function", "notification lambda")]


def test_each_cause_has_a_path_of_its_own() -> None:
    both = incident("two services", "inventory", "order", order=True)
    assert paths(both, node) == [
        ("inventory function", "inventory lambda"),
        ("order function", "order lambda", "api stage"),
    ]


def test_both_halves_have_the_same_kinds_and_every_service_is_at_fault() -> None:
    halves = plan()[:HALF], plan()[HALF : 2 * HALF]
    assert [Counter(one.kind for one in half) for half in halves] == [Counter(KINDS)] * 2
    for half in halves:
        causes = Counter(cause for one in half for cause in one.causes)
        assert len(causes) == 4
        assert min(causes.values()) >= 10
        assert 10 <= sum(not one.warm for one in half) <= 40


def test_packed_spans_lose_nothing_but_ids_and_annotations(shop_spans: pd.DataFrame) -> None:
    again = unpack(pack(shop_spans), start=shop_spans["start"].min())
    validate_spans(again)
    expected, found = (
        frame.drop(columns=LEFT_OUT).reset_index(drop=True) for frame in (shop_spans, again)
    )
    pd.testing.assert_frame_equal(found, expected, check_categorical=False)
    traces = (frame.index.get_level_values("trace_id") for frame in (shop_spans, again))
    first, second = (pd.factorize(ids)[0] for ids in traces)
    assert np.array_equal(first, second)


def test_spans_in_progress_stay_so(make_trace: Callable[..., Any]) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0.0, None), ("b", "a", 1.0, 2.0))])
    again = unpack(pack(spans), start=spans["start"].min())
    assert again["status"].tolist() == ["in_progress", "ok"]


@pytest.fixture(scope="module")
def recorded() -> list[Incident]:
    return [*incidents()]


def test_recorded_incidents_are_as_planned(recorded: list[Incident]) -> None:
    assert [one.number for one in recorded] == [*range(INCIDENTS)]
    for planned, one in zip(plan(), recorded, strict=True):
        assert one.truth.kind == planned.kind
        assert one.truth.warm == planned.warm
        assert len(one.truth.causes) == len(planned.causes) == len(one.truth.paths)
        assert one.bad.index.unique("trace_id").size == 40 + poison_events(one.truth)
        assert one.good.index.unique("trace_id").size == 80
        assert set(one.truth.causes) <= set(one.bad["service"])


def poison_events(truth: Truth) -> int:
    return sum(strength.get("events", 0) for strength in truth.strength.values())


def test_poison_fails_at_its_consumer_only_and_starts_no_order(recorded: list[Incident]) -> None:
    poisoned = [one for one in recorded if one.truth.kind == POISON]
    assert len(poisoned) == POISONED
    assert len({one.truth.causes for one in poisoned}) > 1
    for one in poisoned:
        failed = one.bad[one.bad["error"] | one.bad["fault"]]
        assert set(failed["service"]) == set(one.truth.causes)
        assert failed.index.unique("trace_id").size == poison_events(one.truth) >= 4


def test_their_spans_are_valid_and_their_paths_name_nodes(recorded: list[Incident]) -> None:
    for one in recorded[::10]:
        validate_spans(one.bad)
        validate_spans(one.good)
        nodes = set(service_graph_from_spans(one.bad)) | set(service_graph_from_spans(one.good))
        assert {name for path in one.truth.paths for name in path} <= nodes


def test_a_good_window_has_no_failures_and_precedes_the_bad_ones(recorded: list[Incident]) -> None:
    for one in recorded:
        assert not one.good[["error", "fault", "throttle"]].any(axis=None)
        assert one.good["start"].max() < one.bad["start"].min()


def test_splits_have_incidents_of_their_own() -> None:
    first = {name: next(incidents(name)).number for name in SPLITS}
    assert first == {"tuning": 0, "held out": 100, "poison": 200}


def test_the_recordings_are_small() -> None:
    files = [*FOLDER.iterdir()]
    assert {path.name for path in files} == {
        path.name for first in range(0, INCIDENTS, 10) for path in chunk_files(first)
    }
    assert sum(path.stat().st_size for path in files) <= 4_000_000
    assert all(json.loads(path.read_text()) for path in files if path.suffix == ".json")
