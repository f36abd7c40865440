"""Comparisons that the checks are made of.

Each takes the learner's answer, whatever it is, and returns ``None`` when it is right or one
sentence that says what is wrong with it. No comparison tells the right answer.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from typing import Any

import numpy as np

Hint = str | None
"""What is wrong with an answer; nothing when it is right."""

CheckTable = Mapping[str, Callable[..., Hint]]
"""Checks by id. A check takes the answer first, then by name the data the exercise is about."""


def is_number(value: Any) -> bool:
    """Tell whether a value is one finite real number.

    Examples
    --------
    >>> [is_number(value) for value in (3, 0.5, True, "3", float("nan"), [3])]
    [True, True, False, False, False, False]
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return False
    return math.isfinite(float(value.real))


def number(answer: Any, truth: float, *, hint: str, within: float = 0.0) -> Hint:
    """Compare with a number.

    Parameters
    ----------
    answer
        What the learner found.
    truth
        The right number.
    hint
        What to look at when the answer is another number.
    within
        How far the answer may lie from the truth, in the truth's own unit.

    Returns
    -------
    Hint
        Nothing for a right answer, otherwise what is wrong.

    Examples
    --------
    >>> number(2.04, 2.0, hint="Count the segments.", within=0.05)
    >>> number(3, 2, hint="Count the segments.")
    '3 is too high. Count the segments.'
    """
    if not is_number(answer):
        return f"The answer is one number; this is {kind_of(answer)}."
    if abs(float(answer) - truth) <= within + 1e-9 * abs(truth):
        return None
    direction = "high" if float(answer) > truth else "low"
    return f"{answer:.6g} is too {direction}. {hint}"


def text(answer: Any, truth: str, *, hint: str) -> Hint:
    """Compare with a string, whatever the space around it.

    Examples
    --------
    >>> text(" payment ", "payment", hint="Look at self time.")
    >>> text("order", "payment", hint="Look at self time.")
    "'order' is not it. Look at self time."
    """
    if not isinstance(answer, str):
        return f"The answer is a string; this is {kind_of(answer)}."
    return None if answer.strip() == truth else f"{answer.strip()!r} is not it. {hint}"


def items(answer: Any, truth: AbstractSet[Any], *, hint: str) -> Hint:
    """Compare with a set; any collection of the same things will do.

    Examples
    --------
    >>> items(["b", "a"], {"a", "b"}, hint="Look at the policies.")
    >>> items({"a", "c"}, {"a", "b"}, hint="Look at the policies.")
    '1 is missing and 1 does not belong. Look at the policies.'
    """
    found = _as_set(answer)
    if found is None:
        return f"The answer is a set, as in {{'a', 'b'}}; this is {kind_of(answer)}."
    if found == truth:
        return None
    return f"{_difference(len(truth - found), len(found - truth))}. {hint}"


def _as_set(answer: Any) -> set[Any] | None:
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        return None
    try:
        return set(answer)
    except TypeError:  # the things inside cannot be members of a set
        return None


def _difference(missing: int, extra: int) -> str:
    parts = [f"{missing} {'is' if missing == 1 else 'are'} missing"] if missing else []
    if extra:
        parts.append(f"{extra} {'does' if extra == 1 else 'do'} not belong")
    return " and ".join(parts)


def kind_of(answer: Any) -> str:
    """Name a value's kind the way a message needs it.

    Examples
    --------
    >>> kind_of([1, 2]), kind_of(3)
    ('a list', 'an int')
    """
    name = type(answer).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"
