"""Statistics of nodes and edges over time: GetTimeSeriesServiceStatistics.

AWS X-Ray API reference. A request is counted in the period that it began in; periods are aligned to
the epoch, and those in which nothing ended are left out. ``ServiceForecastStatistics`` is never
given: the embedded AWS forecasts nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tracing_lab.embedded.xray import undocumented as assumptions
from tracing_lab.embedded.xray.derive.graph import Observations, Seen, Tally
from tracing_lab.embedded.xray.derive.graph_output import histogram, statistics
from tracing_lab.embedded.xray.derive.nodes import NodeKey
from tracing_lab.embedded.xray.derive.views import Scan, TraceViews
from tracing_lab.embedded.xray.store.traces import TraceStore
from tracing_lab.filters import Edge, Service
from tracing_lab.filters.syntax import NodePattern

from . import requests
from .expressions import parse_member
from .groups import Groups
from .paging import page_of
from .requests import InvalidRequest, Members, Operation
from .selection import selector

_SELECTOR: Final = "EntitySelectorExpression"
_MAX_SELECTOR: Final = 500
_ACTIVE: Final = "end_s >= ? AND start_s < ?"
_TRACES_AT_A_TIME: Final = 2000

Choose = Callable[[Observations], Iterator[Seen]]


@dataclass(frozen=True)
class _Entity:
    """What to count, and the member that the counts go to."""

    choose: Choose
    member: str


class TimeSeries:
    """Counts requests per period.

    Parameters
    ----------
    store, views
        Where traces are, and what is derived from them.
    groups
        The groups that requests may name.
    """

    def __init__(self, store: TraceStore, views: TraceViews, groups: Groups) -> None:
        self._store = store
        self._views = views
        self._groups = groups

    def operations(self) -> Mapping[str, Operation]:
        """Give the operation by path."""
        return {"/TimeSeriesServiceStatistics": self.service_statistics}

    def service_statistics(self, members: Members) -> dict[str, Any]:
        """Answer GetTimeSeriesServiceStatistics, the first period first."""
        span = requests.time_range(members, longest_s=assumptions.TIME_SERIES_MAX_SPAN_S)
        entity = _entity(members)
        period_s = _period_s(members)
        group = self._groups.asked_for(members)
        fitting = self._views.scan(selector(group.as_member(), self._groups.expression))
        tallies: dict[int, Tally] = {}
        for seen in self._seen(span, entity.choose, fitting):
            start_s = int(seen.start_s // period_s) * period_s
            tallies.setdefault(start_s, Tally(seen.start_s, seen.end_s)).add(seen)
        rows = [_row(start_s, tallies[start_s], entity.member) for start_s in sorted(tallies)]
        page, more = page_of(
            rows,
            members,
            size=assumptions.LIST_PAGE_SIZE,
            key=lambda row: f"{row['Timestamp']:012d}",
        )
        return {"TimeSeriesServiceStatistics": page, "ContainsOldGroupVersions": False, **more}

    def _seen(self, span: tuple[float, float], choose: Choose, fitting: Scan) -> Iterator[Seen]:
        start_s, end_s = span
        records = self._store.find(_ACTIVE, (start_s, end_s), order="start_s")
        for first in range(0, len(records), _TRACES_AT_A_TIME):
            for view in self._views.views(fitting(records[first : first + _TRACES_AT_A_TIME])):
                for seen in choose(view.observations):
                    if seen.outcome is not None and start_s <= seen.start_s < end_s:
                        yield seen


def _period_s(members: Members) -> int:
    allowed = assumptions.TIME_SERIES_PERIODS_S
    period_s = requests.integer(members, "Period")
    if period_s is None:
        return allowed[0]
    if period_s not in allowed:
        requests.refuse("Period", f"one of {', '.join(map(str, allowed))} seconds")
    return period_s


def _entity(members: Members) -> _Entity:
    text = requests.text(members, _SELECTOR, longest=_MAX_SELECTOR)
    if requests.boolean(members, "ForecastStatistics") and text is None:
        requests.refuse("ForecastStatistics", f"absent or come with {_SELECTOR}")
    if text is None:
        return _Entity(_all_edges, "EdgeSummaryStatistics")
    match parse_member(text, _SELECTOR):
        case Service(node, None):
            return _Entity(_of_node(node), "ServiceSummaryStatistics")
        case Edge(source, target, None):
            return _Entity(_of_edge(source, target), "EdgeSummaryStatistics")
    msg = f"{_SELECTOR} must be one id(), service() or edge(), and nothing else."
    raise InvalidRequest(msg)


def _all_edges(observed: Observations) -> Iterator[Seen]:
    return (one.seen for one in observed.edges)


def _of_node(pattern: NodePattern) -> Choose:
    def choose(observed: Observations) -> Iterator[Seen]:
        for one in observed.nodes:
            if one.key.type != "client" and _fits(one.key, pattern):
                yield one.seen

    return choose


def _of_edge(source: NodePattern, target: NodePattern) -> Choose:
    def choose(observed: Observations) -> Iterator[Seen]:
        for one in observed.edges:
            if _fits(one.key[0], source) and _fits(one.key[1], target):
                yield one.seen

    return choose


def _fits(key: NodeKey, pattern: NodePattern) -> bool:
    wanted = (pattern.name, pattern.type, pattern.account_id)
    return all(one is None or one == has for one, has in zip(wanted, key, strict=True))


def _row(start_s: int, tally: Tally, member: str) -> dict[str, Any]:
    return {
        "Timestamp": start_s,
        member: statistics(tally),
        "ResponseTimeHistogram": histogram(tally.responses_ms),
    }
