"""AWS X-Ray: the read side."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from .calling.caller import Json, ServiceFacade

BATCH_SIZE = 5
"""Trace ids that BatchGetTraces takes at most (API reference of BatchGetTraces)."""


class XRay(ServiceFacade):
    """The calls to AWS X-Ray."""

    def batch_get_traces(self, trace_ids: Sequence[str]) -> tuple[list[Json], list[str]]:
        """Return up to five traces, and the ids that were left unprocessed."""
        pages = self._each_page(
            "xray:BatchGetTraces", f"{len(trace_ids)} traces", TraceIds=list(trace_ids)
        )
        traces, left = list[Json](), list[str]()
        for page in pages:
            traces += page["Traces"]
            left += page.get("UnprocessedTraceIds", [])
        return traces, left

    def trace_summary_pages(
        self, start: datetime, end: datetime, *, filter_expression: str | None = None
    ) -> Iterator[list[Json]]:
        """Yield pages of summaries of traces that began in a window of at most a day.

        Each page is a call of its own, so a transient error repeats one page and not all.
        """
        params = {"FilterExpression": filter_expression} if filter_expression is not None else {}
        for page in self._each_page(
            "xray:GetTraceSummaries", "trace summaries", StartTime=start, EndTime=end, **params
        ):
            yield page["TraceSummaries"]

    def service_graph(self, *, start: datetime, end: datetime) -> list[Json]:
        """Return all pages of the service graph of a window of at most six hours."""
        params = {"StartTime": start, "EndTime": end}
        return [*self._each_page("xray:GetServiceGraph", "service graph", **params)]

    def trace_graph(self, trace_ids: Sequence[str]) -> list[Json]:
        """Return all pages of the graph of some traces."""
        ids = list(trace_ids)
        return [*self._each_page("xray:GetTraceGraph", "trace graph", TraceIds=ids)]
