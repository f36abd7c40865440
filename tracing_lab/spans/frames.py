"""What span frames and summary frames share: column types, times, and reports of what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from tracing_lab.errors import TraceDataError

TEXT: Final = pd.StringDtype(na_value=np.nan)
TIME: Final = pd.DatetimeTZDtype("ns", "UTC")

NOT_ENDED: Final = np.iinfo(np.int64).min  # how pandas stores a missing time

LAST_SECOND: Final = 9.2e9  # nanoseconds since 1970 in 64 bits end in the year 2262
_MOST_PROBLEMS: Final = 20


def nanoseconds(times: "pd.Series[pd.Timestamp]") -> npt.NDArray[np.int64]:
    """Return times as nanoseconds since 1970, `NOT_ENDED` where missing.

    Parameters
    ----------
    times
        UTC timestamps.
    """
    return np.asarray(times.dt.as_unit("ns").astype("int64"), dtype=np.int64)


def timestamps(epoch_ns: Sequence[int] | npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    """Return nanoseconds since 1970 as UTC timestamps.

    Parameters
    ----------
    epoch_ns
        Integers since 1970, `NOT_ENDED` for a missing time.

    Examples
    --------
    >>> timestamps([1_500_000_000]).item()
    Timestamp('1970-01-01 00:00:01.500000+0000', tz='UTC')
    """
    return pd.DatetimeIndex(np.array(epoch_ns, dtype="datetime64[ns]")).tz_localize("UTC")


def is_epoch_seconds(value: Any) -> bool:
    """Return whether a value is a number of seconds since 1970 that a timestamp can hold.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    bool
        False for text, booleans, NaN, and times outside of 1970 to 2261.

    Examples
    --------
    >>> is_epoch_seconds(1_700_000_000.5), is_epoch_seconds(float("nan")), is_epoch_seconds(True)
    (True, False, False)
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value < LAST_SECOND


def raise_problems(problems: Sequence[str], what: str) -> None:
    """Raise a TraceDataError if there are problems.

    Parameters
    ----------
    problems
        One sentence per problem.
    what
        How the message begins.

    Raises
    ------
    TraceDataError
        If there is any problem.

    Examples
    --------
    >>> raise_problems(["column 'name' is missing"], "This is not a valid span frame")
    Traceback (most recent call last):
    ...
    tracing_lab.errors.TraceDataError: This is not a valid span frame (1 problem):
    - column 'name' is missing
    """
    if problems:
        raise TraceDataError(listed(problems, what))


def listed(problems: Sequence[str], what: str) -> str:
    """Return problems as a text: how many there are, and the first twenty, a line each.

    Parameters
    ----------
    problems
        One sentence per problem.
    what
        How the text begins.

    Returns
    -------
    str
        A line that counts them, and a line for each.

    Examples
    --------
    >>> print(listed(["one thing", "another"], "Two things are wrong"))
    Two things are wrong (2 problems):
    - one thing
    - another
    """
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    lines = [f"{what} ({count}):", *(f"- {problem}" for problem in problems[:_MOST_PROBLEMS])]
    if len(problems) > _MOST_PROBLEMS:
        lines.append(f"- and {len(problems) - _MOST_PROBLEMS} more")
    return "\n".join(lines)


def shape_problems(
    frame: pd.DataFrame, index_names: Sequence[str], dtypes: Mapping[str, Any]
) -> list[str]:
    """Return where a frame's index and columns differ from a schema.

    Parameters
    ----------
    frame
        Any frame; columns beyond the schema are not looked at.
    index_names
        Names of the index's levels.
    dtypes
        Column name to type.

    Returns
    -------
    problems
        One sentence per difference.
    """
    problems = []
    if tuple(frame.index.names) != tuple(index_names):
        problems.append(f"the index is {list(frame.index.names)}, not {list(index_names)}")
    for name, dtype in dtypes.items():
        if name not in frame.columns:
            problems.append(f"column {name!r} is missing")
        elif not _fits(frame[name].dtype, dtype):
            problems.append(f"column {name!r} has type {frame[name].dtype}, not {dtype}")
    return problems


def _fits(dtype: Any, wanted: Any) -> bool:
    """Return whether a column's type will do; texts and integers may be stored in several ways."""
    if isinstance(wanted, pd.StringDtype | pd.CategoricalDtype):
        return isinstance(dtype, pd.StringDtype | pd.CategoricalDtype)
    if pd.api.types.is_integer_dtype(wanted):
        return pd.api.types.is_integer_dtype(dtype)
    return bool(dtype == wanted) or (
        isinstance(wanted, ExtensionDtype) and pd.api.types.is_object_dtype(dtype)
    )


def row_problems(checks: Mapping[str, "pd.Series[bool]"]) -> list[str]:
    """Return which checks fail in some row.

    Parameters
    ----------
    checks
        What is wrong, to the rows in which it is.

    Returns
    -------
    problems
        One sentence per failed check, with the number of rows, and the first of them.
    """
    return [
        f"{text} in {rows.sum()} rows, the first {_label(rows.index, int(rows.argmax()))}"
        for text, rows in checks.items()
        if rows.any()
    ]


def _label(index: "pd.Index[Any]", row: int) -> str:
    """Return what identifies a row, by the names of the index's levels."""
    values = index[row] if isinstance(index, pd.MultiIndex) else (index[row],)
    return ", ".join(f"{name} {value}" for name, value in zip(index.names, values, strict=True))
