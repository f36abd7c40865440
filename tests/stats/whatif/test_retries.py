"""Events that failed are tried again more often, or less."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats.whatif import Change, Delayed, Replaced, Retried, Scaled, predict

Make = Callable[..., dict[str, Any]]

LAMBDA, FUNCTION = {"origin": "AWS::Lambda"}, {"origin": "AWS::Lambda::Function"}


def attempts(*each: tuple[float, float, bool]) -> dict[str, Any]:
    """Return the members of Lambda's segment with attempts from and to, which failed or not."""
    subsegments = [
        {
            "id": f"attempt-{number}",
            "name": f"Attempt #{number}",
            "start_time": 1795435200.0 + start,
            "end_time": 1795435200.0 + end,
            **({"fault": True} if failed else {}),
        }
        for number, (start, end, failed) in enumerate(each, start=1)
    ]
    return {**LAMBDA, "name": "pay", "subsegments": subsegments}


def traces(make_trace: Make, *kinds: tuple[int, Any]) -> pd.DataFrame:
    """Return traces of a request from 0 to 1, whose event is processed as stated."""
    made: list[dict[str, Any]] = []
    for count, each in kinds:
        for _ in range(count):
            functions = [
                (f"function-{number}", "event", start, end, {**FUNCTION, "name": "pay"})
                for number, (start, end, _failed) in enumerate(each)
            ]
            rows = [("shop", None, 0, 1), ("event", "shop", 2, 2, attempts(*each)), *functions]
            made.append(make_trace(*rows, trace_id=f"1-{len(made):08x}-1"))
    return spans_from_traces(made)


OK = [(2, 3, False)]
GIVEN_UP = [(2, 3, True), (13, 14, True), (34, 36, True)]
MENDED = [(2, 3, True), (13, 15, False)]


def chain(spans: pd.DataFrame, *changes: Change) -> list[float]:
    prediction = predict(spans, *changes, of="chain")
    return [float(value) for value in np.unique(prediction.predicted_s.round(6))]


def test_fewer_attempts_end_earlier(make_trace: Make) -> None:
    spans = traces(make_trace, (15, OK), (5, GIVEN_UP))
    assert chain(spans, Retried("pay", attempts=3)) == [3, 36]
    assert chain(spans, Retried("pay", attempts=2)) == [3, 14]
    assert chain(spans, Retried("pay", attempts=1)) == [3]


def test_waits_are_replaced(make_trace: Make) -> None:
    spans = traces(make_trace, (15, OK), (5, GIVEN_UP))
    # 3, then after one second 4 to 5, then after two 7 to 9
    assert chain(spans, Retried("pay", attempts=3, waits_s=(1, 2))) == [3, 9]


def test_what_was_given_up_is_tried_again(make_trace: Make) -> None:
    spans = traces(make_trace, (15, OK), (5, [(2, 3, True)]))
    # after ten seconds one more of a second, which fails or succeeds alike
    assert chain(spans, Retried("pay", attempts=2, waits_s=(10,), success=1)) == [3, 14]
    assert chain(spans, Retried("pay", attempts=3, waits_s=(10,), success=0)) == [3, 25]
    # by default after Lambda's own waits
    assert chain(spans, Retried("pay", attempts=3, success=0)) == [3, 185]


def test_traces_say_how_many_further_attempts_succeed(make_trace: Make) -> None:
    spans = traces(make_trace, (15, OK), (5, MENDED), (5, [(2, 3, True)]))
    # of those that were tried again all succeeded, after ten seconds, in two seconds or one
    assert chain(spans, Retried("pay", attempts=2)) == [3, 14, 15]


def test_what_traces_do_not_say_has_to_be_stated(make_trace: Make) -> None:
    spans = traces(make_trace, (15, OK), (5, [(2, 3, True)]))
    with pytest.raises(TraceDataError, match="state their share with success="):
        predict(spans, Retried("pay", attempts=2), of="chain")
    failing = traces(make_trace, (20, [(2, 3, True)]))
    with pytest.raises(TraceDataError, match="use success=0"):
        predict(failing, Retried("pay", attempts=2, success=0.5), of="chain")


def test_a_service_without_events_has_no_retries(make_trace: Make) -> None:
    with pytest.raises(TraceDataError, match="show no attempts of 'shop'"):
        predict(traces(make_trace, (20, OK)), Retried("shop", attempts=1), of="chain")


