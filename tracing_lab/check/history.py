"""What a learner's entries add up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .exercise import Exercise
from .judging import RIGHT
from .store import ANSWER, HINT, SOLUTION, Entry


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a learner is with one exercise.

    Parameters
    ----------
    done
        Whether any answer was right.
    attempts
        How many different answers were given, one after the other.
    hints
        How many of the hints were shown.
    looked
        Whether the solution was shown.
    """

    done: bool = False
    attempts: int = 0
    hints: int = 0
    looked: bool = False


def of_exercise(entries: Iterable[Entry], exercise_id: str) -> list[Entry]:
    """Return the entries of one exercise."""
    return [entry for entry in entries if entry.exercise == exercise_id]


def of_kind(entries: Iterable[Entry], kind: str) -> list[Entry]:
    """Return the entries of one kind."""
    return [entry for entry in entries if entry.kind == kind]


def standing(entries: Iterable[Entry], exercise: Exercise) -> Standing:
    """Return how far a learner is with an exercise."""
    own = of_exercise(entries, exercise.id)
    answers = of_kind(own, ANSWER)
    steps = [int(entry.body.get("step", 0)) for entry in of_kind(own, HINT)]
    return Standing(
        done=any(entry.body.get("state") == RIGHT for entry in answers),
        attempts=len(answers),
        hints=max(steps, default=0),
        looked=bool(of_kind(own, SOLUTION)),
    )


def is_repeated(entry: Entry, entries: Sequence[Entry]) -> bool:
    """Return whether the last entry of the same kind and exercise says the same."""
    earlier = of_kind(of_exercise(entries, entry.exercise), entry.kind)
    return bool(earlier) and earlier[-1].body == entry.body
