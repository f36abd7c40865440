"""Each form reads answers of all reasonable types and recognises the slips of its kind."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab.check.forms import (
    Choice,
    Count,
    Form,
    Instrumented,
    Name,
    NameList,
    Number,
    Pairs,
)
from tracing_lab.check.forms.spelling import spelled

SECONDS, COUNT, NAME, NAMES, KEYS = Number("s"), Count(), Name(), NameList(), NameList(keys=True)
FULL = "shop-dev-payment-0de6b2b1"


def slip_of(form: Form, answer: Any, truth: Any) -> str | None:
    """Return the slip that is recognised when the answer is read, or compared."""
    reading = form.read(answer)
    slip = reading.slip or form.slip(reading.value, truth)
    return slip.name if slip else None


def test_an_hour_is_so_many_minutes() -> None:
    assert Number("minutes").read("1 h").value == 60


@pytest.mark.parametrize(
    "answer",
    [
        0.4,
        np.float32(0.4),
        Decimal("0.4"),
        Fraction(2, 5),
        "0.4",
        " 0,4 s",
        "400 ms",
        "400000µs",
        "4e-1",
        "40 %",
        "0.00666666666666667 minutes",
        pd.Timedelta(milliseconds=400),
        np.timedelta64(400, "ms"),
        pd.Series([0.4]),
        pd.Series([pd.Timedelta(seconds=0.4)]),
        pd.Index([0.4]),
        pd.DataFrame({"p95_s": [0.4]}),
        np.array([[0.4]]),
        np.array(0.4),
        [0.4],
        {0.4},
    ],
)
def test_a_duration_is_read_in_any_type(answer: Any) -> None:
    assert SECONDS.distance(SECONDS.read(answer).value, 0.4) is not None


@pytest.mark.parametrize(
    "text, number", [("1,000", 1000), ("1,234,567.5", 1234567.5), ("1,5", 1.5)]
)
def test_commas_separate_thousands_or_decimals(text: str, number: float) -> None:
    assert Number().read(text).value == number


@pytest.mark.parametrize("answer", ["", "abc", "0.4.5", "1 2", "--3", "0x10", "e5", "1" * 400])
def test_text_that_is_no_number_is_no_number(answer: str) -> None:
    assert Number().read(answer).value is None


@pytest.mark.parametrize(
    "answer, slip",
    [
        (400, "unit"),
        (400_000, "unit"),
        (0.0004, "unit"),
        (40, "percent"),
        (0.004, "percent"),
        (-0.4, "sign"),
        (2.5, "inverse"),
        (0.0, "rounded"),
        (0.5, None),
        (float("nan"), "nan"),
        (pd.NA, "nan"),
        (pd.NaT, "nan"),
        (float("inf"), "huge"),
        (10**400, "huge"),
        (True, "bool"),
        (np.True_, "bool"),
        ("forty", "text"),
        (pd.DataFrame({"a": [1, 2]}), "table"),
        (pd.Series([1, 2]), "column"),
        (pd.Series([True, False]), "mask"),
        (np.array([True, False]), "mask"),
        (("1-0-1", "a1"), "label"),
        ([1, 2], "collection"),
        ({"a": 1, "b": 2}, "collection"),
        (len, "function"),
        (ValueError("x"), "error"),
        (iter([1]), "iterator"),
        (1j, "kind"),
        (b"1", "kind"),
        (object(), "kind"),
    ],
)
def test_slips_of_numbers_are_recognised(answer: Any, slip: str | None) -> None:
    assert slip_of(SECONDS, answer, 0.41) == slip or slip_of(SECONDS, answer, 0.4) == slip


@pytest.mark.parametrize("answer", [0.3981, 0.4, 0.4019])
def test_three_digits_are_enough(answer: float) -> None:
    assert SECONDS.distance(answer, 0.4) is not None


@pytest.mark.parametrize("answer", [0.39, 0.41, 0.0, 400.0])
def test_more_is_too_much(answer: float) -> None:
    assert SECONDS.distance(answer, 0.4) is None


def test_a_range_is_right_from_end_to_end() -> None:
    near = [SECONDS.distance(value, [0.4, 0.5]) for value in (0.4, 0.45, 0.5)]
    assert near == [0, 0, 0]
    assert SECONDS.distance(0.52, [0.4, 0.5]) is None


@pytest.mark.parametrize("truth", [1, 5, 1_800_000_000])
def test_counts_are_exact_at_any_size(truth: int) -> None:
    assert COUNT.distance(float(truth), truth) == 0
    assert COUNT.distance(float(truth + 1), truth) is None
    assert slip_of(COUNT, truth + 1, truth) == "off_by_one"
    assert slip_of(COUNT, truth + 0.5, truth) == "fraction"


@pytest.mark.parametrize("answer", ["a", ["a", "b"], {"a"}, pd.DataFrame({"a": [1, 2]})])
def test_the_things_themselves_are_no_count(answer: Any) -> None:
    assert slip_of(COUNT, answer, 2) in {"text", "collection", "table"}


@pytest.mark.parametrize(
    "text, name",
    [
        ("payment", "payment"),
        (" Payment ", "payment"),
        ("'payment'", "payment"),
        ("payments", "payment"),
        ("payment-service", "payment"),
        ("payment_service", "payment"),
        ("Payment Service", "payment"),
        ("payment function", "payment"),
        (FULL, "payment"),
        ("order-shop-dev-payment-0de6b2b1", "payment"),
        (f"{FULL} [AWS::Lambda::Function]", "payment"),
        ("shop-dev-api-0de6b2b1/prod", "api"),
        ("API Gateway", "api"),
        ("Events", "events"),
        ("AWS::Events", "events"),
        ("event bus", "events"),
        ("EventBridge", "events"),
        ("shop-dev-payment-role-0de6b2b1", "shop-dev-payment-role-0de6b2b1"),
        ("DynamoDB", "dynamodb"),
        ("", ""),
    ],
)
def test_all_spellings_of_a_name_are_one(text: str, name: str) -> None:
    assert spelled(text).name == name


@pytest.mark.parametrize("answer", [("payment", "AWS::Lambda"), pd.Series([FULL]), np.str_(FULL)])
def test_a_name_may_be_a_label_or_stand_alone_in_a_column(answer: Any) -> None:
    assert NAME.distance(NAME.read(answer).value, FULL) == 0


@pytest.mark.parametrize(
    "answer, slip",
    [
        ("paymnet", "spelling"),
        ("order", None),
        (3, "size"),
        (("1-0-1", "a1"), "label"),
        (["order", "payment"], "collection"),
        (pd.Series(["order", "payment"]), "column"),
    ],
)
def test_slips_of_names_are_recognised(answer: Any, slip: str | None) -> None:
    assert slip_of(NAME, answer, FULL) == slip


@pytest.mark.parametrize(
    "answer",
    [
        {"order", "payment"},
        ["payment", "order", "order"],
        ("payment", "order"),
        frozenset({"payment", "order"}),
        "order, payment",
        {"order": 1, "payment": 2},
        {"order": 1, "payment": 2}.keys(),
        pd.Index(["order", "payment"]),
        pd.Series(["order", "payment"]),
        pd.Series([3, 4], index=["order", FULL]),
        np.array(["order", "payment"]),
        Counter(["order", "payment"]),
    ],
)
def test_names_are_read_from_any_collection(answer: Any) -> None:
    assert NAMES.distance(NAMES.read(answer).value, ["order", FULL]) == 0


@pytest.mark.parametrize(
    "answer, slip",
    [
        (["order", "paymnet"], "spelling"),
        (2, "size"),
        ([1, 2], "kind"),
        (pd.Series([True, False]), "mask"),
        (pd.DataFrame({"service": ["order"]}), "table"),
        (iter(["order"]), "iterator"),
        (set, "function"),
        (["order"], None),
    ],
)
def test_slips_of_collections_are_recognised(answer: Any, slip: str | None) -> None:
    assert slip_of(NAMES, answer, ["order", "payment"]) == slip


def test_keys_need_their_types() -> None:
    truth = [f"{FULL} [AWS::Lambda]"]
    assert KEYS.distance(["payment [aws::lambda]"], truth) == 0
    assert KEYS.distance(["payment [AWS::Lambda::Function]"], truth) is None
    assert slip_of(KEYS, ["payment"], truth) == "type"


def test_order_counts_where_it_is_asked_for() -> None:
    ordered = NameList(ordered=True)
    assert ordered.distance(["order", "payment"], ["order", FULL]) == 0
    assert ordered.distance(["payment", "order"], ["order", FULL]) is None
    assert slip_of(ordered, ["payment", "order"], ["order", FULL]) == "order"


@pytest.mark.parametrize(
    "answer, sentence",
    [
        (["order", "api", "client"], "1 name is missing and 2 do not belong."),
        (["order"], "1 name is missing."),
        (["order", "payment", "api"], "1 does not belong."),
        ([], "2 names are missing."),
    ],
)
def test_names_that_differ_are_counted(answer: list[str], sentence: str) -> None:
    assert NAMES.miss(answer, ["order", "payment"]) == sentence


def test_a_choice_takes_its_options_only() -> None:
    form = Choice(("a", "b", "3"))
    assert [form.read(answer).value for answer in ("A", " b. ", "(b)", 3, ["a"])] == [*"abb3a"]
    assert slip_of(form, "d", "a") == "option"
    assert slip_of(form, None, "a") == "kind"
    assert form.distance("a", "a") == 0
    assert form.distance("b", "a") is None
    assert form.miss("b", "a") == "'b' is not it."


def test_pairs_may_stand_in_any_order_and_case() -> None:
    form = Pairs(("Root", "Parent"), prefix="X-Amzn-Trace-Id")
    value = form.read("x-amzn-trace-id: parent=2 ;ROOT=1;Lineage=5").value
    assert value == {"Root": "1", "Parent": "2"}
    assert form.distance(value, {"Root": "1", "Parent": "2"}) == 0
    assert form.miss(value, {"Root": "1", "Parent": "3"}) == "Have another look at Parent."
    assert slip_of(form, "Root=1", {"Root": "1", "Parent": "2"}) == "missing"
    assert slip_of(form, "abc", {"Root": "1", "Parent": "2"}) == "shape"
    assert slip_of(form, 3, {"Root": "1", "Parent": "2"}) == "kind"


def run_of(*names: str, kg: int | None = 3, duration_s: float = 0.1) -> pd.DataFrame:
    """Return the spans of a run with these subsegments."""
    notes = {} if kg is None else {"kg": kg}
    parts = [{"name": name, "kind": "subsegment", "annotations": notes} for name in names]
    return pd.DataFrame(parts).assign(duration_s=duration_s, fault=False, error=False)


@pytest.mark.parametrize(
    "spans, shown",
    [
        (
            run_of("ssm", "pack"),
            ["has_annotation", "has_call", "has_step", "has_value", "takes_time"],
        ),
        (run_of("pack", kg=4), ["has_annotation", "has_step", "takes_time"]),
        (run_of("Invocation", "pack", kg=None), ["has_step", "takes_time"]),
        (run_of("pack", duration_s=0.0), ["has_annotation", "has_step", "has_value"]),
        (run_of("packing", "Overhead"), ["has_other_step"]),
        (run_of("Invocation").assign(error=True), ["has_fault"]),
    ],
)
def test_a_run_is_read_as_what_it_shows(spans: pd.DataFrame, shown: list[str]) -> None:
    form = Instrumented(step="pack", annotation="kg", value=3, takes_s=0.05, call="ssm")
    assert form.read(spans).value == shown
    assert form.read(shown).value == shown


@pytest.mark.parametrize("answer", ["pack", 3, {"pack": 1}, pd.DataFrame({"name": ["pack"]})])
def test_what_is_no_frame_is_no_run(answer: Any) -> None:
    form = Instrumented(step="pack", annotation="kg", value=3, takes_s=0.05, call="ssm")
    slip = form.read(answer).slip
    assert slip is not None
    assert slip.name == "frame"
