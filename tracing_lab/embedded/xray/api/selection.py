"""Selects traces by filter expression, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tracing_lab.embedded.xray.derive.views import TraceView, TraceViews
from tracing_lab.embedded.xray.store.records import TraceRecord
from tracing_lab.embedded.xray.store.traces import TraceStore
from tracing_lab.errors import FilterSyntaxError
from tracing_lab.filters import Chooser, GroupLookup, chooser, no_groups

from . import requests
from .expressions import parse_member
from .requests import InvalidRequest, Members

_MEMBER: Final = "FilterExpression"
_AT_A_TIME: Final = 2_000

Wanted = Callable[[TraceRecord], bool]


@dataclass(frozen=True)
class TraceRange:
    """A sorted selection of traces.

    Parameters
    ----------
    column
        The column of `TraceRecord` that sorts them, descending.
    where
        A condition over the columns.
    values
        Its parameters.
    """

    column: str
    where: str
    values: tuple[float, ...]

    def position(self, record: TraceRecord) -> list[float | str]:
        """Return the sort position of a trace."""
        return [getattr(record, self.column), record.trace_id]


@dataclass(frozen=True)
class SelectedPage:
    """A page of traces.

    Parameters
    ----------
    views
        The traces.
    processed
        How many traces were evaluated.
    last
        The last trace of the page; None if it is the last page.
    """

    views: list[TraceView]
    processed: int
    last: TraceRecord | None


def selector(members: Members, groups: GroupLookup = no_groups) -> Chooser | None:
    """Return the filter of the ``FilterExpression`` of a request.

    Parameters
    ----------
    members
        The request.
    groups
        Returns the expression of a group by its name or ARN, None for an unknown group.

    Returns
    -------
    trace_filter
        None if the request has no expression, or a blank one.

    Raises
    ------
    InvalidRequest
        If the expression is malformed; says where and what was expected.
    """
    text = members.get(_MEMBER)
    if text is not None and not isinstance(text, str):
        requests.reject(_MEMBER, "a string")
    if text is None or not text.strip():
        return None
    expression = parse_member(text, _MEMBER)
    try:
        return chooser(expression, groups=groups)
    except FilterSyntaxError as error:
        msg = f"{_MEMBER}: {error}"
        raise InvalidRequest(msg) from error


def select_page(
    store: TraceStore,
    views: TraceViews,
    found: TraceRange,
    *,
    trace_filter: Chooser | None,
    wanted: Wanted | None,
    after: Sequence[float | str] | None,
    size: int,
) -> SelectedPage:
    """Return the next page of matching traces.

    Parameters
    ----------
    store, views
        The traces, and the data derived from them.
    found
        The traces to evaluate.
    trace_filter
        The filter; None if all traces match.
    wanted
        Returns, without reading documents, whether to evaluate a trace; None for all.
    after
        The end of the previous page; None for the first page.
    size
        Traces per page.
    """
    fitting = views.scan(trace_filter)
    chosen: list[tuple[int, TraceRecord]] = []
    processed = 0
    at_a_time = size + 1 if trace_filter is None else _AT_A_TIME
    while True:
        records = _records(store, found, after, at_a_time)
        considered = records if wanted is None else [record for record in records if wanted(record)]
        fits = {record.trace_id for record in fitting(considered)}
        numbered = enumerate(records, processed + 1)
        chosen += [(number, record) for number, record in numbered if record.trace_id in fits]
        processed += len(records)
        if len(chosen) > size:
            looked_at, last = chosen[size - 1]
            page = [record for _, record in chosen[:size]]
            return SelectedPage(views.views(page), looked_at, last)
        if len(records) < at_a_time:
            return SelectedPage(views.views([record for _, record in chosen]), processed, None)
        after = found.position(records[-1])


def _records(
    store: TraceStore, found: TraceRange, after: Sequence[float | str] | None, limit: int
) -> list[TraceRecord]:
    where, values = found.where, [*found.values]
    order = f"{found.column} DESC, trace_id DESC"
    if after is None:
        return store.find(where, values, order=order, limit=limit)
    # SQLite starts at the first of several upper bounds, so that must be the tightest
    where = f"({found.column}, trace_id) < (?, ?) AND {where}"
    return store.find(where, [*after, *values], order=order, limit=limit)
