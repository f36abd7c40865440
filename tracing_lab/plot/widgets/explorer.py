"""A widget that filters traces, lists them, and opens them as waterfalls."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

import pandas as pd
import traitlets

from tracing_lab.errors import FilterSyntaxError, TraceDataError
from tracing_lab.filters import FactColumns
from tracing_lab.plot import figure_to_png, plot_waterfall, short_names
from tracing_lab.spans.facts import columns_from_spans
from tracing_lab.spans.selection import chooser_for_spans

from .fallback import STILL_DPI, still
from .listing import TRACE_COLUMNS, trace_table
from .sources import TraceSource
from .trace_views import TraceWidget

_MOST_ROWS: Final = 150
"""A still waterfall with more spans would take seconds to draw, and pages to read."""


class TraceExplorer(TraceWidget):
    """A trace explorer; see `trace_explorer`.

    Parameters
    ----------
    traces
        A span frame, or traces as BatchGetTraces returns them.
    expression
        The first filter expression; all traces by default.
    limit
        How many traces to list at most.
    """

    expression = traitlets.Unicode().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    """The expression that was evaluated last, and what is wrong with it: ``message``, ``column``"""

    def __init__(
        self, traces: pd.DataFrame | Iterable[Mapping[str, Any]], *, expression: str, limit: int
    ) -> None:
        super().__init__(TraceSource(traces), columns=TRACE_COLUMNS, limit=limit)
        self._all = trace_table(
            self._source.overview, short_names(self._source.spans["service"].unique())
        )
        self._show(self._all.loc[self._matching(expression)])
        self.answer = _answer(expression)
        self.expression = expression

    @traitlets.observe("expression")
    def _filter(self, _: Any) -> None:
        if self.answer == _answer(self.expression):
            return
        try:
            self._show(self._all.loc[self._matching(self.expression)])
        except FilterSyntaxError as error:
            self.answer = _answer(self.expression, str(error), error.column)
        except TraceDataError as error:
            self.answer = _answer(self.expression, str(error))
        else:
            self.answer = _answer(self.expression)

    def _matching(self, expression: str) -> list[str]:
        if not expression.strip():
            return self._all.index.tolist()
        choose = chooser_for_spans(expression)
        return [ids[number] for ids, columns in self._blocks for number in sorted(choose(columns))]

    @cached_property
    def _blocks(self) -> list[tuple[tuple[str, ...], FactColumns]]:
        return [*columns_from_spans(self._source.spans)]

    def _still(self) -> str:
        rows = self.listing["rows"]
        trace_id = self.selected or (rows[0]["id"] if rows else "")
        return still(
            self._picture(trace_id) if trace_id else None,
            key=self.key,
            alt=f"Waterfall of trace {trace_id}",
            caption=f"Filter: {self.expression or 'none'}. {self.listing['caption'].capitalize()}.",
            headers=["trace", *(column["title"] for column in self.listing["columns"])],
            rows=[[row["id"], *row["cells"]] for row in rows],
        )

    def _picture(self, trace_id: str) -> bytes | None:
        trace = self._source.trace(trace_id)
        if len(trace) > _MOST_ROWS:
            return None
        return figure_to_png(plot_waterfall(trace, trace_id), dpi=STILL_DPI)


def _answer(expression: str, message: str = "", column: int = 0) -> dict[str, Any]:
    return {"expression": expression, "message": message, "column": column}
