"""What the time of whole traces was spent on."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from hypothesis import given, strategies as st

from tracing_lab.spans import spans_from_traces
from tracing_lab.spans.path_parts import path_parts
from tracing_lab.stats import critical_path_parts, end_to_end

Make = Callable[..., dict[str, Any]]
LAMBDA = {"origin": "AWS::Lambda"}
FUNCTION = {"origin": "AWS::Lambda::Function"}
BUS = {"inferred": True, "origin": "AWS::Events"}
EPOCH = 1_795_435_200


def part(span_id: str, name: str, start_s: float, end_s: float) -> dict[str, Any]:
    return {"id": span_id, "name": name, "start_time": EPOCH + start_s, "end_time": EPOCH + end_s}


def parts_of(*traces: dict[str, Any]) -> list[tuple[str, str, float]]:
    parts = critical_path_parts(spans_from_traces([*traces]))
    return list(
        zip(parts["cause"], parts.index.get_level_values(1), parts["path_ns"] / 1e9, strict=True)
    )


def test_time_between_call_and_consumer_is_on_the_bus(make_trace: Make) -> None:
    dwell = {"subsegments": [part("dwell", "Dwell Time", 3, 4), part("try", "Attempt #1", 4, 9)]}
    trace = make_trace(
        ("shop", None, 0, 2),
        ("bus", "shop", 1, 2, BUS),
        ("service", "bus", 3, 3, LAMBDA | dwell),
        ("function", "service", 5, 8, FUNCTION),
    )
    assert parts_of(trace) == [
        ("service", "shop", 1),
        ("service", "bus", 1),
        ("bus", "service", 1),  # in flight
        ("bus", "dwell", 1),
        ("service", "try", 1),
        ("service", "function", 3),  # with which the trace ends: the rest of the try is no segment
    ]


def test_initialization_is_a_cold_start(make_trace: Make) -> None:
    init = {"subsegments": [part("init", "Init", 1, 4)]}
    trace = make_trace(
        ("service", None, 0, 10, LAMBDA), ("function", "service", 4, 9, FUNCTION | init)
    )
    assert parts_of(trace) == [
        ("service", "service", 1),
        ("cold start", "init", 3),
        ("service", "function", 5),
        ("service", "service", 1),
    ]


def test_a_subsegment_called_init_is_a_cold_start_on_lambda_only(make_trace: Make) -> None:
    trace = make_trace(("a", None, 0, 4, {"subsegments": [part("b", "Init", 1, 3)]}))
    assert {cause for cause, *_ in parts_of(trace)} == {"service"}


def retried(make_trace: Make, *more: tuple[Any, ...]) -> dict[str, Any]:
    tries = [part("first", "Attempt #1", 1, 3), part("again", "Attempt #2", 6, 9)]
    return make_trace(
        ("bus", None, 0, 1, BUS),
        ("service", "bus", 1, 1, LAMBDA | {"subsegments": tries}),
        ("one", "service", 1, 3, FUNCTION),
        ("two", "service", 6, 9, FUNCTION),
        *more,
    )


def test_failed_attempts_and_the_waits_after_them_are_retries(make_trace: Make) -> None:
    # the bus is no segment, so that the trace starts with Lambda's
    assert parts_of(retried(make_trace)) == [
        ("retry", "one", 2),
        ("retry", "again", 3),
        ("service", "two", 3),
    ]


def test_what_a_failed_attempt_published_is_no_retry(make_trace: Make) -> None:
    trace = retried(make_trace, ("call", "one", 2, 3, BUS), ("late", "call", 10, 12))
    assert parts_of(trace)[-2:] == [("bus", "late", 7), ("service", "late", 2)]


def test_gaps_that_no_event_explains_are_untraced(make_trace: Make) -> None:
    trace = make_trace(("a", None, 0, 1), ("b", "a", 3, 4), ("lost", "gone", 6, 7))
    assert parts_of(trace) == [
        ("service", "a", 1),
        ("untraced", "b", 2),
        ("service", "b", 1),
        ("untraced", "lost", 2),
        ("service", "lost", 1),
    ]


def test_a_gap_inside_a_running_span_is_its_own(make_trace: Make) -> None:
    # c ends last below b, but took no time: nothing between 4 and 6 but a
    trace = make_trace(("a", None, 0, 10), ("b", "a", 2, 4), ("c", "b", 6, 6))
    assert parts_of(trace) == [
        ("service", "a", 2),
        ("service", "b", 2),
        ("service", "a", 2),
        ("service", "a", 4),
    ]


def test_what_lies_before_the_first_segment_does_not_count(make_trace: Make) -> None:
    early = {"subsegments": [part("init", "Init", -5, -1)]}
    assert parts_of(make_trace(("a", None, 0, 2, FUNCTION | early))) == [("service", "a", 2)]


def test_traces_without_an_end_have_no_parts(make_trace: Make) -> None:
    open_, ended = make_trace(("a", None, 0, None), trace_id="1"), make_trace(("b", None, 0, 2))
    assert parts_of(open_, ended) == [("service", "b", 2)]
    assert parts_of(open_) == []
    assert len(path_parts(spans_from_traces([])).row) == 0


ORIGINS: list[dict[str, Any]] = [{}, LAMBDA, FUNCTION, BUS]
NAMES = ["work", "Init", "Dwell Time", "Attempt #1", "Attempt #2"]


@st.composite
def any_trace(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Draw rows in trees, any of them late, open or without its parent."""
    rows = []
    for number in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, 50)) / 8
        lasts = draw(st.none() | st.integers(0, 30))
        end = None if lasts is None else start + lasts / 8
        parent = draw(st.sampled_from([None, "gone", *(str(n) for n in range(number))]))
        origin = draw(st.sampled_from(ORIGINS))
        sub = part(
            f"{number}s", draw(st.sampled_from(NAMES)), start, start + draw(st.integers(0, 3))
        )
        rows.append((str(number), parent, start, end, origin | {"subsegments": [sub]}))
    return rows


@given(st.lists(any_trace(), min_size=1, max_size=3))
def test_parts_partition_every_trace_exactly(make_trace: Make, traces: list[list[Any]]) -> None:
    made = [make_trace(*rows, trace_id=f"1-{n}") for n, rows in enumerate(traces)]
    spans = spans_from_traces(made)
    parts = critical_path_parts(spans)
    assert (parts["path_ns"] > 0).all()
    whole = end_to_end(spans)
    for trace_id, mine in parts.groupby("trace_id"):
        assert (mine["start"].iloc[1:].array == mine["end"].iloc[:-1].array).all()
        assert mine["start"].iloc[0] == whole["start"][trace_id]
        assert mine["path_ns"].sum() == round(whole["duration_s"][trace_id] * 1e9)
    missing = whole.drop(parts.index.get_level_values("trace_id").unique())
    assert not (missing["duration_s"] > 0).any()


def test_parts_of_shuffled_spans_are_the_same(shop_spans: pd.DataFrame) -> None:
    first, second = (
        critical_path_parts(spans)["path_ns"].groupby(["trace_id", "span_id"]).sum().sort_index()
        for spans in (shop_spans, shop_spans.sample(frac=1, random_state=1))
    )
    assert first.to_dict() == second.to_dict()
