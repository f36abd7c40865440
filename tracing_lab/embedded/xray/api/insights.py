"""The operations on insights, which `insight_search` finds.

AWS X-Ray API reference. A group has insights if its ``InsightsEnabled`` is set. They are searched
for on request; an id that was returned once stays valid.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from tracing_lab.embedded.xray import undocumented
from tracing_lab.embedded.xray.derive.graph_output import services_from_total
from tracing_lab.embedded.xray.derive.insight_search import (
    MINUTE_S,
    Anomaly,
    find_anomalies,
    total_impact,
)
from tracing_lab.embedded.xray.derive.views import TraceView, TraceViews
from tracing_lab.embedded.xray.derive.window import GraphWindows
from tracing_lab.embedded.xray.store.traces import RETENTION_S, TraceStore

from . import requests
from .groups import Group, Groups
from .paging import page_of
from .records import RecordChange, Records
from .requests import InvalidRequest, Members, Operation
from .selection import selector

DAY_S: Final = 24 * 3600
_KIND: Final = "insight"
_ACTIVE, _CLOSED = _STATES = ("ACTIVE", "CLOSED")
_MAX_SUMMARIES: Final = 100
_MAX_EVENTS: Final = 50
_BEGUN: Final = "start_s >= ? AND start_s < ?"
_NAMESPACE: Final = uuid.UUID("3c1a9d4e-8f0b-5d0e-9f43-6f2f4a5e7b10")
_GRAPH_MEMBERS: Final = ("ReferenceId", "Type", "Name", "Names", "AccountId")
_INSIGHT_ID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)


class Insights:
    """Responds to calls about insights.

    Parameters
    ----------
    store, views
        The traces, and the data derived from them.
    windows
        Service graphs of time windows.
    groups
        The groups that requests may name.
    records
        Stores which insights were returned.
    clock
        Returns the time in epoch seconds.
    """

    def __init__(
        self,
        store: TraceStore,
        views: TraceViews,
        windows: GraphWindows,
        groups: Groups,
        records: Records,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._views = views
        self._groups = groups
        self._records = records
        self._clock = clock
        self._windows = windows

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "GetInsightSummaries": self.summaries,
            "GetInsight": self.insight,
            "GetInsightEvents": self.events,
            "GetInsightImpactGraph": self.impact_graph,
        }

    def summaries(self, members: Members) -> dict[str, Any]:
        """Respond to GetInsightSummaries: insights of a group in a range, oldest first."""
        start_s, end_s = self._recent_range(members, longest_s=None)
        requests.only_one(members, "GroupName", "GroupARN")
        group = self._groups.requested(members)
        size = requests.integer(members, "MaxResults", least=1, most=_MAX_SUMMARIES)
        states = requests.texts(members, "States", most=1) if "States" in members else []
        if not set(states) <= set(_STATES):
            requests.reject("States", f"a list of one of {', '.join(_STATES)}")
        found = [
            {**self._described(anomaly, group), "LastUpdateTime": anomaly.end_s}
            for anomaly in self._anomalies(group, start_s, end_s)
        ]
        self._record(group, found)
        chosen = [summary for summary in found if not states or summary["State"] in states]
        page, more = page_of(chosen, members, size=size or _MAX_SUMMARIES, key=_position)
        return {"InsightSummaries": page, **more}

    def insight(self, members: Members) -> dict[str, Any]:
        """Respond to GetInsight."""
        group, anomaly = self._known(members)
        return {"Insight": self._described(anomaly, group)}

    def events(self, members: Members) -> dict[str, Any]:
        """Respond to GetInsightEvents: one for each anomalous minute."""
        size = requests.integer(members, "MaxResults", least=1, most=_MAX_EVENTS)
        _, anomaly = self._known(members)
        events = [
            {
                "Summary": _sentence(Anomaly(anomaly.service, (minute,))),
                "EventTime": minute.start_s,
                "ClientRequestImpactStatistics": minute.clients.as_member(),
                "RootCauseServiceRequestImpactStatistics": minute.service.as_member(),
                "TopAnomalousServices": [{"ServiceId": anomaly.service.as_service_id()}],
            }
            for minute in anomaly.minutes
        ]
        page, more = page_of(
            events,
            members,
            size=size or _MAX_EVENTS,
            key=lambda event: f"{event['EventTime']:012d}",
        )
        return {"InsightEvents": page, **more}

    def impact_graph(self, members: Members) -> dict[str, Any]:
        """Respond to GetInsightImpactGraph: the group's services in a range, without numbers."""
        start_s, end_s = self._recent_range(members, longest_s=undocumented.INSIGHT_MAX_SPAN_S)
        requests.text(members, "NextToken")
        group, _ = self._known(members)
        trace_filter = selector(group.as_member(), self._groups.expression)
        services = services_from_total(self._windows.graph(start_s, end_s, trace_filter))
        times = {"StartTime": start_s, "EndTime": end_s}
        return {
            "InsightId": members["InsightId"],
            **times,
            **{f"ServiceGraph{name}": value for name, value in times.items()},
            "Services": [_without_numbers(service) for service in services],
        }

    def _record(self, group: Group, summaries: Iterable[Mapping[str, Any]]) -> None:
        """Write which insights were returned, and delete those of expired traces."""
        oldest_s, known = self._oldest_s(), self._records.all(_KIND)
        new = {found["InsightId"]: [group.arn, found["StartTime"]] for found in summaries}
        old = {key: None for key, (_arn, start_s) in known.items() if start_s < oldest_s}
        changes = {key: value for key, value in (old | new).items() if known.get(key) != value}
        self._records.write(*(RecordChange(_KIND, *change) for change in changes.items()))

    def _oldest_s(self) -> float:
        return self._clock() - RETENTION_S

    def _recent_range(self, members: Members, *, longest_s: float | None) -> tuple[float, float]:
        start_s, end_s = requests.time_range(members, longest_s=longest_s)
        if start_s < self._oldest_s():
            requests.reject("StartTime", f"at most {RETENTION_S // DAY_S} days old")
        return start_s, end_s

    def _known(self, members: Members) -> tuple[Group, Anomaly]:
        """Return the current insight of a request."""
        insight_id = requests.required(requests.text(members, "InsightId"), "InsightId")
        if _INSIGHT_ID.fullmatch(insight_id) is None:
            requests.reject("InsightId", "a UUID")
        arn, start_s = self._records.get(_KIND, insight_id.lower()) or ("", 0)
        if self._groups.has(arn):
            group = self._groups.requested({"GroupARN": arn})
            for anomaly in self._anomalies(group, start_s, start_s + MINUTE_S):
                if _insight_id(anomaly, group) == insight_id.lower():
                    return group, anomaly
        msg = f"InsightId: there is no insight {insight_id}. List them with GetInsightSummaries."
        raise InvalidRequest(msg)

    def _anomalies(self, group: Group, start_s: float, end_s: float) -> list[Anomaly]:
        if not group.insights_enabled:
            return []
        return find_anomalies(
            partial(self._chosen, group),
            start_s,
            end_s,
            earliest_s=self._oldest_s(),
            latest_s=self._clock(),
        )

    def _chosen(self, group: Group, start_s: float, end_s: float) -> Iterator[TraceView]:
        records = self._store.find(_BEGUN, (start_s, end_s), order="start_s")
        return self._views.selected(records, selector(group.as_member(), self._groups.expression))

    def _described(self, anomaly: Anomaly, group: Group) -> dict[str, Any]:
        is_active = self._clock() < anomaly.end_s + undocumented.INSIGHT_GAP_S
        clients = total_impact([minute.clients for minute in anomaly.minutes])
        service = total_impact([minute.service for minute in anomaly.minutes])
        insight = {
            "InsightId": _insight_id(anomaly, group),
            "GroupARN": group.arn,
            "GroupName": group.name,
            "RootCauseServiceId": anomaly.service.as_service_id(),
            "Categories": ["FAULT"],
            "State": _ACTIVE if is_active else _CLOSED,
            "StartTime": anomaly.start_s,
            "Summary": _sentence(anomaly),
            "ClientRequestImpactStatistics": clients.as_member(),
            "RootCauseServiceRequestImpactStatistics": service.as_member(),
            "TopAnomalousServices": [{"ServiceId": anomaly.service.as_service_id()}],
        }
        return insight if is_active else {**insight, "EndTime": anomaly.end_s}


def _insight_id(anomaly: Anomaly, group: Group) -> str:
    name = "|".join((group.arn, *anomaly.service.sort_key(), str(anomaly.start_s)))
    return str(uuid.uuid5(_NAMESPACE, name))


def _sentence(anomaly: Anomaly) -> str:
    impact = total_impact([minute.service for minute in anomaly.minutes])
    return (
        f"{anomaly.service.name} ({anomaly.service.type}) made {impact.faults} of {impact.total} "
        f"traces fail in {len(anomaly.minutes)} min. Found by a fixed threshold, not by AWS's "
        "anomaly detection."
    )


def _position(summary: Mapping[str, Any]) -> str:
    return f"{summary['StartTime']:012d}/{summary['InsightId']}"


def _without_numbers(service: Mapping[str, Any]) -> dict[str, Any]:
    members = {name: service[name] for name in _GRAPH_MEMBERS if name in service}
    return {**members, "Edges": [{"ReferenceId": edge["ReferenceId"]} for edge in service["Edges"]]}
