"""Build the summary frame from the items of GetTraceSummaries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.frames import TEXT, raise_problems

from .columns import columns_from_items
from .schema import SUMMARY_COLUMNS, SUMMARY_DTYPES, SUMMARY_INDEX


def frame_from_summaries(
    items: Iterable[Mapping[str, Any]], *, annotations: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the summary frame of trace summaries.

    Parameters
    ----------
    items
        ``TraceSummary`` items, as `tracing_lab.xray.fetch_summaries` or `load_summaries` return
        them; times may be datetimes, ISO 8601 texts (UTC where they have no zone) or epoch
        seconds. Of a trace that occurs twice, the highest revision counts.
    annotations
        Annotation keys that become columns of the same name: numbers, texts or booleans, missing
        where a trace lacks the key. Where any trace has several values for the key, the column is
        of type object and has their list there.

    Returns
    -------
    summaries
        One row per trace, in the form that `tracing_lab.summaries` describes.

    Raises
    ------
    TraceDataError
        If summaries are unusable, or a key is already the name of a column; the message lists
        everything that is wrong.

    Examples
    --------
    >>> values = [{"AnnotationValue": {"StringValue": "o-1"}}]
    >>> item = {"Id": "1-0000000a-1", "StartTime": 10.0, "Duration": 0.5, "ResponseTime": 0.2}
    >>> item |= {"HasFault": True, "Annotations": {"order_id": values}}
    >>> frame = frame_from_summaries([item], annotations=["order_id"])
    >>> frame[["response_s", "has_fault", "order_id"]].values.tolist()
    [[0.2, True, 'o-1']]
    """
    keys = _checked_keys(annotations)
    columns, problems = columns_from_items(items)
    raise_problems(problems, "The summaries cannot be read")
    index = pd.Index(columns["trace_id"], dtype=TEXT, name=SUMMARY_INDEX)
    typed = {name: pd.Series(columns[name], index, dtype) for name, dtype in SUMMARY_DTYPES.items()}
    frame = pd.DataFrame(typed, index)
    extra = {key: _annotation_column(columns["annotations"], key, index) for key in keys}
    return frame.assign(**extra).sort_values("start", kind="stable")


def _checked_keys(annotations: Sequence[str] | None) -> list[str]:
    if isinstance(annotations, str):
        msg = f"annotations={annotations!r} must be a list of keys: [{annotations!r}]."
        raise TraceDataError(msg)
    keys = list(dict.fromkeys(annotations or ()))
    taken = [key for key in keys if key in {SUMMARY_INDEX, *SUMMARY_COLUMNS}]
    if taken:
        msg = (
            f"Annotation {taken[0]!r} cannot become a column: a summary frame has a column of that "
            f'name. Read it with summaries["annotations"].str[{taken[0]!r}].'
        )
        raise TraceDataError(msg)
    return keys


def _annotation_column(
    annotations: Iterable[Mapping[str, list[Any]]], key: str, index: "pd.Index[str]"
) -> "pd.Series[Any]":
    """Return the values of a key, as plain values where no trace has several."""
    lists = [by_key.get(key) or [None] for by_key in annotations]
    column = [several[0] if len(several) == 1 else several for several in lists]
    kinds = {type(value) for value in column if value is not None}
    dtype: Any = object
    if kinds <= {str}:
        dtype = TEXT
    elif kinds <= {int, float}:
        dtype = "float64"
    elif kinds <= {bool}:
        dtype = "boolean"
    values: pd.Series[Any] = pd.Series(column, index=index, dtype=dtype)
    return values
