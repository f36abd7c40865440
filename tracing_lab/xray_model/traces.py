"""A trace as a whole: its entry points, its outcome and its duration.

AWS X-Ray API reference, ``TraceSummary``; details from published summaries.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Final

from . import lambda_segments
from .documents import INFERRED, AnyDocument

FAILS_WITH_CHILDREN: Final = frozenset({lambda_segments.SERVICE})
"""Origins of roots that show the failures of the segments below them.

Published summaries of failing functions say ``HasError`` although the service's segment at the root
says 200: Lambda answers a function error with 200.
"""


def entries_of(segments: Sequence[AnyDocument], ids: Container[str]) -> list[AnyDocument]:
    """Return the segments at which requests entered a trace.

    These are the segments without a parent. A trace that has none, because its root has not arrived
    or the client was traced elsewhere, was entered at its first orphan. (Parents in a circle leave
    neither; then it is the first segment.)

    Parameters
    ----------
    segments
        Segments by start time, subsegments not among them.
    ids
        Ids of all segments and subsegments of the trace.

    Returns
    -------
    entries
        One or more, none only for a trace without segments.

    Examples
    --------
    >>> orphans = [{"id": "a", "parent_id": "lost"}, {"id": "b", "parent_id": "gone"}]
    >>> [entry["id"] for entry in entries_of(orphans, {"a", "b"})]
    ['a']
    """
    roots = [segment for segment in segments if segment.get("parent_id") is None]
    if roots:
        return roots
    orphans = (segment for segment in segments if segment["parent_id"] not in ids)
    first = next(orphans, next(iter(segments), None))
    return [] if first is None else [first]


def flag_at_root(origin: str | None, *, own: bool, children: Iterable[bool]) -> bool:
    """Return whether a trace has an error or a fault, judged at its root.

    Parameters
    ----------
    origin
        Origin of the root.
    own
        The root's own flag.
    children
        The same flag of the segments that hang from the root.

    Returns
    -------
    flag
        The root's flag; Lambda's service at the root also fails with its function.

    Examples
    --------
    >>> flag_at_root("AWS::Lambda", own=False, children=[True])
    True
    >>> flag_at_root("AWS::ApiGateway::Stage", own=False, children=[True])
    False
    """
    return own or (origin in FAILS_WITH_CHILDREN and any(children))


def is_partial(tops: Iterable[tuple[str, bool]]) -> bool:
    """Return whether a trace is incomplete.

    Parameters
    ----------
    tops
        Kind of each document at the top, and whether it is open.

    Returns
    -------
    is_partial
        True if one is open; an inferred segment copies its subsegment, so that it does not count.

    Examples
    --------
    >>> is_partial([("segment", False), ("inferred", True)])
    False
    """
    return any(is_open and kind != INFERRED for kind, is_open in tops)


def duration_s(starts_s: Iterable[float], ends_s: Iterable[float]) -> float:
    """Return the duration of a trace: from the first start to the last end of its segments.

    Parameters
    ----------
    starts_s
        Starts of its segments, seconds.
    ends_s
        Ends of those that have ended.

    Returns
    -------
    duration_s
        Seconds, rounded to milliseconds; 0 if nothing has ended.

    Examples
    --------
    >>> duration_s([10.0, 10.4], [10.5])
    0.5
    """
    ends = [*ends_s]
    return round(max(0.0, max(ends) - min(starts_s)), 3) if ends else 0.0
