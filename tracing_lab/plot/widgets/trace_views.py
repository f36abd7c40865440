"""What both widgets have: a list of traces, the waterfall of one, and the details of a span.

The browser sets ``sort``, ``selected`` and ``span``; everything else is computed here and sent to
it as plain text and numbers. `static/widget.js` draws it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import anywidget
import pandas as pd
import traitlets
from IPython.display import display

from tracing_lab.errors import TraceDataError

from .details import details
from .listing import ListColumn, caption, listing
from .pictures import waterfall
from .sources import TraceSource

_STATIC: Final = Path(__file__).parent / "static"


class TraceWidget(anywidget.AnyWidget):
    """A list of traces to click through.

    Parameters
    ----------
    source
        The traces.
    columns
        What the list shows of a trace.
    limit
        How many traces to list at most.
    **state
        The first values of traits.

    Raises
    ------
    ValueError
        If `limit` is less than 1.
    """

    _esm = _STATIC / "widget.js"
    _css = _STATIC / "widget.css"

    key = traitlets.Unicode().tag(sync=True)
    """By this the browser finds the widget's still pictures, to hide them."""
    listing = traitlets.Dict().tag(sync=True)
    sort = traitlets.Unicode().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    waterfall = traitlets.Dict().tag(sync=True)
    span = traitlets.Unicode().tag(sync=True)
    details = traitlets.Dict().tag(sync=True)

    def __init__(
        self, source: TraceSource, *, columns: tuple[ListColumn, ...], limit: int, **state: Any
    ) -> None:
        if limit < 1:
            msg = f"limit is {limit}; it must be 1 or more traces."
            raise ValueError(msg)
        self._source = source
        self._columns = columns
        self._limit = limit
        self._table = pd.DataFrame()
        super().__init__(key=uuid4().hex, **state)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({caption(len(self._table), len(self._table))})"

    @property
    def trace_ids(self) -> list[str]:
        """The ids of all traces that the list is about, shown or not."""
        return self._table.index.tolist()

    def _show(self, table: pd.DataFrame) -> None:
        """List the traces of a table."""
        self._table = table
        self._list()

    def _ipython_display_(self) -> None:
        for data, metadata in self._outputs():
            display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]

    def _outputs(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield a still picture, and the widget, which hides the picture while it is alive.

        JupyterLab shows one form of an output only, and of a reopened notebook's widget none: the
        picture has to be an output of its own.
        """
        yield {"text/plain": repr(self), "text/html": self._still()}, {}
        if bundle := super()._repr_mimebundle_():
            data, metadata = bundle
            yield {**data, "text/html": ""}, metadata

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the widget, and what stands for it, for those who show one output."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/html": self._still()}, metadata

    def _still(self) -> str:
        """Return the HTML for pages without a kernel."""
        raise NotImplementedError

    @traitlets.observe("sort")
    def _list(self, _: Any = None) -> None:
        if self._table.empty:
            self.listing = {"caption": caption(0, 0), "columns": [], "rows": []}
            return
        self.listing = listing(self._table, self._columns, sort=self.sort, limit=self._limit)

    @traitlets.validate("sort")
    def _check_sort(self, proposal: Mapping[str, Any]) -> str:
        name = str(proposal["value"])
        known = ["", *(column.name for column in self._columns)]
        if name.removeprefix("-") in known:
            return name
        msg = f"There is no column {name!r} to sort by. Choose one of {', '.join(known[1:])}."
        raise TraceDataError(msg)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Mapping[str, Any]) -> str:
        trace_id = str(proposal["value"])
        if not trace_id or trace_id in self._source:
            return trace_id
        msg = f"Trace {trace_id} is not among these traces. Take an id from `trace_ids`."
        raise TraceDataError(msg)

    @traitlets.validate("span")
    def _check_span(self, proposal: Mapping[str, Any]) -> str:
        span_id = str(proposal["value"])
        if not span_id or span_id in self._spans_of(self.selected):
            return span_id
        msg = f"Span {span_id} is not in the selected trace. Select its trace first."
        raise TraceDataError(msg)

    @traitlets.observe("selected")
    def _open_trace(self, _: Any) -> None:
        self.span = ""
        trace = self._source.trace(self.selected) if self.selected else None
        self.waterfall = {} if trace is None else asdict(waterfall(trace))

    @traitlets.observe("span")
    def _open_span(self, _: Any) -> None:
        if not self.span:
            self.details = {}
            return
        trace, documents = self._source.trace(self.selected), self._source.documents(self.selected)
        self.details = details(trace, self.span, documents)

    def _spans_of(self, trace_id: str) -> Iterable[str]:
        trace = self._source.trace(trace_id) if trace_id else self._source.spans.iloc[:0]
        return set(trace.index.get_level_values("span_id"))
