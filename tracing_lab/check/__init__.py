"""The workshop's exercises: check an answer, get hints, predict and compare, see your progress.

::

    tl.check.check("07.p95", p95_s, spans=spans)   right, or a hint that fits the mistake
    tl.check.hint("07.p95")                        the next of three hints
    tl.check.solve("07.p95")                       the solution, after an attempt or all hints
    tl.check.predict("07.slow", p95_s=0.4)         what you expect, before you measure
    tl.check.compare("07.slow", p95_s=0.52)        beside what you measured
    tl.check.progress()                            how far you are
    tl.check.scan_privacy(traces)                  personal data and secrets in traces
    tl.check.redact(traces)                        the same traces without them, to share

A check compares with a truth that it works out itself from the data it is given, so an exercise
has one right answer on any machine and either target, and none depends on another. A wrong
answer is a result, not an error, so a notebook with blanks still runs to its end.

What a learner did is kept in a file in the user's data folder, or in the one that the variable
``TRACING_LAB_PROGRESS`` names.
"""

import os
from typing import Any

from .privacy import redact, scan_privacy
from .registry import load_exercises
from .results import CheckResult, Note, Page
from .solutions import load_solutions
from .store import FileStore, default_path
from .workbook import Workbook

__all__ = [
    "EXERCISES",
    "STRICT_VARIABLE",
    "CheckResult",
    "check",
    "compare",
    "hint",
    "predict",
    "progress",
    "redact",
    "scan_privacy",
    "solve",
]

STRICT_VARIABLE = "TRACING_LAB_STRICT_CHECKS"

EXERCISES = load_exercises()
"""All exercises by id."""


def check(check_id: str, answer: Any, *, strict: bool | None = None, **data: Any) -> CheckResult:
    """Check the answer to an exercise.

    Parameters
    ----------
    check_id
        Notebook number and name of the exercise, for example ``07.p95``.
    answer
        The answer, of any type; ``...`` or ``None`` stands for "not answered yet".
    strict
        Raise unless the answer is right. Left out, the environment variable
        ``TRACING_LAB_STRICT_CHECKS=1`` decides, for notebooks that a machine runs.
    **data
        The data that the exercise was about, by the names that the exercise's cell shows.

    Returns
    -------
    CheckResult
        Right, wrong with a hint, or not answered yet.

    Raises
    ------
    WorkshopError
        There is no such check, or it needs other data than it was given.
    AssertionError
        The answer is not right and `strict` is on.
    """
    result = _workbook().check(check_id, answer, data)
    if not result.ok and (_strict_by_environment() if strict is None else strict):
        raise AssertionError(repr(result))
    return result


def hint(check_id: str, *, step: int | None = None) -> Note:
    """Return the next of an exercise's three hints.

    Parameters
    ----------
    check_id
        Notebook number and name of the exercise.
    step
        Show this one of the hints instead, 1 to 3.

    Raises
    ------
    WorkshopError
        There is no such exercise.
    """
    return _workbook().hint(check_id, step)


def solve(check_id: str, *, force: bool = False) -> Note:
    """Return the solution of an exercise, once there was an attempt or all hints were shown.

    Parameters
    ----------
    check_id
        Notebook number and name of the exercise.
    force
        Show it all the same.

    Returns
    -------
    Note
        The solution's code, or what to do first.

    Raises
    ------
    WorkshopError
        There is no such exercise.
    """
    return _workbook().solve(check_id, force=force)


def predict(prediction_id: str, *, again: bool = False, **quantities: Any) -> Note:
    """Keep what you expect to measure.

    Running it again does no harm: the first prediction of each quantity stays.

    Parameters
    ----------
    prediction_id
        Notebook number and a name, for example ``07.slow``.
    again
        Replace an earlier prediction.
    **quantities
        Numbers or names, for example ``p95_s=0.4, slowest="payment"``.

    Returns
    -------
    Note
        What is kept.

    Raises
    ------
    WorkshopError
        The id has no notebook's number.
    """
    return _workbook().predict(prediction_id, quantities, again=again)


def compare(prediction_id: str, **measured: Any) -> Page | Note:
    """Return measurements beside what was predicted, with the ratio and a sentence for each.

    Parameters
    ----------
    prediction_id
        As given to `predict`.
    **measured
        The same quantities, as measured.

    Returns
    -------
    Page
        One row per quantity.

    Raises
    ------
    WorkshopError
        The id has no notebook's number.
    """
    return _workbook().compare(prediction_id, measured)


def progress() -> Page:
    """Return how far you are: one row per notebook.

    Returns
    -------
    Page
        Exercises done, attempts, hints and solutions seen, predictions made and compared.
    """
    return _workbook().progress(str(default_path()))


def _workbook() -> Workbook:
    return Workbook(EXERCISES, FileStore(default_path()), load_solutions)


def _strict_by_environment() -> bool:
    return os.environ.get(STRICT_VARIABLE, "") == "1"
