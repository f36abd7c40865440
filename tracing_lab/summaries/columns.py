"""Trace summaries as columns, and what is wrong with them.

Summaries are what GetTraceSummaries returns, described in
https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

import math
from collections.abc import Callable, Iterable, Sequence, Set as AbstractSet
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.spans.frames import NOT_ENDED, is_epoch_seconds, nanoseconds, timestamps

from .root_causes import Item, cause_text

_NUMBER: Final = frozenset({int, float})
_FLAG: Final = frozenset({bool})
_OBJECT: Final = frozenset({dict})
_LIST: Final = frozenset({list})
_MEMBERS: Final = (
    ("Duration", _NUMBER, "a number"),
    ("ResponseTime", _NUMBER, "a number"),
    ("HasError", _FLAG, "true or false"),
    ("HasFault", _FLAG, "true or false"),
    ("HasThrottle", _FLAG, "true or false"),
    ("IsPartial", _FLAG, "true or false"),
    ("Revision", frozenset({int}), "a whole number"),
    ("Http", _OBJECT, "an object"),
    ("EntryPoint", _OBJECT, "an object"),
    ("Annotations", _OBJECT, "an object"),
    ("ServiceIds", _LIST, "a list"),
    ("Users", _LIST, "a list"),
    ("FaultRootCauses", _LIST, "a list"),
    ("ErrorRootCauses", _LIST, "a list"),
    ("ResponseTimeRootCauses", _LIST, "a list"),
)
_HTTP_MEMBERS: Final = (
    ("HttpStatus", frozenset({int}), "a whole number"),
    *((name, frozenset({str}), "a text") for name in ("HttpMethod", "HttpURL", "ClientIp")),
)
_ENTRY_MEMBERS: Final = (("Name", frozenset({str}), "a text"),)
_BEYOND_INT64: Final = 2**63
_SECONDS: Final = ("Duration", "ResponseTime")
_NESTED_ERRORS: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def columns_from_items(items: Iterable[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the columns of a summary frame.

    Parameters
    ----------
    items
        ``TraceSummary`` items. Of a trace that occurs twice, the highest revision counts.

    Returns
    -------
    columns, problems
        ``trace_id`` and the columns of the summary frame, and one sentence per thing that is
        wrong. The columns are of use only if there is no problem.
    """
    listed = list(items)
    problems = [text for number, item in enumerate(listed) for text in _wrong(number, item)]
    if problems:
        return {}, problems
    kept = _latest(listed)
    return {**_scalars(kept), **_times(kept, problems), **_nested(kept, problems)}, problems


def _wrong(number: int, item: Any) -> list[str]:
    """Return what makes a summary unusable, apart from times and nested members."""
    if not isinstance(item, dict):
        return [f"summary number {number} is not an object"]
    trace_id = item.get("Id")
    if not isinstance(trace_id, str) or not trace_id:
        return [f'summary number {number} has no "Id"']
    wrong = _mistyped(item, _MEMBERS)
    if not wrong:
        wrong = [
            *_mistyped(item.get("Http") or {}, _HTTP_MEMBERS),
            *_mistyped(item.get("EntryPoint") or {}, _ENTRY_MEMBERS),
            *_not_durations(item),
            *_too_large(item),
        ]
    return [f"trace {trace_id}: {text}" for text in wrong]


def _mistyped(item: Item, members: Iterable[tuple[str, AbstractSet[type], str]]) -> list[str]:
    return [
        f'"{member}" is not {what}'
        for member, kinds, what in members
        if (value := item.get(member)) is not None
        and type(value) not in kinds  # nearly always decides, and fast
        and not _is_a(value, kinds)
    ]


def _is_a(value: Any, kinds: AbstractSet[type]) -> bool:
    """Return whether a value is an instance of some types; a bool does not count as a number."""
    return isinstance(value, tuple(kinds)) and not (isinstance(value, bool) and bool not in kinds)


def _not_durations(item: Item) -> list[str]:
    return [
        f'"{member}" is negative or not finite'
        for member in _SECONDS
        if (value := item.get(member)) is not None and not 0 <= value < math.inf
    ]


def _too_large(item: Item) -> list[str]:
    status = (item.get("Http") or {}).get("HttpStatus")
    return [
        f'"{member}" is beyond 64 bits'
        for member, value in (("Revision", item.get("Revision")), ("HttpStatus", status))
        if isinstance(value, int) and not -_BEYOND_INT64 <= value < _BEYOND_INT64
    ]


def _latest(items: Iterable[Item]) -> list[Item]:
    latest: dict[str, Item] = {}
    for item in items:
        known = latest.get(item["Id"])
        if known is None or (item.get("Revision") or 0) >= (known.get("Revision") or 0):
            latest[item["Id"]] = item
    return list(latest.values())


