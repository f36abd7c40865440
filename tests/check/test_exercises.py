"""Every exercise tells right from wrong, knows its misconceptions and keeps its answer to itself.

What is tried on an exercise is in `exercise_rows`; one without any fails.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exercise_rows import ROWS

from tracing_lab.check import EXERCISES
from tracing_lab.check.exercise import TRUTH, Exercise
from tracing_lab.check.forms import Choice, Count, Name, NameList, Number
from tracing_lab.check.forms.spelling import spelled
from tracing_lab.check.judging import RIGHT, WRONG, Verdict, facts_of, judge
from tracing_lab.check.solutions import load_solutions
from tracing_lab.config import SERVICES

NAMES = [name for name, one in EXERCISES.items() if isinstance(one.form, Name)]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def facts(exercise: Exercise) -> dict[str, Any]:
    worked_out = facts_of(exercise, ROWS[exercise.id].data())
    assert not isinstance(worked_out, Verdict), worked_out
    return dict(worked_out)


def verdicts_on_wrong_answers(exercise: Exercise) -> list[Verdict]:
    known = facts(exercise)
    return [judge(exercise, answer, known) for answer, _ in ROWS[exercise.id].wrong]


@each_exercise
def test_right_answers_pass_in_every_type(exercise: Exercise) -> None:
    known = facts(exercise)
    verdicts = [judge(exercise, answer, known) for answer in ROWS[exercise.id].right]
    assert [verdict for verdict in verdicts if verdict.state != RIGHT] == []
    assert judge(exercise, known[TRUTH], known).state == RIGHT or isinstance(known[TRUTH], list)
    assert len(verdicts) >= 3


def test_the_workshop_has_exercises_enough() -> None:
    assert len(EXERCISES) >= 40


def test_every_exercise_is_tried() -> None:
    assert ROWS.keys() == EXERCISES.keys()


def one_value(value: Any) -> Iterator[Any]:
    """Yield a value in the types in which pandas, numpy and people hand in a single one."""
    yield from (value, str(value), f" {value} ", [value], (value,))
    yield from (np.array(value), np.array([value]), pd.Series([value]), pd.Index([value]))


def a_number(value: float, unit: str) -> Iterator[Any]:
    yield from one_value(value)
    yield from (np.float64(value), Decimal(str(value)), pd.DataFrame({"answer": [value]}))
    if unit in {"s", "ms"}:
        seconds = value / {"s": 1, "ms": 1000}[unit]
        duration = pd.Timedelta(seconds=seconds)
        yield from (f"{seconds} s", f"{seconds * 1000} ms", duration, pd.Series([duration]))
        yield from (duration.to_pytimedelta(), duration.to_timedelta64())


def several_names(names: list[str], *, ordered: bool) -> Iterator[Any]:
    yield from (names, tuple(names), ", ".join(names), dict.fromkeys(names).keys())
    yield from (np.array(names), pd.Series(names), pd.Index(names))
    if not ordered:
        yield from (set(names), frozenset(names), names[::-1])


def in_every_type(exercise: Exercise, truth: Any) -> Iterator[Any]:
    form = exercise.form
    if isinstance(form, Count):
        yield from (*one_value(int(truth)), float(truth), np.int64(truth))
    elif isinstance(form, Number):
        yield from a_number(float(np.mean(truth)), form.unit)
    elif isinstance(form, NameList):
        yield from several_names([*truth], ordered=form.ordered)
    elif isinstance(form, Name | Choice):
        for name in one_or_more(truth):
            yield from (*one_value(name), name.upper())


def one_or_more(truth: Any) -> list[str]:
    return truth if isinstance(truth, list) else [str(truth)]


@each_exercise
def test_the_truth_passes_in_every_reasonable_type(exercise: Exercise) -> None:
    known = facts(exercise)
    answers = in_every_type(exercise, known[TRUTH])
    assert [one for one in answers if judge(exercise, one, known).state != RIGHT] == []


@each_exercise
def test_numbers_beside_the_truth_do_not_pass(exercise: Exercise) -> None:
    known, near = facts(exercise), []
    if isinstance(exercise.form, Count):
        near = [known[TRUTH] - 1, known[TRUTH] + 1]
    elif isinstance(exercise.form, Number) and not isinstance(known[TRUTH], list):
        step = max(0.03 * abs(known[TRUTH]), 2 * exercise.form.slack)
        near = [known[TRUTH] - step, known[TRUTH] + step]
    assert [one for one in near if judge(exercise, one, known).state == RIGHT] == []


@each_exercise
def test_wrong_answers_are_recognised(exercise: Exercise) -> None:
    verdicts = verdicts_on_wrong_answers(exercise)
    assert {verdict.state for verdict in verdicts} == {WRONG}
    recognised = [verdict.mistake for verdict in verdicts]
    assert recognised == [mistake for _, mistake in ROWS[exercise.id].wrong]


EXACT = {
    "02.parent": "an id in the trace says who it is",
    "10.guilty": "the fault's own record says who it is",
}
"""Exercises whose answer is a name that nothing measured decides."""


def test_who_is_largest_is_tried_with_ties() -> None:
    tried = {name for name in NAMES if ROWS[name].tied}
    assert tried == set(NAMES) - set(EXACT)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(EXACT)))
def test_of_values_that_are_nearly_the_same_any_is_right(name: str) -> None:
    exercise = EXERCISES[name]
    for data, largest in ROWS[name].tied:
        known = facts_of(exercise, data())
        assert not isinstance(known, Verdict), known
        right = {who for who in SERVICES if judge(exercise, who, known).state == RIGHT}
        assert right == largest


@each_exercise
def test_at_least_three_misconceptions_have_hints_of_their_own(exercise: Exercise) -> None:
    tried = {mistake for _, mistake in ROWS[exercise.id].wrong}
    own = {mistake.name: mistake.hint for mistake in exercise.mistakes if mistake.name in tried}
    assert len(own) >= 3
    assert len(set(own.values())) == len(own)


@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_service_has_a_hint_in_any_spelling(name: str) -> None:
    exercise = EXERCISES[name]
    known = facts(exercise)
    right = {spelled(name).name for name in one_or_more(known[TRUTH])}
    for wrong in set(SERVICES) - right:
        spellings = (wrong, wrong.upper(), f"{wrong}_service", f"shop-dev-{wrong}-0de6b2b1")
        recognised = {judge(exercise, text, known).mistake for text in spellings}
        assert len(recognised - {""}) == 1


@each_exercise
def test_every_mistake_can_happen(exercise: Exercise) -> None:
    known = facts(exercise)
    by_value = [mistake.name for mistake in exercise.mistakes if mistake.when is None]
    assert set(by_value) <= set(known)
    assert set(known) - {TRUTH} <= {*by_value, "first"}


@each_exercise
def test_no_mistake_is_taken_for_the_truth(exercise: Exercise) -> None:
    known = facts(exercise)
    apart = [fact for name, fact in known.items() if name != TRUTH and fact != known[TRUTH]]
    taken = [fact for fact in apart if judge(exercise, fact, known).state == RIGHT]
    assert taken == []


@each_exercise
def test_no_hint_contains_the_answer(exercise: Exercise) -> None:
    pattern = answer_pattern(exercise)
    hints = [mistake.hint for mistake in exercise.mistakes] + list(exercise.hints)
    hints += [verdict.message for verdict in verdicts_on_wrong_answers(exercise)]
    assert [hint for hint in hints if pattern.search(hint)] == []


def answer_pattern(exercise: Exercise) -> re.Pattern[str]:
    """Return what would give the answer away: its digits, or any of its names."""
    truth = facts(exercise)[TRUTH]
    if isinstance(exercise.form, Number):
        has_data = bool(exercise.data_names)  # then the sample's answer is not the learner's
        return re.compile("|".join(_number_patterns(truth, words=not has_data)), re.IGNORECASE)
    values = truth.values() if isinstance(truth, dict) else truth
    names = {values} if isinstance(values, str) else set(values)
    alternatives = {re.escape(word) for name in names for word in (name, spelled(name).name)}
    return re.compile(rf"(?<![\w-])({'|'.join(alternatives)})(?![\w-])(?!\")", re.IGNORECASE)


def _number_patterns(truth: float | list[float], *, words: bool) -> list[str]:
    values = truth if isinstance(truth, list) else [truth]
    patterns = [rf"(?<![\w.,]){re.escape(f'{value:.4g}')}(?![\w%]|[.,]\d)" for value in values]
    written = ["zero", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    small = [written[int(value)] for value in values if value in range(11)] if words else []
    return patterns + [rf"\b{word}\b" for word in small if word]


@each_exercise
def test_no_hint_is_the_solution(exercise: Exercise) -> None:
    lines = load_solutions()[exercise.id].splitlines()
    values = [line.partition(" = ")[2].strip() for line in lines if " = " in line]
    assert values
    assert [hint for hint in exercise.hints if values[-1] in hint] == []


@each_exercise
def test_facts_survive_being_recorded(exercise: Exercise) -> None:
    known = facts(exercise)
    again = json.loads(json.dumps(known))
    assert again == known
    for answer in (*ROWS[exercise.id].right, *(wrong for wrong, _ in ROWS[exercise.id].wrong)):
        first = judge(exercise, answer, known)
        if first.value is not None:
            recorded = json.loads(json.dumps(first.value))
            assert judge(exercise, recorded, again) == first


@each_exercise
def test_ids_and_texts_are_in_order(exercise: Exercise) -> None:
    assert re.fullmatch(r"\d\d\.[a-z][a-z0-9_]*", exercise.id)
    texts = [mistake.hint for mistake in exercise.mistakes] + list(exercise.hints)
    assert [text for text in texts if not text.endswith((".", "?")) or len(text) > 200] == []
    assert [text for text in texts if text.count("`") % 2] == []
    assert len(set(texts)) == len(texts)


def test_amounts_are_not_compared_as_counts() -> None:
    counts = {one.id for one in EXERCISES.values() if isinstance(one.form, Count)}
    assert counts == {one.id for one in EXERCISES.values() if getattr(one.form, "within", 1) == 0}
