"""Getting at the value inside an answer, and naming the answers that hold no single value."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from .base import Slip

BLANKS = ("", "...", "…")
MOST_ITEMS = 1000
"""Longer answers are not read to the end: no exercise asks for so many things."""

_PLAIN_COLLECTIONS = (list, tuple, set, frozenset)
_MASK = "This is one True or False per row; `sum()` counts the rows that are True."
_LABEL = "This is a label of the index, which says where a value stands, not the value itself."
_TABLE = "This is a whole table. Take the one value of it that was asked for."
_COLUMN = "This is a whole column or row of values, and one value was asked for."
_THINGS = "This is a collection, and one value was asked for. To count things, take `len()` of it."


def is_blank(answer: Any) -> bool:
    """Return whether an answer is a placeholder: dots, nothing, or a collection of dots.

    Examples
    --------
    >>> [is_blank(answer) for answer in (None, ..., " ... ", {...}, 0, [], "order")]
    [True, True, True, True, False, False, False]
    """
    if answer is None or answer is ...:
        return True
    if isinstance(answer, str):
        return answer.strip() in BLANKS
    if not isinstance(answer, _PLAIN_COLLECTIONS) or not answer:
        return False
    return all(item is None or item is ... for item in islice(answer, MOST_ITEMS))


def single(answer: Any) -> Any:
    """Return the value inside a series, array or collection of one; else the answer itself.

    Examples
    --------
    >>> single(pd.Series([2.5])), single({"order"}), single(np.int64(3)), single([1, 2])
    (2.5, 'order', 3, [1, 2])
    """
    for _ in range(3):  # a list of a series of an array is as deep as anybody goes
        inner = _inside(answer)
        if inner is answer:
            break
        answer = inner
    return answer


def _inside(answer: Any) -> Any:
    if isinstance(answer, pd.DataFrame | pd.Series | pd.Index):
        answer = answer.to_numpy(dtype=object) if answer.size == 1 else answer
    if isinstance(answer, np.ndarray):
        return answer.reshape(-1)[0] if answer.size == 1 else answer
    if isinstance(answer, np.timedelta64):
        return pd.Timedelta(answer)
    if isinstance(answer, np.generic):
        return answer.item()
    if isinstance(answer, _PLAIN_COLLECTIONS) and len(answer) == 1:
        return next(iter(answer))
    return answer


def items_of(answer: Any) -> list[Any] | None:
    """Return the members of a collection in its order; None for what is no collection.

    A series of numbers, such as a group's counts, stands for its labels.

    Examples
    --------
    >>> items_of(("a", "b")), items_of(pd.Series([3, 1], index=["a", "b"])), items_of(3)
    (['a', 'b'], ['a', 'b'], None)
    """
    if isinstance(answer, pd.Series) and pd.api.types.is_numeric_dtype(answer.dtype):
        answer = answer.index
    if isinstance(answer, pd.Series | pd.Index | np.ndarray):
        answer = answer.tolist()
    if isinstance(answer, str | bytes | pd.DataFrame) or not isinstance(answer, Collection):
        return None
    return list(islice(answer, MOST_ITEMS))


def is_mask(answer: Any) -> bool:
    """Return whether an answer is a column of True and False."""
    return isinstance(answer, pd.Series | np.ndarray | pd.Index) and answer.dtype == bool


def no_single_value(answer: Any) -> Slip:
    """Return the slip of an answer that is no single value of a plain type."""
    if is_mask(answer):
        return Slip("mask", _MASK)
    if isinstance(answer, pd.DataFrame):
        return Slip("table", _TABLE)
    if isinstance(answer, pd.Series):
        return Slip("column", _COLUMN)
    if isinstance(answer, tuple) and answer and all(isinstance(part, str) for part in answer):
        return Slip("label", _LABEL)
    if isinstance(answer, Collection) and not isinstance(answer, str | bytes):
        return Slip("collection", _THINGS)
    return no_value(answer)


def no_value(answer: Any) -> Slip:
    """Return the slip of an answer that is no value at all, such as a function."""
    kind = kind_of(answer)
    if isinstance(answer, BaseException):
        return Slip("error", f"This is an error, {kind}. Correct the cell that it comes from.")
    if isinstance(answer, Iterator):
        return Slip("iterator", f"This is {kind}, not evaluated yet. Put it into `list(...)`.")
    if callable(answer):
        return Slip("function", "This is a function, not its result. Call it, with parentheses.")
    return Slip("kind", f"This is {kind}, which cannot answer this question.")


def kind_of(answer: Any) -> str:
    """Return a value's type with its article.

    Examples
    --------
    >>> kind_of([1, 2]), kind_of(3)
    ('a list', 'an int')
    """
    name = type(answer).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"
