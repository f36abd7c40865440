"""No public function of the analysis half crashes on bad spans: it works, or names the fault."""

import contextlib
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from bad_spans import DOUBTFUL, EXTREME, VIOLATING

from tracing_lab import cost, export, graph, plot, rca, scale, spans as spans_package, stats
from tracing_lab.config import Config
from tracing_lab.errors import TraceDataWarning, TracingLabError
from tracing_lab.plot import widgets

_NAMED = {kind: break_it for kind, (break_it, _) in {**VIOLATING, **DOUBTFUL}.items()}
BAD = {**_NAMED, **EXTREME}
NO_FRAME = {"wrong columns", "no dictionaries"}
"""Kinds of frames that are no span frames at all, so that nothing can be expected of them."""

Call = Callable[[pd.DataFrame, Path], Any]


def of_spans(function: Any) -> Call:
    return lambda spans, _path: function(spans)


def of_graph(function: Any) -> Call:
    return lambda spans, path: function(graph.service_graph_from_spans(spans), path)


def of_first(function: Any) -> Call:
    return lambda spans, _path: function(spans, first_trace(spans))


def first_trace(spans: pd.DataFrame) -> str:
    return str(next(iter(spans.index.get_level_values("trace_id")), "1-00000000-0"))


def bill(spans: pd.DataFrame) -> Any:
    return cost.traffic_bill(spans, Config())


ALONE = {
    stats: [
        *("call_paths", "cold_starts", "critical_path_parts", "critical_path_summary"),
        *("end_to_end", "error_rates", "explain_slow", "latency_summary", "path_times"),
        *("request_spans", "self_time_summary", "tail_attribution", "whole_traces"),
    ],
    graph: ["requests_behind", "service_graph_from_spans"],
    plot: [
        *("plot_attribution", "plot_ecdf", "plot_flame_graph", "plot_histogram", "plot_latency"),
        *("plot_latency_over_time", "plot_percentiles", "plot_timeline"),
    ],
    scale: ["latency_summary", "partitions_of", "self_time_summary", "service_graph"],
    widgets: ["service_map", "trace_explorer"],
    spans_package: ["validate_spans"],
}
"""Functions that take a span frame and nothing else."""

WITH_MORE: Mapping[str, Call] = {
    "stats.compare": lambda spans, _: stats.compare(spans, spans),
    "stats.sampling_weights": lambda spans, _: stats.sampling_weights(spans, []),
    "stats.weighted_summary": lambda spans, _: stats.weighted_summary(
        spans, pd.Series(2.0, index=spans.index.unique("trace_id"))
    ),
    "graph.compare": lambda spans, _: graph.compare(spans, spans),
    "graph.critical_path": lambda spans, _: graph.critical_path(
        graph.trace_tree_from_spans(spans, first_trace(spans))
    ),
    "graph.graph_to_frames": of_graph(lambda made, _: graph.graph_to_frames(made)),
    "graph.one_trace": of_first(graph.one_trace),
    "graph.trace_tree_from_spans": of_first(graph.trace_tree_from_spans),
    "plot.plot_comparison": lambda spans, _: plot.plot_comparison(stats.compare(spans, spans)),
    "plot.plot_root_cause": lambda spans, _: plot.plot_root_cause(
        rca.find_root_cause(spans, spans), graph.service_graph_from_spans(spans)
    ),
    "plot.plot_service_map": of_graph(lambda made, _: plot.plot_service_map(made)),
    "plot.plot_waterfall": of_first(plot.plot_waterfall),
    "export.graph_to_graphml": of_graph(export.graph_to_graphml),
    "export.report_html": lambda spans, path: export.report_html(
        spans, graph.service_graph_from_spans(spans), path, title="Bad"
    ),
    "export.spans_to_chrome_trace": export.spans_to_chrome_trace,
    "cost.traffic_bill": of_spans(bill),
    "cost.span_costs": lambda spans, _: cost.span_costs(spans, bill(spans)),
    "cost.costs_by_latency": lambda spans, _: cost.costs_by_latency(spans, bill(spans)),
    "rca.find_root_cause": lambda spans, _: rca.find_root_cause(spans, spans),
    "spans.save_spans": lambda spans, path: spans_package.load_spans(
        spans_package.save_spans(spans, path)
    ),
    "spans.select": lambda spans, _: spans_package.select(spans, "fault OR duration >= 0"),
}
"""Functions that take more."""

NOT_OF_SPANS = {
    # They take numbers, texts, responses of X-Ray, or what the functions above return.
    stats: {"needed_count", "or_unknown", "order_bounds", "percentile_interval", "ecdf"}
    | {"ecdf_margin"},
    graph: {"compare_graphs", "graph_from_frames", "node_key", "service_graph_from_document"},
    plot: {"duration", "figure_to_png", "figure_to_svg", "percent", "save_figure", "short_names"}
    | {"shortened", "plot_client_latency", "plotly"},
    cost: {"estimate", "load_prices"},
    # They take traces: `tests/spans/formats/test_bad_input.py` tries them.
    spans_package: {
        "exceptions_from_traces",
        "lake",
        "links_from_traces",
        "load_spans",
        "load_traces",
    }
    | {"operations_from_traces", "save_traces", "spans_from_protobuf", "spans_from_traces"},
    export: {"lost", "save_traces_as", "traces_to_jaeger", "traces_to_otlp"},
    rca: set(),
    scale: set(),
    widgets: set(),
}


def name_of(module: Any) -> str:
    return str(module.__name__).rpartition(".")[2]


CALLS: Mapping[str, Call] = {
    **WITH_MORE,
    **{
        f"{name_of(module)}.{name}": of_spans(getattr(module, name))
        for module, names in ALONE.items()
        for name in names
    },
}
SLOW = "export.report_html"
TRIES = [
    (kind, name)
    for kind in BAD
    if kind not in NO_FRAME
    for name in CALLS
    if name != SLOW or kind in EXTREME  # its figures are tried by themselves
]


@pytest.mark.parametrize("module", NOT_OF_SPANS, ids=name_of)
def test_every_public_function_is_tried(module: Any) -> None:
    public = {name for name in module.__all__ if name[0].islower()}
    tried = {name for name in public if f"{name_of(module)}.{name}" in CALLS}
    assert public - tried == NOT_OF_SPANS[module]


@pytest.fixture(scope="module")
def some_spans(worked_spans: pd.DataFrame, shop_spans: pd.DataFrame) -> pd.DataFrame:
    """Whole traces of a few kinds."""
    return pd.concat([worked_spans, shop_spans.iloc[:82]])


@pytest.mark.parametrize("kind,name", TRIES)
def test_bad_spans_crash_nothing(
    some_spans: pd.DataFrame, tmp_path: Path, kind: str, name: str
) -> None:
    bad = BAD[kind](some_spans)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceDataWarning)
        with contextlib.suppress(TracingLabError):  # says what is wrong
            CALLS[name](bad, tmp_path / "file")
    plt.close("all")
