"""The HTML report: figures and tables about traces in one file."""

import os
from pathlib import Path

import pandas as pd

from tracing_lab import files, plot, stats
from tracing_lab.errors import TraceDataError
from tracing_lab.graph import Graph

from .report_page import Figures, page


def report_html(
    spans: pd.DataFrame,
    graph: Graph,
    path: str | os.PathLike[str],
    *,
    title: str = "Traces of the order system",
) -> Path:
    """Write a report about traces, an HTML page without other files.

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
    slowest = slowest_trace(spans)
    figures = Figures(
        service_map=plot.figure_to_svg(plot.plot_service_map(graph)),
        latency=plot.figure_to_svg(plot.plot_latency(spans)),
        attribution=plot.figure_to_svg(plot.plot_attribution(spans)),
        waterfall=plot.figure_to_svg(plot.plot_waterfall(spans, slowest)),
        flame_graph=plot.figure_to_svg(plot.plot_flame_graph(spans)),
    )
    return files.write_bytes(path, page(spans, figures, title=title, slowest=slowest).encode())


def slowest_trace(spans: pd.DataFrame) -> str:
    """Return the id of the trace that took longest; of the first, if none has ended.

    Parameters
    ----------
    spans
        A span frame with at least one span.

    Returns
    -------
    trace_id
        Its id.
    """
    durations = stats.end_to_end(spans)["duration_s"]
    return str(durations.idxmax() if durations.notna().any() else durations.index[0])
