"""Judging recorded answers again, for instructors.

An exercise without data is judged by facts that are computed again. The others are judged by
the facts that were recorded with the answer: they come from the learner's own traces, which are
not handed in. So a grade is a help, not a proof: a learner can write anything into a file.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from .exercise import Exercise
from .history import of_exercise, of_kind, standing
from .judging import RIGHT, WRONG, Verdict, facts_of, judge
from .results import Page
from .store import ANSWER, Entry

NO_ANSWER = "none"
RECOMPUTED, RECORDED, DIFFERS = "facts recomputed", "facts recorded", "differs from the record"

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Grade:
    """How one learner did in one exercise.

    Parameters
    ----------
    learner
        Whose answer it is.
    exercise
        The exercise's id.
    state
        ``right``, ``wrong`` or ``none``, judged again.
    attempts
        How many answers were given.
    hints
        How many hints were shown.
    looked
        Whether the solution was shown.
    answer
        The right answer that was given, else the last one.
    mistake
        What a wrong answer shows.
    recheck
        What the state rests on: ``facts recomputed``, ``facts recorded``, or
        ``differs from the record`` when the record says otherwise.
    """

    learner: str
    exercise: str
    state: str
    attempts: int
    hints: int
    looked: bool
    answer: str
    mistake: str
    recheck: str


def grade(entries: Mapping[str, Sequence[Entry]], exercises: Mapping[str, Exercise]) -> list[Grade]:
    """Return a grade per learner and exercise."""
    return [
        _grade(learner, own, exercise)
        for learner, own in sorted(entries.items())
        for exercise in exercises.values()
    ]


def _grade(learner: str, entries: Sequence[Entry], exercise: Exercise) -> Grade:
    now = standing(entries, exercise)
    outcome = _outcome(exercise, of_kind(of_exercise(entries, exercise.id), ANSWER))
    return Grade(
        learner=learner,
        exercise=exercise.id,
        attempts=now.attempts,
        hints=now.hints,
        looked=now.looked,
        **outcome,
    )


def _outcome(exercise: Exercise, answers: Sequence[Entry]) -> dict[str, Any]:
    """Return the fields of a grade that the answers decide."""
    if not answers:
        return {"state": NO_ANSWER, "answer": "", "mistake": "", "recheck": ""}
    judged = [(entry, _again(exercise, entry)) for entry in answers]
    right = [pair for pair in judged if pair[1].state == RIGHT]
    entry, verdict = (right or judged)[-1]
    return {
        "state": verdict.state,
        "answer": _shown(entry.body),
        "mistake": verdict.mistake,
        "recheck": _recheck(exercise, entry, verdict),
    }


def _again(exercise: Exercise, entry: Entry) -> Verdict:
    """Return the verdict on a recorded answer; one that could not be read stays wrong."""
    if entry.body.get("answer") is None:
        return Verdict(state=WRONG, message="", mistake=str(entry.body.get("mistake", "")))
    facts = entry.body.get("facts", {}) if exercise.data_names else facts_of(exercise, {})
    if isinstance(facts, Verdict) or not isinstance(facts, dict):
        return Verdict(state=WRONG, message="", mistake="no facts")
    return judge(exercise, entry.body["answer"], facts)


def _recheck(exercise: Exercise, entry: Entry, verdict: Verdict) -> str:
    if entry.body.get("state") != verdict.state:
        return DIFFERS
    return RECORDED if exercise.data_names else RECOMPUTED


def _shown(body: Mapping[str, Any]) -> str:
    answer = body.get("answer")
    return (f"({body.get('type', '')})" if answer is None else str(answer))[:_LONGEST]


def grade_page(grades: Sequence[Grade]) -> Page:
    """Return a table with a row per learner: exercises done per notebook, and in all."""
    notebooks = list(dict.fromkeys(_notebook(grade) for grade in grades))
    learners = list(dict.fromkeys(grade.learner for grade in grades))
    rows = [_page_row([grade for grade in grades if grade.learner == name]) for name in learners]
    headers = ("learner", *notebooks, "done", "attempts", "hints", "solutions", "differs")
    return Page(caption=f"{len(learners)} learners", headers=headers, rows=rows)


def _page_row(own: Sequence[Grade]) -> list[str]:
    notebooks = dict.fromkeys(_notebook(grade) for grade in own)
    per_notebook = [
        _done(grade for grade in own if _notebook(grade) == number) for number in notebooks
    ]
    counts = (
        sum(grade.attempts for grade in own),
        sum(grade.hints for grade in own),
        sum(grade.looked for grade in own),
        sum(grade.recheck == DIFFERS for grade in own),
    )
    return [own[0].learner, *per_notebook, _done(own), *map(str, counts)]


def _done(grades: Iterable[Grade]) -> str:
    states = [grade.state for grade in grades]
    return f"{states.count(RIGHT)}/{len(states)}"


def _notebook(grade: Grade) -> str:
    return grade.exercise.partition(".")[0]


def grades_csv(grades: Iterable[Grade]) -> str:
    """Return all grades as CSV, safe to open in a spreadsheet."""
    text = io.StringIO()
    names = [field.name for field in fields(Grade)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for grade in grades:
        writer.writerow({name: _cell(value) for name, value in asdict(grade).items()})
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    is_formula = isinstance(value, str) and value.startswith(_STARTS_FORMULA)
    return f"'{value}" if is_formula else value