def _scalars(items: Sequence[Item]) -> dict[str, list[Any]]:
    http = [item.get("Http") or {} for item in items]
    return {
        "trace_id": [item["Id"] for item in items],
        "duration_s": [item.get("Duration") for item in items],
        "response_s": [item.get("ResponseTime") for item in items],
        "has_error": [item.get("HasError") is True for item in items],
        "has_fault": [item.get("HasFault") is True for item in items],
        "has_throttle": [item.get("HasThrottle") is True for item in items],
        "is_partial": [item.get("IsPartial") is True for item in items],
        "revision": [item.get("Revision") for item in items],
        "http_method": [request.get("HttpMethod") for request in http],
        "http_url": [request.get("HttpURL") for request in http],
        "http_status": [request.get("HttpStatus") for request in http],
        "client_ip": [request.get("ClientIp") for request in http],
        "entry_point": [(item.get("EntryPoint") or {}).get("Name") for item in items],
    }


def _times(items: Sequence[Item], problems: list[str]) -> dict[str, pd.DatetimeIndex]:
    starts = [_start(item) for item in items]
    events = [item.get("MatchedEventTime") for item in items]
    return {
        "start": _time_column(items, "StartTime", starts, problems),
        "matched_event_time": _time_column(items, "MatchedEventTime", events, problems),
    }


def _time_column(
    items: Sequence[Item], member: str, values: Sequence[Any], problems: list[str]
) -> pd.DatetimeIndex:
    column = _timestamps(values)
    problems += [
        f'trace {item["Id"]}: "{member}" is missing or not a time'
        for item, value, is_missing in zip(items, values, column.isna(), strict=True)
        if is_missing and value is not None
    ]
    return column


def _start(item: Item) -> Any:
    """Return the start of a trace; from the second in its id where older responses lack it."""
    start = item.get("StartTime")
    if start is not None:
        return start
    try:
        return int(item["Id"].split("-")[1], 16)
    except (IndexError, ValueError):
        return item["Id"]  # rejected later, because it is not a time


def _timestamps(values: Sequence[Any]) -> pd.DatetimeIndex:
    """Parse epoch seconds, ISO 8601 strings and datetimes; missing where that is impossible."""
    epoch_ns = np.full(len(values), NOT_ENDED, dtype=np.int64)
    seconds = [row for row, value in enumerate(values) if is_epoch_seconds(value)]
    # A double holds today's epoch seconds to a quarter of a microsecond: round there, once.
    numbers = np.array([values[row] for row in seconds], dtype=np.float64)
    epoch_ns[seconds] = np.round(numbers * 1e6).astype(np.int64) * 1000
    others = [row for row, value in enumerate(values) if isinstance(value, datetime | str)]
    texts = pd.Series([values[row] for row in others], dtype=object)
    parsed = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")
    epoch_ns[others] = nanoseconds(parsed)
    return timestamps(epoch_ns)


def _nested(items: Sequence[Item], problems: list[str]) -> dict[str, list[Any]]:
    readers: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "services": ("ServiceIds", _services),
        "users": ("Users", _users),
        "fault_causes": ("FaultRootCauses", _causes),
        "error_causes": ("ErrorRootCauses", _causes),
        "response_time_causes": ("ResponseTimeRootCauses", _causes),
        "annotations": ("Annotations", _annotations),
    }
    return {
        column: _read_each(items, member, read, problems)
        for column, (member, read) in readers.items()
    }


def _read_each(
    items: Sequence[Item], member: str, read: Callable[[Any], Any], problems: list[str]
) -> list[Any]:
    values = []
    for item in items:
        try:
            values.append(read(item.get(member) or {}))
        except _NESTED_ERRORS:
            problems.append(
                f'trace {item["Id"]}: "{member}" is not built as GetTraceSummaries returns it'
            )
    return values


def _services(ids: Iterable[Item]) -> tuple[str, ...]:
    return tuple(sorted({service["Name"] for service in ids if "Name" in service}))


def _users(users: Iterable[Item]) -> tuple[str, ...]:
    return tuple(sorted({user["UserName"] for user in users}))


def _annotations(annotations: Item) -> dict[str, list[Any]]:
    return {
        key: [
            value
            for entry in entries
            for value in map(_scalar, entry["AnnotationValue"].values())
            if value is not None
        ]
        for key, entries in annotations.items()
    }


def _scalar(value: Any) -> Any:
    """Return the value of an annotation; raise a TypeError if it is a list or an object."""
    if isinstance(value, list | dict):
        msg = f"an annotation is {value!r}"
        raise TypeError(msg)
    return value


def _causes(causes: Iterable[Item]) -> tuple[str, ...]:
    return tuple(cause_text(cause) for cause in causes)
