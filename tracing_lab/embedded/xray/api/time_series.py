"""Statistics of nodes and edges over time: GetTimeSeriesServiceStatistics.

AWS X-Ray API reference. A request is counted in the period of its start; periods are aligned to the
epoch, and those in which no request ended are left out. ``ServiceForecastStatistics`` is never
returned: the embedded AWS makes no forecasts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tracing_lab.embedded.xray import undocumented
from tracing_lab.embedded.xray.derive.graph import Observations, ObservedRequest, RequestStatistics
from tracing_lab.embedded.xray.derive.graph_output import histogram, statistics
from tracing_lab.embedded.xray.derive.views import TraceViews
from tracing_lab.embedded.xray.store.traces import TraceStore
from tracing_lab.filters import Chooser, EdgeCondition, ServiceCondition
from tracing_lab.filters.checks import node_check
from tracing_lab.filters.syntax import NodePattern
from tracing_lab.xray_model.nodes import CLIENT

from . import requests
from .expressions import parse_member
from .groups import Groups
from .paging import page_of
from .requests import InvalidRequest, Members, Operation
from .selection import selector

_SELECTOR: Final = "EntitySelectorExpression"
_MAX_SELECTOR: Final = 500
_ACTIVE: Final = "end_s >= ? AND start_s < ?"

Choose = Callable[[Observations], Iterator[ObservedRequest]]


@dataclass(frozen=True)
class _Subject:
    """The requests to count, and the member of the response for the counts."""

    choose: Choose
    member: str


class TimeSeries:
    """Counts requests per period.

    Parameters
    ----------
    store, views
        The traces, and the data derived from them.
    groups
        The groups that requests may name.
    """

    def __init__(self, store: TraceStore, views: TraceViews, groups: Groups) -> None:
        self._store = store
        self._views = views
        self._groups = groups

    def operations(self) -> Mapping[str, Operation]:
        """Return the operation by name."""
        return {"GetTimeSeriesServiceStatistics": self.service_statistics}

    def service_statistics(self, members: Members) -> dict[str, Any]:
        """Respond to GetTimeSeriesServiceStatistics, oldest period first."""
        span = requests.time_range(members, longest_s=undocumented.TIME_SERIES_MAX_SPAN_S)
        entity = _entity(members)
        period_s = _period_s(members)
        group = self._groups.requested(members)
        trace_filter = selector(group.as_member(), self._groups.expression)
        counted: defaultdict[int, RequestStatistics] = defaultdict(RequestStatistics)
        for request in self._requests(span, entity.choose, trace_filter):
            counted[int(request.start_s // period_s) * period_s].add(request)
        rows = [_row(start_s, counted[start_s], entity.member) for start_s in sorted(counted)]
        page, more = page_of(
            rows,
            members,
            size=undocumented.LIST_PAGE_SIZE,
            key=lambda row: f"{row['Timestamp']:012d}",
        )
        return {"TimeSeriesServiceStatistics": page, "ContainsOldGroupVersions": False, **more}

    def _requests(
        self, span: tuple[float, float], choose: Choose, trace_filter: Chooser | None
    ) -> Iterator[ObservedRequest]:
        start_s, end_s = span
        records = self._store.find(_ACTIVE, (start_s, end_s), order="start_s")
        for view in self._views.selected(records, trace_filter):
            for request in choose(view.observations):
                if request.outcome is not None and start_s <= request.start_s < end_s:
                    yield request


def _period_s(members: Members) -> int:
    allowed = undocumented.TIME_SERIES_PERIODS_S
    period_s = requests.integer(members, "Period")
    if period_s is None:
        return allowed[0]
    if period_s not in allowed:
        requests.reject("Period", f"one of {', '.join(map(str, allowed))} seconds")
    return period_s


def _entity(members: Members) -> _Subject:
    text = requests.text(members, _SELECTOR, longest=_MAX_SELECTOR)
    if requests.boolean(members, "ForecastStatistics") and text is None:
        requests.reject("ForecastStatistics", f"absent or come with {_SELECTOR}")
    if text is None:
        return _Subject(_all_edges, "EdgeSummaryStatistics")
    match parse_member(text, _SELECTOR):
        case ServiceCondition(node, None):
            return _Subject(_of_node(node), "ServiceSummaryStatistics")
        case EdgeCondition(source, target, None):
            return _Subject(_of_edge(source, target), "EdgeSummaryStatistics")
    msg = f"{_SELECTOR} must be one id(), service() or edge(), and nothing else."
    raise InvalidRequest(msg)


def _all_edges(observed: Observations) -> Iterator[ObservedRequest]:
    return (edge.request for edge in observed.edges)


def _of_node(pattern: NodePattern) -> Choose:
    is_meant = node_check(pattern)

    def choose(observed: Observations) -> Iterator[ObservedRequest]:
        for node in observed.nodes:
            if node.key.type != CLIENT and is_meant(node.key):
                yield node.request

    return choose


def _of_edge(source: NodePattern, target: NodePattern) -> Choose:
    is_source, is_target = node_check(source), node_check(target)

    def choose(observed: Observations) -> Iterator[ObservedRequest]:
        for edge in observed.edges:
            if is_source(edge.key[0]) and is_target(edge.key[1]):
                yield edge.request

    return choose


def _row(start_s: int, counted: RequestStatistics, member: str) -> dict[str, Any]:
    return {
        "Timestamp": start_s,
        member: statistics(counted),
        "ResponseTimeHistogram": histogram(counted.responses_ms),
    }
