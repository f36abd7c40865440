"""What a widget shows: spans, and the documents they come from where there are any."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces
from tracing_lab.spans.reading.documents import documents_from_traces
from tracing_lab.spans.validation import check_spans
from tracing_lab.stats import end_to_end
from tracing_lab.stats.frame_kinds import is_summary_frame
from tracing_lab.xray_model.documents import Document


class TraceSource:
    """Traces as a span frame and, when it was made from documents, the documents.

    Parameters
    ----------
    traces
        A span frame, or traces as BatchGetTraces returns them.

    Raises
    ------
    TraceDataError
        If the frame is not a span frame, or the documents are unusable.
    """

    def __init__(self, traces: pd.DataFrame | Iterable[Mapping[str, Any]]) -> None:
        self._traces: dict[str, list[Mapping[str, Any]]] = {}
        if isinstance(traces, pd.DataFrame):
            self.spans = _checked(traces)
            return
        listed = [*traces]
        self.spans = spans_from_traces(listed)
        for trace in listed:
            self._traces.setdefault(trace["Id"], []).append(trace)

    @cached_property
    def overview(self) -> pd.DataFrame:
        """One row per trace, as `stats.end_to_end` has them."""
        return end_to_end(self.spans)

    def trace(self, trace_id: str) -> pd.DataFrame:
        """Return the span frame of one trace."""
        rows: pd.DataFrame = self.spans.iloc[self._rows_of[trace_id]]
        return rows

    def documents(self, trace_id: str) -> Mapping[str, Document] | None:
        """Return the documents of one trace by id, None if there are only spans."""
        if not self._traces:
            return None
        documents, _ = documents_from_traces(self._traces[trace_id])
        return documents[trace_id]

    def __contains__(self, trace_id: object) -> bool:
        return trace_id in self._rows_of

    @cached_property
    def _rows_of(self) -> Mapping[Any, Any]:
        return self.spans.groupby(level="trace_id", sort=False).indices


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    if is_summary_frame(frame):
        msg = (
            "A summary frame has no spans to draw. Fetch the traces with xray.fetch_traces and "
            "pass those."
        )
        raise TraceDataError(msg)
    check_spans(frame)
    return frame
