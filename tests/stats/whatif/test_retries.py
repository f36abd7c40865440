"""Events that failed are tried again more often, or less."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats.whatif import Retried, predict

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


def chain(spans: pd.DataFrame, change: Retried) -> list[float]:
    prediction = predict(spans, change, of="chain")
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
