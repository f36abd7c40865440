"""Calls that a service makes one after the other, begun together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.tree import NO_ROW, Flags, Rows
from tracing_lab.xray_model.documents import SUBSEGMENT

from .case import Case
from .changes import InParallel
from .work import service_named


def in_parallel(case: Case, change: InParallel) -> Case:
    """Return traces in which calls begin together that were made one after the other.

    They begin when the first of them did; the service's own time between them is spent afterwards.

    Parameters
    ----------
    case
        The traces.
    change
        Which calls.

    Raises
    ------
    TraceDataError
        If a call occurs nowhere, or no request makes two of them one after the other.
    """
    happened, count = case.happened, len(case.spans)
    groups = [*_together(case, change)]
    if not groups:
        msg = (
            f"{change.service!r} makes no two of the calls {', '.join(change.calls)} one after the "
            "other in these traces, so that nothing can be made parallel."
        )
        raise TraceDataError(msg)
    lag_s, owner = case.lag_s.copy(), happened.owner.copy()
    more: list[tuple[int, int]] = []
    for calls, later in groups:
        parent = int(happened.parents[calls[0]])
        then = _next(case, parent, calls)
        own = later[happened.owner[later] == parent]
        lag_s[then] += np.maximum(case.lag_s[own], 0.0).sum(axis=0)
        more += [(call + count, then) for call in calls.tolist()]
        more += [(int(calls[0]), row) for row in later.tolist()]
    moved = np.concatenate([later for _, later in groups])
    lag_s[moved], owner[moved] = 0.0, NO_ROW
    keeps = ~np.isin(happened.after, moved)
    before, after = np.array(more, dtype=np.int64).T
    changed = happened._replace(
        before=np.append(happened.before[keeps], before),
        after=np.append(happened.after[keeps], after),
        owner=owner,
    )
    return replace(case, happened=changed, lag_s=lag_s)


def _together(case: Case, change: InParallel) -> Iterator[tuple[Rows, Rows]]:
    """Yield the calls of each span that makes several, and those that waited for the first."""
    happened, count = case.happened, len(case.spans)
    parents, start, end = happened.parents, happened.time_s, happened.time_s[count:]
    service = service_named(case.spans, change.service)
    its = (case.spans["service"] == service).to_numpy(dtype=bool)
    calls = np.flatnonzero(_is_call(case, change.calls) & (parents != NO_ROW))
    calls = calls[its[parents[calls]]]
    calls = calls[np.lexsort((start[calls], parents[calls]))]
    for group in np.split(calls, np.flatnonzero(np.diff(parents[calls])) + 1):
        later = group[1:][start[group[1:]] >= end[group[:1]]]
        if later.size:
            yield group, later


def _is_call(case: Case, names: Sequence[str]) -> Flags:
    """Return which spans are one of the calls: by their name, or by the service that is called."""
    spans, parents = case.spans, case.happened.parents
    is_call = np.zeros(len(spans), dtype=bool)
    is_part = (spans["kind"] == SUBSEGMENT).to_numpy(dtype=bool)
    for name in names:
        named = (spans["name"] == name).to_numpy(dtype=bool) & is_part
        if not named.any():
            service = (spans["service"] == service_named(spans, name)).to_numpy(dtype=bool)
            called = np.flatnonzero(service & ~is_part & (parents != NO_ROW))
            named[np.where(is_part[parents[called]], parents[called], called)] = True
        is_call |= named
    return is_call


def _next(case: Case, parent: int, calls: Rows) -> int:
    """Return the event of a span that comes after calls: the start of another one, or its end."""
    happened, count = case.happened, len(case.spans)
    until = happened.time_s[calls + count].max()
    siblings = np.flatnonzero(happened.parents == parent)
    after = siblings[(happened.time_s[siblings] >= until) & ~np.isin(siblings, calls)]
    after = after[happened.time_s[after] < happened.time_s[parent + count]]
    return int(after[np.argmin(happened.time_s[after])]) if after.size else parent + count
