"""Span frames as few small columns, for recordings that are shipped; ids and annotations go.

What follows from the rest (durations, self times, statuses, cold starts, depths) is derived again
when the frames are unpacked, by the functions that derive it from documents.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.spans.derived import with_derived
from tracing_lab.spans.frames import NOT_ENDED, nanoseconds
from tracing_lab.spans.schema import INDEX_NAMES, SPAN_COLUMNS, SPAN_DTYPES
from tracing_lab.spans.tree import families, levels

_TEXTS = ("service", "name", "kind", "origin")
_FLAGS = ("error", "fault", "throttle")
_NONE = -1


def pack(spans: pd.DataFrame) -> pd.DataFrame:
    """Return the columns from which `unpack` makes the frame again.

    Parameters
    ----------
    spans
        A span frame whose traces are together.

    Returns
    -------
    packed
        One row per span: ``trace`` (number, from 0 on), ``parent`` (how many rows above, 0 for
        none), texts, flags, ``http_status``, and times in microseconds: ``start_us`` since the
        parent's start, of a root since the first one's, and ``duration_us``. -1 is missing.
    """
    parents, _ = families(spans)
    rows = np.arange(len(spans))
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    before = np.where(parents >= 0, start[parents], start.min(initial=np.iinfo(np.int64).max))
    duration = np.where(end == NOT_ENDED, _NONE, (end - start) // 1000)
    return pd.DataFrame(
        {
            "trace": pd.factorize(spans.index.get_level_values("trace_id"))[0].astype(np.int16),
            "parent": np.where(parents >= 0, rows - parents, 0).astype(np.int16),
            **{name: spans[name].astype(str).where(spans[name].notna()).array for name in _TEXTS},
            **{name: spans[name].array for name in _FLAGS},
            "http_status": spans["http_status"].fillna(_NONE).astype(np.int16).array,
            "start_us": ((start - before) // 1000).astype(np.int32),
            "duration_us": duration.astype(np.int32),
        }
    )


def unpack(packed: pd.DataFrame, *, start: pd.Timestamp) -> pd.DataFrame:
    """Return the span frame of packed columns, with ids that count from 1 on.

    Parameters
    ----------
    packed
        As `pack` returns it.
    start
        When the first span began.
    """
    rows = np.arange(len(packed))
    above = packed["parent"].to_numpy(dtype=np.int64)
    parents = np.where(above != 0, rows - above, -1)
    depth, start_ns = np.zeros(len(packed), np.int64), packed["start_us"].to_numpy(np.int64) * 1000
    for number, level in enumerate(levels(parents)):
        depth[level] = number
        start_ns[level] += start_ns[parents[level]] if number else start.value
    spans = _frame(packed, parents, start_ns).assign(depth=depth)
    derived = with_derived(spans, parents)[[*SPAN_COLUMNS]].astype(SPAN_DTYPES)
    return derived.set_index(_index(packed, start_ns))


def _frame(
    packed: pd.DataFrame, parents: npt.NDArray[np.int64], start_ns: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """Return what documents say of each span."""
    duration = packed["duration_us"].to_numpy(np.int64)
    end_ns = np.where(duration == _NONE, NOT_ENDED, start_ns + duration * 1000)
    ids = _span_ids(len(packed))
    status = packed["http_status"].astype("Int64")
    columns: dict[str, Any] = {
        "parent_id": pd.Series(ids[parents]).where(parents >= 0),
        **{name: packed[name].astype("category").array for name in _TEXTS},
        "start": pd.to_datetime(start_ns, unit="ns", utc=True),
        "end": pd.to_datetime(end_ns, unit="ns", utc=True),
        **{name: packed[name].array for name in _FLAGS},
        "http_status": status.mask(status == _NONE).array,
        "annotations": [{}] * len(packed),
    }
    return pd.DataFrame(columns)


def _span_ids(count: int) -> npt.NDArray[np.object_]:
    return np.array([f"{number:016x}" for number in range(1, count + 1)], dtype=object)


def _index(packed: pd.DataFrame, start_ns: npt.NDArray[np.int64]) -> pd.MultiIndex:
    epoch_s = pd.Series(start_ns // 1_000_000_000).groupby(packed["trace"].to_numpy())
    pairs = zip(epoch_s.transform("min"), packed["trace"], strict=True)
    trace_ids = [f"1-{second:08x}-{number + 1:024x}" for second, number in pairs]
    return pd.MultiIndex.from_arrays([trace_ids, _span_ids(len(packed))], names=[*INDEX_NAMES])