# --- together with other changes ---

GIVEN_UP_ONCE = [(2, 3, True)]
TO_3_S = (
    Scaled("pay", 3),
    Delayed("pay", 2000),
    Replaced("pay", {"distribution": "uniform", "low_ms": 3000, "high_ms": 3000}),
)
"""Changes after which one second of work takes three."""


def in_any_order(*changes: Change) -> Iterator[tuple[Change, ...]]:
    return itertools.permutations(changes)


@pytest.mark.parametrize("change", TO_3_S, ids=lambda change: type(change).__name__)
def test_added_attempts_take_as_long_as_other_changes_make_them(
    make_trace: Make, change: Change
) -> None:
    spans = traces(make_trace, (20, GIVEN_UP_ONCE))
    again = Retried("pay", attempts=2, waits_s=(10,), success=0)
    # 2 to 5, and after ten seconds 15 to 18, in whichever order the changes are stated
    for changes in in_any_order(change, again):
        assert chain(spans, *changes) == [18]


@pytest.mark.parametrize("success", [0, 1])
def test_added_attempts_that_succeed_are_changed_as_those_that_fail(
    make_trace: Make, success: float
) -> None:
    spans = traces(make_trace, (15, OK), (5, GIVEN_UP_ONCE))
    again = Retried("pay", attempts=2, waits_s=(10,), success=success)
    for changes in in_any_order(Scaled("pay", 3), again):
        assert chain(spans, *changes) == [5, 18]


def test_recorded_attempts_and_their_waits_are_changed_alike(make_trace: Make) -> None:
    spans = traces(make_trace, (15, OK), (5, GIVEN_UP))
    # 2 to 4, 5 to 7, 9 to 13
    again = Retried("pay", attempts=3, waits_s=(1, 2))
    for changes in in_any_order(Scaled("pay", 2), again):
        assert chain(spans, *changes) == [4, 13]


def test_of_several_policies_of_a_service_the_last_counts(make_trace: Make) -> None:
    spans = traces(make_trace, (15, OK), (5, GIVEN_UP))
    once, thrice = Retried("pay", attempts=1), Retried("pay", attempts=3, waits_s=(1, 2))
    assert chain(spans, once, thrice) == chain(spans, thrice)
    assert chain(spans, thrice, once) == chain(spans, once)
    # AND it keeps what it does not state itself
    assert chain(spans, thrice, Retried("pay", attempts=2)) == [3, 5]


def nested(make_trace: Make) -> pd.DataFrame:
    """Return traces in which `pay` fails with an event, and its second attempt begins another."""
    outer = attempts((2, 3, True), (13, 14, True))
    inner = {**attempts((2.5, 3, True)), "name": "mail"}
    inner["subsegments"][0]["id"] = "attempt-of-mail"
    rows = (
        ("shop", None, 0, 1),
        ("event", "shop", 2, 2, outer),
        ("pay-1", "event", 2, 3, {**FUNCTION, "name": "pay"}),
        ("pay-2", "event", 13, 14, {**FUNCTION, "name": "pay"}),
        ("letter", "pay-2", 13.5, 13.5, shifted(inner, 11)),
        ("mail-1", "letter", 13.5, 14, {**FUNCTION, "name": "mail"}),
    )
    return spans_from_traces(make_trace(*rows, trace_id=f"1-{n:08x}-1") for n in range(20))


def shifted(members: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the members of Lambda's segment with its attempts later."""
    moved = [
        {**each, **{name: each[name] + seconds for name in ("start_time", "end_time")}}
        for each in members["subsegments"]
    ]
    return {**members, "subsegments": moved}


def test_policies_of_services_that_start_each_other_come_to_the_same_in_any_order(
    make_trace: Make,
) -> None:
    spans = nested(make_trace)
    letters = Retried("mail", attempts=2, waits_s=(100,), success=0)
    # WHEN only letters are tried again, one is, from 114 to 114.5
    assert chain(spans, letters) == [114.5]
    # AND a payment that is not tried again sends none
    for changes in in_any_order(letters, Retried("pay", attempts=1)):
        assert chain(spans, *changes) == [3]
    # AND each further payment takes as long as one of those with all that it starts
    more = Retried("pay", attempts=3, waits_s=(10,), success=0)
    for changes in in_any_order(letters, more):
        assert chain(spans, *changes) == [114.5, 125.5]
