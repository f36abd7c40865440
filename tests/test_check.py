"""Each self-check tells right from wrong, on a trace small enough to work out by hand."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab._checks.compare import items, number, text
from tracing_lab.check import CHECKS, STRICT_VARIABLE, check
from tracing_lab.errors import TracingLabError
from tracing_lab.spans import spans_from_traces

TRACE_ID = "1-00000064-000000000000000000000001"
ORDER, PAYMENT = "shop-dev-order-1", "shop-dev-payment-1"
LAMBDA, FUNCTION = "AWS::Lambda", "AWS::Lambda::Function"


def span(span_id: str, name: str, start: float, end: float, **rest: Any) -> dict[str, Any]:
    return {"id": span_id, "name": name, "start_time": start, "end_time": end, **rest}


def order_function(seconds: float) -> dict[str, Any]:
    call = span("a5", "events", 100.1, 100.2, namespace="aws")
    run = span("a4", "Invocation", 100.1, 100.1 + seconds, subsegments=[call])
    init = span("a6", "Initialization", 100.0, 100.1)
    end = 100.1 + seconds
    parts = {"origin": FUNCTION, "parent_id": "a2", "subsegments": [run, init]}
    return span("a3", ORDER, 100.1, end, **parts)


def trace_with(*, order_s: float = 0.3, payment_s: float = 0.5) -> dict[str, Any]:
    """Make a trace: API 100.0-100.4, order, Events (inferred), payment from 100.2 on."""
    served = {"response": {"status": 201}}
    end = 100.2 + payment_s
    documents = [
        span("a1", "shop/prod", 100.0, 100.4, origin="AWS::ApiGateway::Stage", http=served),
        span("a2", ORDER, 100.0, 100.4, origin=LAMBDA, parent_id="a1"),
        order_function(order_s),
        span("b1", "Events", 100.1, 100.2, origin="AWS::Events", parent_id="a5", inferred=True),
        span("c1", PAYMENT, 100.2, 100.21, origin=LAMBDA, parent_id="b1"),
        span("c2", PAYMENT, 100.2, end, origin=FUNCTION, parent_id="c1"),
    ]
    return {"Id": TRACE_ID, "Segments": [{"Id": d["id"], "Document": d} for d in documents]}


TRACE = trace_with()
SPANS = spans_from_traces([TRACE])
SLOWER = spans_from_traces([trace_with(payment_s=0.9)])
LOG = pd.DataFrame({"trace_id": [TRACE_ID], "latency_s": [0.402]})
WAITS = {"open_loop": np.array([0.01, 1.0, 0.5, 0.05]), "closed_loop": np.array([0.01, 1.0])}
HEADER = f"Root={TRACE_ID};Parent=a5;Sampled=1"

# check id, context, right answers, wrong answers
CASES: list[tuple[str, Mapping[str, Any], list[Any], list[Any]]] = [
    ("00.status", {"spans": SPANS}, [201, np.int64(201)], [200, 404, "201"]),
    ("00.segments", {"spans": SPANS}, [5], [6, 9, 4, {5}]),
    ("01.updates", {}, [5], [4, 6, "five"]),
    (
        "01.publishers",
        {},
        [{"order", "payment", "inventory"}, ["payment", "inventory", "order"]],
        [{"order"}, {"order", "payment", "inventory", "notification"}, "order", 3, [{}]],
    ),
    ("02.started", {"trace": TRACE}, [100, 100.0], [64, "100", float("nan")]),
    ("02.parent", {"trace": TRACE}, ["Events", " Events"], [ORDER, PAYMENT, 7]),
    (
        "02.header",
        {"trace": TRACE},
        [HEADER, f"Sampled=1; Parent=a5; Root={TRACE_ID}"],
        [HEADER.replace("a5", "a3"), HEADER.replace("=1", "=0"), "Root", TRACE_ID, 5],
    ),
    ("04.rate", {"schedule": [0.0, 0.1, 0.2, 0.3]}, [10, 9.9], [13.3, 7.5, None, "10"]),
    ("04.outside", {"log": LOG, "spans": SPANS}, [2.0, 1.95], [0.002, 402, 0]),
    ("04.hidden", WAITS, [1, 1.0], [0, 2, -1]),
    ("07.p95", {"spans": SPANS}, [0.4], [0.5, 400, 0.3, "0.4"]),
    ("07.busiest", {"spans": SPANS}, [PAYMENT], [ORDER, "payment", 0.5]),
    ("07.cold_starts", {"spans": SPANS}, [1], [0, 2, True]),
    ("07.culprit", {"before": SPANS, "after": SLOWER}, [PAYMENT], [ORDER, "Events", ...]),
    ("09.inferred", {"spans": SPANS}, [{"Events"}, ["Events"]], [{"events"}, {ORDER}, set()]),
    (
        "09.consumers",
        {"spans": SPANS},
        [[f"{PAYMENT} [AWS::Lambda]"]],
        [[PAYMENT], [f"{ORDER} [AWS::Lambda]"], f"{PAYMENT} [AWS::Lambda]"],
    ),
    ("09.last", {"spans": SPANS, "trace_id": TRACE_ID}, [PAYMENT], [ORDER, "Events"]),
    ("15.left", {}, [0], [1, "0"]),
    ("15.bill", {}, [15.052, 15.05], [2.74, 15.55, 64.3, "15.05"]),
]


def test_every_check_is_covered_here() -> None:
    assert {check_id for check_id, *_ in CASES} == set(CHECKS)


@pytest.mark.parametrize("check_id, context, right, _wrong", CASES)
def test_right_answers_pass(
    check_id: str, context: Mapping[str, Any], right: list[Any], _wrong: list[Any]
) -> None:
    results = [check(check_id, answer, **context) for answer in right]
    assert all(result.ok for result in results), results


@pytest.mark.parametrize("check_id, context, _right, wrong", CASES)
def test_wrong_answers_fail_without_an_error(
    check_id: str, context: Mapping[str, Any], _right: list[Any], wrong: list[Any]
) -> None:
    results = [check(check_id, answer, strict=False, **context) for answer in wrong]
    assert not any(result.ok for result in results), results


@pytest.mark.parametrize("check_id, context, right, wrong", CASES)
def test_hints_do_not_give_the_answer_away(
    check_id: str, context: Mapping[str, Any], right: list[Any], wrong: list[Any]
) -> None:
    answers = [str(answer) for answer in right if isinstance(answer, str)]
    hints = [check(check_id, answer, strict=False, **context).message for answer in wrong]
    spoilt = [hint for hint in hints for answer in answers if f"'{answer}'" in hint]
    assert not spoilt


@pytest.mark.parametrize("blank", [None, ...])
def test_a_blank_is_not_answered_yet(blank: object) -> None:
    result = check("15.left", blank, strict=False)
    assert not result.ok
    assert not result.answered
    assert result.message.startswith("Not answered yet")


@pytest.mark.parametrize("answer", [[1, 2], pd.Series([1]), object(), b"x", float("inf"), {}])
@pytest.mark.parametrize("check_id, context, _right, _wrong", CASES)
def test_nonsense_is_a_wrong_answer(
    check_id: str,
    context: Mapping[str, Any],
    _right: list[Any],
    _wrong: list[Any],
    answer: object,
) -> None:
    assert not check(check_id, answer, strict=False, **context).ok


def test_an_unknown_check_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(TracingLabError, match=r"Did you mean '07\.p95'"):
        check("07.p59", 1)


def test_an_id_like_no_other_lists_them_all() -> None:
    with pytest.raises(TracingLabError, match=r"There are: 00\.status"):
        check("???", 1)


@pytest.mark.parametrize("context", [{}, {"frame": SPANS}, {"spans": SPANS, "log": LOG}])
def test_the_wrong_data_is_an_error_that_shows_the_call(context: dict[str, Any]) -> None:
    with pytest.raises(TracingLabError, match=r"check\('07\.p95', answer, spans=spans\)"):
        check("07.p95", 1.0, **context)


@pytest.mark.parametrize("answer", [3, None])
def test_strict_mode_raises_unless_the_answer_is_right(answer: object) -> None:
    with pytest.raises(AssertionError, match=r"15\.left"):
        check("15.left", answer, strict=True)
    assert check("15.left", 0, strict=True)


def test_the_environment_makes_checks_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STRICT_VARIABLE, "1")
    with pytest.raises(AssertionError):
        check("15.left", 3)
    monkeypatch.setenv(STRICT_VARIABLE, "")
    assert not check("15.left", 3)


def test_results_render_with_their_state() -> None:
    right, wrong = check("15.left", 0), check("15.left", 3, strict=False)
    blank = check("15.left", ..., strict=False)
    marks = [str(result)[0] for result in (right, wrong, blank)]
    assert marks == ["✅", "❌", "✏"]
    assert "<b>15.left</b> Right." in right._repr_html_()


def test_what_learners_write_is_escaped_in_html() -> None:
    result = check("02.parent", "<script>", strict=False, trace=TRACE)
    assert "<script>" not in result._repr_html_()


def test_comparisons_say_what_kind_of_answer_they_want() -> None:
    assert "one number" in str(number("3", 3, hint=""))
    assert "a string" in str(text(3, "3", hint=""))
    assert "a set" in str(items(3, {3}, hint=""))


def test_numbers_within_the_tolerance_are_right() -> None:
    assert number(2.05, 2.0, within=0.05, hint="") is None
    assert number(2.06, 2.0, within=0.05, hint="Look.") == "2.06 is too high. Look."
    assert number(1.94, 2.0, within=0.05, hint="Look.") == "1.94 is too low. Look."
