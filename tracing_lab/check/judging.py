"""Deciding whether an answer is right, and which misconception explains a wrong one.

A judgement depends on the answer and the exercise's facts only. Facts are small and plain, so
they are recorded with the answer, and it can be judged again without the data.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .exercise import TRUTH, Exercise, Facts
from .forms.unwrapping import is_blank

logger = logging.getLogger(__name__)

RIGHT, WRONG, BLANK, UNCHECKED = "right", "wrong", "blank", "unchecked"

_RIGHT = "Right. Well done."
_BLANK = "Not answered yet: put your answer in place of the dots and run both cells again."
_BROKEN = "This answer cannot be read: its own methods raise {error}. Give a plain value instead."
_NO_FACTS = (
    "The data of this check are not what the notebook produces: {error}. "
    "Run the notebook from the top, then check again."
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of an answer.

    Parameters
    ----------
    state
        ``right``, ``wrong``, ``blank`` or ``unchecked`` (the data of the check are unusable).
    message
        What to read.
    mistake
        The name of the mistake or slip that was recognised; empty if none was.
    value
        The answer as its form read it, fit for JSON; None if it could not be read.
    """

    state: str
    message: str
    mistake: str = ""
    value: Any = None


def facts_of(exercise: Exercise, data: Mapping[str, Any]) -> Facts | Verdict:
    """Return the exercise's facts, or the verdict that they cannot be worked out from the data."""
    try:
        facts = {name: plain(value) for name, value in exercise.facts(**data).items()}
    except Exception as error:  # a learner's data may be anything
        logger.debug("facts of %s", exercise.id, exc_info=True)
        return _unchecked(type(error).__name__)
    return _unchecked("it has nothing to check") if facts[TRUTH] is None else facts


def _unchecked(error: str) -> Verdict:
    return Verdict(state=UNCHECKED, message=_NO_FACTS.format(error=error))


def judge(exercise: Exercise, answer: Any, facts: Facts) -> Verdict:
    """Return the verdict on an answer, whatever it is.

    Examples
    --------
    >>> from tracing_lab.check.exercises.n15_tear_down import LEFT
    >>> judge(LEFT, 0, {"truth": 0}).state, judge(LEFT, ..., {"truth": 0}).state
    ('right', 'blank')
    """
    try:
        return _judged(exercise, answer, facts)
    except Exception as error:  # an answer's methods may do anything
        logger.debug("answer to %s", exercise.id, exc_info=True)
        message = _BROKEN.format(error=type(error).__name__)
        return Verdict(state=WRONG, message=message, mistake="broken")


def _judged(exercise: Exercise, answer: Any, facts: Facts) -> Verdict:
    if is_blank(answer):
        return Verdict(state=BLANK, message=_BLANK)
    reading = exercise.form.read(answer)
    if reading.slip:
        return Verdict(state=WRONG, message=reading.slip.hint, mistake=reading.slip.name)
    return _compared(exercise, reading.value, facts)


def _compared(exercise: Exercise, value: Any, facts: Facts) -> Verdict:
    nearest = _nearest_fact(exercise, value, facts)
    if nearest == TRUTH:
        return Verdict(state=RIGHT, message=_RIGHT, value=value)
    name, hint = _explanation(exercise, value, facts, nearest)
    return Verdict(state=WRONG, message=hint, mistake=name, value=value)


def _nearest_fact(exercise: Exercise, value: Any, facts: Facts) -> str | None:
    """Return the fact that the answer is nearest to, the truth first where two are as near.

    What a mistake leads to may lie within the tolerance of the truth.
    """
    names = [TRUTH, *(mistake.name for mistake in exercise.mistakes if mistake.when is None)]
    gaps = {name: exercise.form.distance(value, facts.get(name)) for name in names}
    near = {name: gap for name, gap in gaps.items() if gap is not None}
    return min(near, key=lambda name: near[name]) if near else None


def _explanation(
    exercise: Exercise, value: Any, facts: Facts, nearest: str | None
) -> tuple[str, str]:
    for mistake in exercise.mistakes:
        if mistake.name == nearest or (mistake.when and mistake.when(value, facts)):
            return mistake.name, mistake.hint
    slip = exercise.form.slip(value, facts[TRUTH])
    return slip or ("", exercise.form.miss(value, facts[TRUTH]))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; None for NaN and other missing values.

    Examples
    --------
    >>> plain({"b", "a"}), plain(np.float64(2.5)), plain(float("nan")), plain((1, 2))
    (['a', 'b'], 2.5, None, [1, 2])
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, list | tuple | pd.Index | pd.Series | np.ndarray):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, bool | int | float | str | None) else str(value)
