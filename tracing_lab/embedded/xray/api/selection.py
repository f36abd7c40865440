"""Choose traces by filter expression, a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tracing_lab.embedded.xray.derive.fact_index import TraceFilter
from tracing_lab.embedded.xray.derive.views import TraceView, TraceViews
from tracing_lab.embedded.xray.store.traces import TraceRecord, TraceStore
from tracing_lab.errors import FilterSyntaxError
from tracing_lab.filters import Groups, no_groups

from . import requests
from .expressions import parse_member
from .requests import InvalidRequest, Members

_MEMBER: Final = "FilterExpression"
_AT_A_TIME: Final = 2_000

Wanted = Callable[[TraceRecord], bool]


@dataclass(frozen=True)
class TraceRange:
    """Traces in an order.

    Parameters
    ----------
    column
        The column of `TraceRecord` that they are ordered by, last first.
    where
        A condition over the columns.
    values
        The values in it.
    """

    column: str
    where: str
    values: tuple[float, ...]

    def position(self, record: TraceRecord) -> list[float | str]:
        """Give the place of a trace in the order."""
        return [getattr(record, self.column), record.trace_id]


@dataclass(frozen=True)
class SelectedPage:
    """A page of traces.

    Parameters
    ----------
    views
        The traces.
    processed
        How many traces were looked at.
    last
        The last trace of the page; None when no more may follow.
    """

    views: list[TraceView]
    processed: int
    last: TraceRecord | None


def selector(members: Members, groups: Groups = no_groups) -> TraceFilter | None:
    """Give the filter of the ``FilterExpression`` of a request.

    Parameters
    ----------
    members
        The request.
    groups
        Gives the expression of a group by its name or ARN, None for an unknown group.

    Returns
    -------
    trace_filter
        None when the request has no expression, or a blank one.

    Raises
    ------
    InvalidRequest
        If the expression cannot be read; says where and what was expected.
    """
    text = members.get(_MEMBER)
    if text is not None and not isinstance(text, str):
        requests.refuse(_MEMBER, "a string")
    if text is None or not text.strip():
        return None
    expression = parse_member(text, _MEMBER)
    try:
        return TraceFilter.of(expression, groups)
    except FilterSyntaxError as error:
        msg = f"{_MEMBER}: {error}"
        raise InvalidRequest(msg) from error


def select_page(
    store: TraceStore,
    views: TraceViews,
    found: TraceRange,
    *,
    trace_filter: TraceFilter | None,
    wanted: Wanted | None,
    after: Sequence[float | str] | None,
    size: int,
) -> SelectedPage:
    """Give the next page of the traces that fit.

    Parameters
    ----------
    store, views
        Where traces are, and what is derived from them.
    found
        Which traces to look at.
    trace_filter
        Which traces fit; None when all do.
    wanted
        Tells without looking at the documents whether a trace is considered; None when all are.
    after
        The position that the page before ended at; None for the first page.
    size
        Traces per page.
    """
    fitting = views.scan(trace_filter)
    chosen: list[tuple[int, TraceRecord]] = []
    processed = 0
    at_a_time = size + 1 if trace_filter is None else _AT_A_TIME
    while True:
        records = _records(store, found, after, at_a_time)
        considered = records if wanted is None else [one for one in records if wanted(one)]
        fits = {one.trace_id for one in fitting(considered)}
        numbered = enumerate(records, processed + 1)
        chosen += [(number, one) for number, one in numbered if one.trace_id in fits]
        processed += len(records)
        if len(chosen) > size:
            looked_at, last = chosen[size - 1]
            page = [one for _, one in chosen[:size]]
            return SelectedPage(views.views(page), looked_at, last)
        if len(records) < at_a_time:
            return SelectedPage(views.views([one for _, one in chosen]), processed, None)
        after = found.position(records[-1])


def _records(
    store: TraceStore, found: TraceRange, after: Sequence[float | str] | None, limit: int
) -> list[TraceRecord]:
    where, values = found.where, [*found.values]
    order = f"{found.column} DESC, trace_id DESC"
    if after is None:
        return store.find(where, values, order=order, limit=limit)
    # SQLite begins where the first of several upper bounds says, so that must be the tightest
    where = f"({found.column}, trace_id) < (?, ?) AND {where}"
    return store.find(where, [*after, *values], order=order, limit=limit)
