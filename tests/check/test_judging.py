"""A judgement is a verdict, whatever the answer and the data are."""

from collections.abc import Iterator
from typing import Any, NoReturn

import hypothesis.extra.numpy as npst
import numpy as np
import pandas as pd
import pytest
from exercise_rows import ROWS
from hypothesis import given, strategies as st

from tracing_lab.check import EXERCISES
from tracing_lab.check.exercise import Exercise, Mistake
from tracing_lab.check.forms import Number
from tracing_lab.check.judging import (
    BLANK,
    RIGHT,
    UNCHECKED,
    WRONG,
    Verdict,
    facts_of,
    judge,
    plain,
)


def exercise_with(**facts: Any) -> Exercise:
    mistakes = tuple(Mistake(name, f"{name}!") for name in facts if name != "truth")
    return Exercise(
        id="99.test",
        form=Number("s"),
        facts=lambda: facts,
        mistakes=mistakes,
        hints=("a.", "b.", "c."),
    )


def judged(answer: Any, **facts: Any) -> tuple[str, str]:
    verdict = judge(exercise_with(**facts), answer, facts)
    return verdict.state, verdict.mistake


class Hostile:
    """A value all of whose methods raise."""

    def fail(self, *_: object) -> NoReturn:
        msg = "hostile"
        raise RuntimeError(msg)

    __eq__ = __len__ = __iter__ = __repr__ = __str__ = fail
    __float__ = __bool__ = __hash__ = __getattr__ = __contains__ = fail


class HostileList(list[Any]):
    """A list that cannot be looked at."""

    def __iter__(self) -> Iterator[Any]:
        raise KeyError

    def __len__(self) -> int:
        raise ValueError


class Endless(list[Any]):
    """A list that never ends."""

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield "order"

    def __len__(self) -> int:
        return 10**12


HOSTILE = [Hostile(), HostileList(), [Hostile()], {"a": Hostile()}, Endless(), Hostile]
ANSWERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.decimals(),
    st.fractions(),
    st.text(),
    st.binary(),
    st.dates(),
    st.timedeltas(),
    st.uuids(),
    st.lists(st.text() | st.integers() | st.none()),
    st.dictionaries(st.text(), st.integers()),
    st.tuples(st.text(), st.text()),
    st.sets(st.text()),
    npst.arrays(npst.scalar_dtypes(), npst.array_shapes(max_dims=2, max_side=3)),
    st.lists(st.floats() | st.text() | st.none(), max_size=3).map(
        lambda x: pd.Series(x, dtype=object)
    ),
    st.sampled_from([pd.NA, pd.NaT, np.nan, ..., int, len, ValueError("x"), range(3)]),
)
FACTS = {name: facts_of(one, ROWS[name].data()) for name, one in EXERCISES.items()}


@given(answer=ANSWERS)
def test_any_object_gets_a_verdict_from_every_exercise(answer: object) -> None:
    for name, exercise in EXERCISES.items():
        facts = FACTS[name]
        assert not isinstance(facts, Verdict)
        assert judge(exercise, answer, facts).state in {RIGHT, WRONG, BLANK}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
@pytest.mark.parametrize("answer", HOSTILE, ids=lambda answer: type(answer).__name__)
def test_hostile_objects_are_wrong_answers(exercise: Exercise, answer: object) -> None:
    facts = FACTS[exercise.id]
    assert not isinstance(facts, Verdict)
    assert judge(exercise, answer, facts).state == WRONG


@pytest.mark.parametrize("blank", [None, ..., "...", "", " … ", [...], {...}, (None,)])
def test_placeholders_are_blanks(blank: object) -> None:
    assert judged(blank, truth=1.0)[0] == BLANK


def test_a_mistake_that_is_nearer_than_the_truth_wins() -> None:
    facts = {"truth": 1.0, "trap": 1.004}
    assert judged(1.0, **facts) == (RIGHT, "")
    assert judged(1.001, **facts) == (RIGHT, "")
    assert judged(1.004, **facts) == (WRONG, "trap")
    assert judged(1.003, **facts) == (WRONG, "trap")


def test_a_mistake_that_leads_to_the_truth_is_none() -> None:
    assert judged(1.0, truth=1.0, trap=1.0) == (RIGHT, "")


def test_a_mistake_that_cannot_be_worked_out_is_left_out() -> None:
    assert judged(2.0, truth=1.0, trap=None) == (WRONG, "")


def test_own_mistakes_go_before_common_slips() -> None:
    assert judged(1000, truth=1.0) == (WRONG, "unit")
    assert judged(1000, truth=1.0, trap=1000) == (WRONG, "trap")


@pytest.mark.parametrize(
    "facts",
    [lambda: dict[str, Any]()["spans"], lambda: {"truth": float("nan")}, lambda: {"truth": None}],
)
def test_unusable_data_are_no_error_and_no_wrong_answer(facts: Any) -> None:
    exercise = Exercise(**{**vars(exercise_with(truth=1)), "facts": facts})
    verdict = facts_of(exercise, {})
    assert isinstance(verdict, Verdict)
    assert verdict.state == UNCHECKED
    assert "from the top" in verdict.message


def test_facts_are_plain() -> None:
    many = {"a": np.float64(1.5), "b": {"y", "x"}, "c": (np.int64(1), pd.NA), "d": float("inf")}
    assert plain(many) == {"a": 1.5, "b": ["x", "y"], "c": [1, None], "d": None}
