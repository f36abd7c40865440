"""The page that shows how far a learner is."""

from collections.abc import Iterable, Mapping, Sequence

from .exercise import Exercise
from .history import standing
from .predictions import was_measured
from .results import Page
from .store import PREDICTION, Entry

HEADERS = ("notebook", "done", "attempts", "hints", "solutions seen", "predictions", "compared")


def progress_page(
    entries: Sequence[Entry], exercises: Mapping[str, Exercise], *, place: str
) -> Page:
    """Return a table with one row per notebook."""
    notebooks = sorted(
        {*(exercise.notebook for exercise in exercises.values()), *_predicted(entries)}
    )
    rows = [_row(number, entries, exercises.values()) for number in notebooks]
    return Page(caption=f"Your progress, kept in {place}", headers=HEADERS, rows=rows)


def _row(number: str, entries: Sequence[Entry], exercises: Iterable[Exercise]) -> tuple[str, ...]:
    own = [standing(entries, exercise) for exercise in exercises if exercise.notebook == number]
    predicted = _predicted(entries).get(number, [])
    numbers = (
        sum(row.attempts for row in own),
        sum(row.hints for row in own),
        sum(row.looked for row in own),
        len(predicted),
        sum(was_measured(entries, prediction) for prediction in predicted),
    )
    done = f"{sum(row.done for row in own)} of {len(own)}"
    return (number, done, *map(str, numbers))


def _predicted(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Return the ids of predictions by notebook."""
    by_notebook: dict[str, list[str]] = {}
    for entry in entries:
        if entry.kind == PREDICTION:
            ids = by_notebook.setdefault(entry.exercise.partition(".")[0], [])
            if entry.exercise not in ids:
                ids.append(entry.exercise)
    return by_notebook
