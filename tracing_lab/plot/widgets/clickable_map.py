"""A service map with numbers on hover, and the traces behind a node or an edge on a click."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Final

import networkx as nx
import pandas as pd
import traitlets

from tracing_lab.errors import TraceDataError
from tracing_lab.graph import Graph, requests_behind, service_graph_from_spans
from tracing_lab.plot import figure_to_png, percent, plot_service_map
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import PERCENTILES, or_unknown
from tracing_lab.xray_model.nodes import CLIENT

from .fallback import STILL_DPI, still
from .listing import PLACE_COLUMNS, milliseconds, place_table
from .pictures import map_picture
from .sources import TraceSource
from .trace_views import TraceWidget

_HEADERS: Final = ("requests", "faults", "errors", "of these throttles", "p50 (ms)", "p95 (ms)")


class ServiceMap(TraceWidget):
    """A service map to click on; see `service_map`.

    Parameters
    ----------
    source
        A service graph, a span frame, or traces as BatchGetTraces returns them.
    traces
        With a service graph: the traces to list.
    limit
        How many traces to list at most.
    """

    picture = traitlets.Dict().tag(sync=True)
    place = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        source: "Graph | pd.DataFrame | Iterable[Mapping[str, Any]]",
        *,
        traces: pd.DataFrame | Iterable[Mapping[str, Any]] | None,
        limit: int,
    ) -> None:
        given = _given(source, traces)
        super().__init__(TraceSource(given), columns=PLACE_COLUMNS, limit=limit)
        spans = self._source.spans
        self._graph = source if isinstance(source, nx.DiGraph) else service_graph_from_spans(spans)
        self._served, self._calls = requests_behind(spans)
        self.picture = _picture(self._graph, has_traces=len(spans) > 0)

    @traitlets.validate("place")
    def _check_place(self, proposal: Mapping[str, Any]) -> list[str]:
        match [*proposal["value"]]:
            case []:
                return []
            case [node] if node in self._graph:
                return [node]
            case [source, target] if self._graph.has_edge(source, target):
                return [source, target]
        place = " -> ".join(proposal["value"])
        msg = f"The map has no {place}. Name the key of a node, or two keys for an edge."
        raise TraceDataError(msg)

    @traitlets.observe("place")
    def _open_place(self, _: Any) -> None:
        requests = self._requests() if self.place else self._served.iloc[:0]
        self._show(place_table(requests, self._source.overview))

    def _requests(self) -> pd.DataFrame:
        """Return the requests behind the place; a client's are the calls that it made."""
        if len(self.place) > 1:
            index = self._calls.index
            source, target = self.place
            is_here = index.get_level_values("source") == source
            return self._calls[is_here & (index.get_level_values("target") == target)]
        (node,) = self.place
        if self._graph.nodes[node]["kind"] == CLIENT:
            return self._calls[self._calls.index.get_level_values("source") == node]
        return self._served[self._served.index == node]

    def _still(self) -> str:
        rows = [[_title(key), *_numbers(data)] for key, data in _places(self._graph).items()]
        return still(
            figure_to_png(plot_service_map(self._graph), dpi=STILL_DPI),
            key=self.key,
            alt=f"Service map with {len(self._graph)} nodes; the table has its numbers",
            caption="Nodes and edges",
            headers=["node or edge", *_HEADERS],
            rows=rows,
        )


def _given(source: Any, traces: Any) -> pd.DataFrame | Iterable[Mapping[str, Any]]:
    """Return the traces among the arguments; a graph can come without any."""
    if isinstance(source, nx.DiGraph):
        return spans_from_traces([]) if traces is None else traces
    if traces is not None:
        msg = "traces is only for a service graph; pass either traces or a graph and its traces."
        raise ValueError(msg)
    return source  # type: ignore[no-any-return]


def _picture(graph: Graph, *, has_traces: bool) -> dict[str, Any]:
    drawn = map_picture(graph)
    data_of = _places(graph)
    return {
        "source": "data:image/svg+xml;base64," + base64.b64encode(drawn.svg.encode()).decode(),
        "width": drawn.width,
        "height": drawn.height,
        "has_traces": has_traces,
        "shapes": [
            {
                "key": [*shape.key],
                "path": shape.path,
                "title": _title(shape.key),
                "numbers": [*zip(_HEADERS, _numbers(data_of[shape.key]), strict=True)],
            }
            for shape in drawn.shapes
        ],
    }


def _places(graph: Graph) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """Return the numbers of every node and every edge by its key."""
    nodes: dict[tuple[str, ...], Mapping[str, Any]] = {
        (key,): data for key, data in graph.nodes(data=True)
    }
    return nodes | {(source, target): data for source, target, data in graph.edges(data=True)}


def _title(key: tuple[str, ...]) -> str:
    return " → ".join(key)


def _numbers(data: Mapping[str, Any]) -> list[str]:
    """Return what `_HEADERS` names, as text."""
    requests = data["requests"]
    shares = [
        percent(data[name] / requests) if requests else "none"
        for name in ("faults", "errors", "throttles")
    ]
    times = [
        or_unknown(milliseconds(data[f"{name}_s"]), data[f"{name}_high_s"], PERCENTILES[name])
        for name in ("p50", "p95")
    ]
    return [f"{requests:,}", *shares, *times]
