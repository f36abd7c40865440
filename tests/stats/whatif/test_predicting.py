"""Traces are computed again under a change."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from span_trees import sequential_trace

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats.whatif import (
    Change,
    Delayed,
    InParallel,
    Prediction,
    Replaced,
    Scaled,
    Span,
    predict,
)
from tracing_lab.stats.whatif.applying import changed
from tracing_lab.stats.whatif.case import Durations, case_of, durations_of
from tracing_lab.stats.whatif.work import work_of

Frames = Callable[..., pd.DataFrame]

# A request from 0 to 10: call b from 1 to 4, then c from 5 to 9
IN_TURN = (("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 5, 9))
# The same calls at the same time
AT_ONCE = (("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 2, 9))
# A request that starts something that goes on after its response
GOES_ON = (("a", None, 0, 4), ("b", "a", 1, 3), ("c", "b", 5, 9))

CONSTANT = {"distribution": "constant", "ms": 1000}


def p50(prediction: Prediction) -> float:
    return float(prediction.table["predicted_s"]["p50"])


@pytest.mark.parametrize(
    "rows, change, request_s, chain_s",
    [
        # calls in turn: what follows a longer call comes later
        (IN_TURN, Scaled("b", 2), 13, 13),
        (IN_TURN, Scaled("b", 0), 7, 7),
        # a's own time is 1 before b, 1 between and 1 after c
        (IN_TURN, Scaled("a", 3), 16, 16),
        (IN_TURN, Delayed("c", 500), 10.5, 10.5),
        (IN_TURN, Delayed("c", -500), 9.5, 9.5),
        (IN_TURN, Delayed("c", -60_000), 6, 6),
        (IN_TURN, Replaced("c", CONSTANT), 7, 7),
        (IN_TURN, Replaced("a", CONSTANT), 8, 8),
        # calls at once: b has six seconds to spare, and c none
        (AT_ONCE, Scaled("b", 2), 10, 10),
        (AT_ONCE, Scaled("b", 4), 14, 14),
        (AT_ONCE, Scaled("c", 2), 17, 17),
        (AT_ONCE, Scaled("c", 0), 5, 5),
        # what goes on later is not waited for, and begins when its caller has ended
        (GOES_ON, Scaled("c", 2), 4, 13),
        (GOES_ON, Scaled("b", 2), 6, 11),
        (GOES_ON, Delayed("a", 1000), 5, 10),
    ],
)
def test_times_follow_from_the_order_of_spans(
    frame: Frames, rows: Any, change: Change, request_s: float, chain_s: float
) -> None:
    spans = frame(*rows)
    assert p50(predict(spans, change)) == pytest.approx(request_s)
    assert p50(predict(spans, change, of="chain")) == pytest.approx(chain_s)


def test_changes_are_made_one_after_the_other(frame: Frames) -> None:
    spans = frame(*IN_TURN)
    assert p50(predict(spans, Scaled("b", 2), Delayed("b", 1000))) == pytest.approx(14)
    assert p50(predict(spans, Delayed("b", 1000), Scaled("b", 2))) == pytest.approx(15)


def test_an_event_of_a_bus_reaches_its_targets_independently(
    make_trace: Callable[..., dict[str, Any]],
) -> None:
    # GIVEN two consumers of an event, the second of which happened to start after the first ended
    bus = {"inferred": True, "origin": "AWS::Events"}
    rows = ("a", None, 0, 2), ("bus", "a", 1, 2, bus), ("c", "bus", 3, 4), ("d", "bus", 5, 6)
    spans = spans_from_traces(make_trace(*rows, trace_id=f"1-{n:08x}-1") for n in range(20))
    # THEN the first one's time does not delay the second
    assert p50(predict(spans, Scaled("c", 2), of="chain")) == pytest.approx(6)
    assert p50(predict(spans, Scaled("c", 5), of="chain")) == pytest.approx(8)


def test_work_without_an_operation_leaves_out_lambda_and_calls(shop_spans: pd.DataFrame) -> None:
    case = case_of(shop_spans, cases=1)
    work = work_of(shop_spans, case.happened, "order", None)
    names = shop_spans["name"].iloc[np.unique(case.happened.owner[work.event])]
    assert {*names} == {"## order", "Invocation"}


def test_nothing_changes_nothing(shop_spans: pd.DataFrame) -> None:
    kinds: tuple[Span, ...] = ("request", "chain")
    for of in kinds:
        prediction = predict(shop_spans, of=of)
        assert np.allclose(prediction.now_s, prediction.predicted_s)
        assert prediction.table["low_s"].le(prediction.table["now_s"]).all()
        assert prediction.table["high_s"].ge(prediction.table["now_s"]).all()


def times(traces: list[dict[str, Any]], *changes: Change) -> Durations:
    case = case_of(spans_from_traces(traces), cases=1)
    for change in changes:
        case = changed(change, case, np.random.default_rng(1))
    return durations_of(case)


@given(seed=st.integers(0, 10**6), factor=st.floats(1, 20), number=st.integers(0, 4))
def test_a_slower_service_makes_no_request_faster(seed: int, factor: float, number: int) -> None:
    trace = sequential_trace(seed)
    names = {document["Document"]["name"] for document in trace["Segments"]}
    name = f"service-{number}"
    if name not in names:
        return
    before, after = times([trace]), times([trace], Scaled(name, factor))
    assert (after.request_s >= before.request_s - 1e-9).all()
    assert (after.chain_s >= before.chain_s - 1e-9).all()
    # AND a faster one none slower
    faster = times([trace], Scaled(name, 1 / factor))
    assert (faster.request_s <= before.request_s + 1e-9).all()


@given(seed=st.integers(0, 10**6))
def test_a_factor_of_one_leaves_all_as_recorded(seed: int) -> None:
    trace = sequential_trace(seed)
    name = trace["Segments"][0]["Document"]["name"]
    before, after = times([trace]), times([trace], Scaled(name, 1.0), Delayed(name, 0.0))
    assert np.allclose(before.request_s, after.request_s)
    assert np.allclose(before.chain_s, after.chain_s)


@given(seed=st.integers(0, 10**6), factor=st.floats(0, 5))
def test_calls_in_turn_get_slower_by_what_all_do(seed: int, factor: float) -> None:
    trace = sequential_trace(seed)
    names = {document["Document"]["name"] for document in trace["Segments"]}
    before = times([trace])
    after = times([trace], *(Scaled(name, factor) for name in sorted(names)))
    assert after.request_s == pytest.approx(factor * before.request_s, abs=1e-6)


def test_calls_are_made_parallel(frame: Frames) -> None:
    # WHEN c begins with b at 1, it ends at 5; a's second between them is spent afterwards
    assert p50(predict(frame(*IN_TURN), InParallel("a", ("b", "c")))) == pytest.approx(7)
    # AND a call after them waits for the longer one
    rows = (("a", None, 0, 9), ("b", "a", 0, 4), ("c", "a", 4, 6), ("d", "a", 6, 8))
    assert p50(predict(frame(*rows), InParallel("a", ("b", "c")))) == pytest.approx(7)


@pytest.mark.parametrize(
    "change, message",
    [
        (Scaled("x", 2), "These traces have no service 'x'; they have: a, b, c"),
        (Scaled("b", 2, operation="y"), "has no operation 'y' in these traces"),
        (InParallel("a", ("b", "z")), "no service 'z'"),
        (InParallel("b", ("a", "c")), "no two of the calls a, c one after the other"),
    ],
)
def test_what_is_not_in_the_traces_is_named(frame: Frames, change: Change, message: str) -> None:
    with pytest.raises(TraceDataError, match=message):
        predict(frame(*IN_TURN), change)


def test_a_part_of_a_name_is_enough_if_it_is_of_one_service(frame: Frames) -> None:
    rows = (("shop-order", None, 0, 10), ("shop-payment", "shop-order", 1, 4))
    assert p50(predict(frame(*rows), Scaled("payment", 2))) == pytest.approx(13)
    with pytest.raises(TraceDataError, match="a part of several services' names"):
        predict(frame(*rows), Scaled("shop", 2))


def test_too_few_traces_are_rejected(frame: Frames) -> None:
    for count in (0, 19):
        with pytest.raises(TraceDataError, match=f"There are {count} traces; a prediction needs"):
            predict(frame(*IN_TURN, count=count), Scaled("a", 2))


def test_unfinished_traces_are_left_out(make_trace: Callable[..., dict[str, Any]]) -> None:
    rows = [("a", None, 0, 1 if number else None) for number in range(22)]
    lost = ("a", "missing", 0, 1)
    traces = [make_trace(row, trace_id=f"1-{n:08x}-1") for n, row in enumerate([*rows, lost])]
    prediction = predict(spans_from_traces(traces), Scaled("a", 2))
    assert (prediction.traces, prediction.left_out) == (21, 2)
    assert "2 more could not be used" in repr(prediction)


def test_other_frames_and_values_are_rejected(frame: Frames) -> None:
    spans = frame(*IN_TURN)
    with pytest.raises(TraceDataError, match="no span frame"):
        predict(pd.DataFrame({"x": [1]}))
    with pytest.raises(ValueError, match="must be 'request' or 'chain'"):
        predict(spans, of="end")  # type: ignore[arg-type] # the point
    with pytest.raises(ValueError, match="confidence"):
        predict(spans, confidence=90)
    with pytest.raises(ValueError, match="requests is 0"):
        predict(spans, requests=0)
    with pytest.raises(ValueError, match="drift is -1"):
        predict(spans, drift=-1)


def test_a_prediction_shows_itself(frame: Frames) -> None:
    prediction = predict(frame(*IN_TURN), Scaled("b", 2), Delayed("c", latency=CONSTANT))
    text = repr(prediction)
    assert "the work of b takes 2 times as long; the work of c takes longer by constant" in text
    assert "10000 ms" in text
    assert "14000 ms" in text
    assert "<table" in prediction._repr_html_()


def test_more_requests_have_a_narrower_interval(shop_spans: pd.DataFrame) -> None:
    few, many = (predict(shop_spans, requests=count).table for count in (20, 20_000))
    width = [float((table["high_s"] - table["low_s"])["p50"]) for table in (few, many)]
    assert width[1] < width[0]
