"""The exercises together with what one learner has done."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from . import predictions
from .exercise import Exercise
from .history import Standing, is_repeated, of_exercise, standing
from .judging import BLANK, UNCHECKED, WRONG, Verdict, facts_of, judge
from .registry import find, refuse_wrong_data
from .results import CheckResult, Note, Page
from .store import ANSWER, HINT, MEASUREMENT, PREDICTION, SOLUTION, Entry, Store
from .summary import progress_page

_N = TypeVar("_N", bound=Note)

_LATE = "(predicted again after a measurement)"
_STUCK = ' Stuck? `tl.check.hint("{id}")`.'


class Workbook:
    """Exercises, predictions and their results for one learner.

    Parameters
    ----------
    exercises
        By id.
    store
        Where the learner's entries are kept.
    solutions
        Returns the code of each exercise's solution by id.

    Examples
    --------
    >>> from tracing_lab.check import EXERCISES
    >>> from tracing_lab.check.store import MemoryStore
    >>> book = Workbook(EXERCISES, MemoryStore(), lambda: {"15.left": "left = 0"})
    >>> book.check("15.left", 0, {})
    ✅ 15.left: Right. Well done.
    >>> book.solve("15.left").code
    'left = 0'
    """

    def __init__(
        self,
        exercises: Mapping[str, Exercise],
        store: Store,
        solutions: Callable[[], Mapping[str, str]],
    ) -> None:
        self._exercises = exercises
        self._store = store
        self._solutions = solutions

    def check(self, exercise_id: str, answer: Any, data: Mapping[str, Any]) -> CheckResult:
        """Return the verdict on an answer, and keep both."""
        exercise = find(exercise_id, self._exercises)
        refuse_wrong_data(exercise, data)
        facts = facts_of(exercise, data)
        if isinstance(facts, Verdict):
            return _result(exercise, facts, {})
        verdict = judge(exercise, answer, facts)
        body = _body(verdict, answer, facts)
        if verdict.state != BLANK:
            self._add(ANSWER, exercise.id, body)
        return self._with_problem(_result(exercise, verdict, body))

    def hint(self, exercise_id: str, step: int | None = None) -> Note:
        """Return the next hint, or the one of a given number."""
        exercise = find(exercise_id, self._exercises)
        last = len(exercise.hints)
        number = (self._standing(exercise).hints + 1) if step is None else step
        number = min(max(number, 1), last)
        self._add(HINT, exercise.id, {"step": number})
        more = f' Then there is `tl.check.solve("{exercise.id}")`.' if number == last else ""
        title = f"{exercise.id}, hint {number} of {last}"
        note = Note(state="hint", title=title, message=exercise.hints[number - 1] + more)
        return self._with_problem(note)

    def solve(self, exercise_id: str, *, force: bool = False) -> Note:
        """Return the solution's code after an attempt or all hints, or when forced."""
        exercise = find(exercise_id, self._exercises)
        now = self._standing(exercise)
        if not (force or now.attempts or now.hints >= len(exercise.hints)):
            message = (
                "Try first: any answer opens the solution, and so do all hints "
                f'(`tl.check.hint("{exercise.id}")`).'
            )
            return Note(state="blank", title=exercise.id, message=message)
        code = self._solutions().get(exercise.id, "")
        self._add(SOLUTION, exercise.id, {})
        message = "The solution:" if code else "No notebook has a solution for it yet."
        return Note(state="solution", title=exercise.id, message=message, code=code)

    def predict(self, prediction_id: str, given: Mapping[str, Any], *, again: bool = False) -> Note:
        """Keep a prediction; without `again`, the first one of each quantity stays."""
        predictions.refuse_bad_id(prediction_id)
        entries = self._store.entries()
        values, problems = predictions.plain_values(given)
        first = predictions.latest(entries, PREDICTION, prediction_id)
        new = {name: value for name, value in values.items() if again or name not in first}
        if new and new != {name: first.get(name) for name in new}:
            is_late = predictions.was_measured(entries, prediction_id)
            self._add(PREDICTION, prediction_id, {"values": new, "late": is_late})
        message = _prediction_message({**first, **new}, values, problems)
        state = "prediction" if first or new else "blank"
        note = Note(state=state, title=f"{prediction_id}, prediction", message=message)
        return self._with_problem(note)

    def compare(self, prediction_id: str, given: Mapping[str, Any]) -> Page | Note:
        """Return measurements beside the predictions, and keep them."""
        predictions.refuse_bad_id(prediction_id)
        measured, problems = predictions.plain_values(given)
        title = f"{prediction_id}, prediction and measurement"
        if not measured:
            message = " ".join(problems) or "Pass what you measured, such as `p95_s=0.4`."
            return Note(state="blank", title=title, message=message)
        entries = self._store.entries()
        self._add(MEASUREMENT, prediction_id, {"values": measured})
        predicted = predictions.latest(entries, PREDICTION, prediction_id)
        rows = [predictions.comparison_row(n, predicted.get(n), v) for n, v in measured.items()]
        headers = ("quantity", "predicted", "measured", "ratio", "what it means")
        late = [_LATE] if predictions.is_late(entries, prediction_id) else []
        caption = " ".join([title, *late, *problems, self._store.problem]).strip()
        return Page(caption=caption, headers=headers, rows=rows)

    def progress(self, place: str) -> Page:
        """Return how far the learner is with each notebook."""
        page = progress_page(self._store.entries(), self._exercises, place=place)
        return replace(page, caption=f"{page.caption} {self._store.problem}".strip())

    def _standing(self, exercise: Exercise) -> Standing:
        return standing(of_exercise(self._store.entries(), exercise.id), exercise)

    def _with_problem(self, note: _N) -> _N:
        message = f"{note.message} {self._store.problem}".strip()
        return replace(note, message=message)

    def _add(self, kind: str, exercise_id: str, body: Mapping[str, Any]) -> None:
        entry = Entry(kind=kind, exercise=exercise_id, body=body)
        if not is_repeated(entry, self._store.entries()):
            self._store.add(entry)


def _result(exercise: Exercise, verdict: Verdict, body: dict[str, Any]) -> CheckResult:
    record = {"exercise": exercise.id, **body} if verdict.state not in {BLANK, UNCHECKED} else {}
    more = _STUCK.format(id=exercise.id) if verdict.state == WRONG else ""
    return CheckResult(
        state=verdict.state,
        title=exercise.id,
        message=verdict.message + more,
        mistake=verdict.mistake,
        record=record,
    )


def _body(verdict: Verdict, answer: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": verdict.state,
        "mistake": verdict.mistake,
        "answer": verdict.value,
        "type": type(answer).__name__[:100],
        "facts": dict(facts),
    }


def _prediction_message(
    kept: Mapping[str, float | str], given: Mapping[str, float | str], problems: list[str]
) -> str:
    if not kept:
        return " ".join(problems) or "Pass what you expect, such as `p95_s=0.4`."
    shown = ", ".join(f"{name} = {value}" for name, value in kept.items())
    others = [name for name, value in given.items() if kept.get(name) != value]
    parts = [f"Kept: {shown}."]
    if others:
        parts.append("The first prediction stays; pass `again=True` to replace it.")
    return " ".join([*parts, *problems])
