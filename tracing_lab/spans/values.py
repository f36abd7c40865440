"""Columns of texts, integers and times as pandas keeps them, from what is kept otherwise."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.frames import NOT_ENDED, TEXT, timestamps

from .reading.columns import NO_TIME
from .tree import NO_ROW, Rows


def coded(codes: npt.NDArray[Any], names: Iterable[str]) -> "pd.Categorical[Any]":
    """Return a categorical.

    Parameters
    ----------
    codes
        Number of each value's category, -1 for a missing value.
    names
        The categories.
    """
    dtype = pd.CategoricalDtype(pd.Index([*names], dtype=TEXT))
    return pd.Categorical.from_codes(codes, dtype=dtype)


def categories(encoded: "pa.DictionaryArray") -> "pd.Categorical[Any]":
    """Return texts as a categorical with the categories in the order of the alphabet.

    Parameters
    ----------
    encoded
        Texts by number, some perhaps missing.

    Examples
    --------
    >>> categories(pa.array(["b", None, "a"]).dictionary_encode()).codes.tolist()
    [1, -1, 0]
    """
    names = pc.array_sort_indices(encoded.dictionary)
    place = np.append(np.argsort(names), NO_ROW)
    codes = encoded.indices.fill_null(NO_ROW).to_numpy()
    return coded(place[codes], encoded.dictionary.take(names).to_pylist())


def integers(values: "pa.Array[Any]") -> pd.arrays.IntegerArray:
    """Return integers, some perhaps missing, as pandas keeps them.

    Parameters
    ----------
    values
        64-bit integers.
    """
    known = values.fill_null(0).to_numpy().copy()
    return pd.arrays.IntegerArray(known, values.is_null().to_numpy(zero_copy_only=False))


def times(microseconds: Rows) -> pd.DatetimeIndex:
    """Return microseconds since 1970 as UTC timestamps.

    Parameters
    ----------
    microseconds
        Integers, `NO_TIME` where there is none.
    """
    return timestamps(np.where(microseconds == NO_TIME, NOT_ENDED, microseconds * 1000))
