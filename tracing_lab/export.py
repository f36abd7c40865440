"""Traces for other tools and other people.

`tracing_lab.spans.save_spans` writes Parquet; here are the formats of trace viewers, of graph
tools, and a page to send to somebody.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import orjson
import pandas as pd

from . import files, plot, stats
from ._chrome_trace import chrome_events
from ._otlp import otlp_from_spans
from ._report import Figures, page
from .errors import TraceDataError
from .graph import Graph
from .spans import spans_from_traces

__all__ = ["graph_to_graphml", "report_html", "spans_to_chrome_trace", "traces_to_otlp"]


def spans_to_chrome_trace(spans: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write spans for a trace viewer: drop the file on ui.perfetto.dev, or on speedscope.app.

    Parameters
    ----------
    spans
        A span frame; spans in progress are left out.
    path
        File to write, best ending in ``.json``; its folder is made when missing.

    Returns
    -------
    path
        The file written.
    """
    content = {"traceEvents": chrome_events(spans), "displayTimeUnit": "ms"}
    return files.write_bytes(path, orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY))


def traces_to_otlp(traces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Turn traces into the body of an OpenTelemetry export request.

    Sent to an OTLP endpoint as JSON (``POST /v1/traces``), the traces appear in any tool that
    takes OpenTelemetry. Inferred segments are left out, as OpenTelemetry has none.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.

    Returns
    -------
    request
        ``ExportTraceServiceRequest`` as JSON-able data, one resource per service.

    Raises
    ------
    TraceDataError
        If documents are unusable.
    """
    return otlp_from_spans(spans_from_traces(traces))


def graph_to_graphml(graph: Graph, path: str | os.PathLike[str]) -> Path:
    """Write a service graph for graph tools such as Gephi, yEd or Cytoscape.

    Parameters
    ----------
    graph
        A service graph.
    path
        File to write; its folder is made when missing.

    Returns
    -------
    path
        The file written.
    """
    known: Graph = nx.DiGraph()
    for node, data in graph.nodes(data=True):
        known.add_node(node, **_known(data))
    for source, target, data in graph.edges(data=True):
        known.add_edge(source, target, **_known(data))
    return files.write_bytes(path, "\n".join(nx.generate_graphml(known)).encode())


def report_html(
    spans: pd.DataFrame,
    graph: Graph,
    path: str | os.PathLike[str],
    *,
    title: str = "Traces of the order system",
) -> Path:
    """Write a page about traces that needs nothing but a browser.

    Parameters
    ----------
    spans
        A span frame.
    graph
        Their service graph.
    path
        File to write, best ending in ``.html``; its folder is made when missing.
    title
        Heading of the page.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    TraceDataError
        If there are no spans to report on.
    """
    if spans.empty:
        msg = "There are no spans to report on. Fetch traces first, or widen the time window."
        raise TraceDataError(msg)
    durations = stats.end_to_end(spans)["duration_s"]
    slowest = str(durations.idxmax() if durations.notna().any() else durations.index[0])
    figures = Figures(
        service_map=plot.figure_to_svg(plot.plot_service_map(graph)),
        latency=plot.figure_to_svg(plot.plot_latency(spans)),
        waterfall=plot.figure_to_svg(plot.plot_waterfall(spans, slowest)),
    )
    return files.write_bytes(path, page(spans, figures, title=title, slowest=slowest).encode())


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is unknown: GraphML has no way to say so."""
    return {name: value for name, value in data.items() if value == value}  # noqa: PLR0124 - NaN
