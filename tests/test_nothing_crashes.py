"""No public function of the analysis half crashes on bad spans: it works, or names the fault."""

import contextlib
import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
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


class Inputs:
    """A bad span frame, and what is made from it once for all functions that take it."""

    def __init__(self, spans: pd.DataFrame) -> None:
        self.spans = spans

    @property
    def first_trace(self) -> str:
        return str(next(iter(self.spans.index.get_level_values("trace_id")), "1-00000000-0"))

    @cached_property
    def service_graph(self) -> graph.Graph:
        return graph.service_graph_from_spans(self.spans)

    @cached_property
    def comparison(self) -> pd.DataFrame:
        return stats.compare(self.spans, self.spans)

    @cached_property
    def finding(self) -> Any:
        return rca.find_root_cause(self.spans, self.spans)

    @cached_property
    def bill(self) -> Any:
        return cost.traffic_bill(self.spans, Config())


Call = Callable[[Inputs, Path], Any]


def of_spans(function: Any) -> Call:
    return lambda given, _path: function(given.spans)


def of_graph(function: Any) -> Call:
    return lambda given, path: function(given.service_graph, path)


def of_first(function: Any) -> Call:
    return lambda given, _path: function(given.spans, given.first_trace)


ALONE = {
    stats: [
        *("call_paths", "cold_starts", "critical_path_parts", "critical_path_summary"),
        *("end_to_end", "error_rates", "explain_slow", "latency_summary", "path_times"),
        *("request_spans", "self_time_summary", "tail_attribution", "whole_traces"),
    ],
    graph: ["requests_behind"],
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
    "stats.compare": lambda given, _: given.comparison,
    "stats.sampling_weights": lambda given, _: stats.sampling_weights(given.spans, []),
    "stats.weighted_summary": lambda given, _: stats.weighted_summary(
        given.spans, pd.Series(2.0, index=given.spans.index.unique("trace_id"))
    ),
    "graph.compare": lambda given, _: graph.compare(given.spans, given.spans),
    "graph.critical_path": lambda given, _: graph.critical_path(
        graph.trace_tree_from_spans(given.spans, given.first_trace)
    ),
    "graph.graph_to_frames": of_graph(lambda made, _: graph.graph_to_frames(made)),
    "graph.one_trace": of_first(graph.one_trace),
    "graph.service_graph_from_spans": lambda given, _: given.service_graph,
    "graph.trace_tree_from_spans": of_first(graph.trace_tree_from_spans),
    "plot.plot_comparison": lambda given, _: plot.plot_comparison(given.comparison),
    "plot.plot_root_cause": lambda given, _: plot.plot_root_cause(
        given.finding, given.service_graph
    ),
    "plot.plot_service_map": of_graph(lambda made, _: plot.plot_service_map(made)),
    "plot.plot_waterfall": of_first(plot.plot_waterfall),
    "export.graph_to_graphml": of_graph(export.graph_to_graphml),
    "export.report_html": lambda given, path: export.report_html(
        given.spans, given.service_graph, path, title="Bad"
    ),
    "export.spans_to_chrome_trace": lambda given, path: export.spans_to_chrome_trace(
        given.spans, path
    ),
    "cost.traffic_bill": lambda given, _: given.bill,
    "cost.span_costs": lambda given, _: cost.span_costs(given.spans, given.bill),
    "cost.costs_by_latency": lambda given, _: cost.costs_by_latency(given.spans, given.bill),
    "rca.find_root_cause": lambda given, _: given.finding,
    "spans.save_spans": lambda given, path: spans_package.load_spans(
        spans_package.save_spans(given.spans, path)
    ),
    "spans.select": lambda given, _: spans_package.select(given.spans, "fault OR duration >= 0"),
}
"""Functions that take more, or whose results others take."""

NOT_OF_SPANS = {
    # They take numbers, texts, responses of X-Ray, or what the functions above return.
    stats: {"needed_count", "or_unknown", "order_bounds", "percentile_interval", "ecdf"}
    | {"ecdf_margin"},
    graph: {"compare_graphs", "graph_from_frames", "node_key", "service_graph_from_document"},
    plot: {"duration", "figure_to_png", "figure_to_svg", "percent", "save_figure", "short_names"}
    | {"shortened", "plot_client_latency", "plot_prediction", "plotly"},
    cost: {"estimate", "load_prices"},
    # They take traces: `tests/spans/formats/test_bad_input.py` tries them.
    spans_package: {
        "exceptions_from_traces",
        "lake",
        "links_from_traces",
        "load_spans",
        "load_traces",
    }
    | {"operations_from_traces", "save_traces", "spans_from_protobuf", "spans_from_traces"}
    | {"traces_from_records"},
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
KINDS = [kind for kind in BAD if kind not in NO_FRAME]
SLOW = "export.report_html"  # its figures are tried by themselves
TRIES = [(kind, name) for kind in KINDS for name in CALLS if name != SLOW or kind in EXTREME]


@pytest.mark.parametrize("module", NOT_OF_SPANS, ids=name_of)
def test_every_public_function_is_tried(module: Any) -> None:
    public = {name for name in module.__all__ if name[0].islower()}
    tried = {name for name in public if f"{name_of(module)}.{name}" in CALLS}
    assert public - tried == NOT_OF_SPANS[module]


@pytest.fixture(scope="module")
def inputs(worked_spans: pd.DataFrame, shop_spans: pd.DataFrame) -> Mapping[str, Inputs]:
    """Return what is made from bad frames, by their kinds: whole traces of a few kinds, broken."""
    good = pd.concat([worked_spans, shop_spans.iloc[:82]])
    return {kind: Inputs(BAD[kind](good)) for kind in KINDS}


@pytest.mark.parametrize("kind,name", TRIES)
def test_bad_spans_crash_nothing(
    inputs: Mapping[str, Inputs], tmp_path: Path, kind: str, name: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceDataWarning)
        with contextlib.suppress(TracingLabError):  # says what is wrong
            CALLS[name](inputs[kind], tmp_path / "file")
    plt.close("all")
