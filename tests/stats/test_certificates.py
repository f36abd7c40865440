"""Every percentile and every rate that a public function returns has its interval beside it."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pandas as pd
import pytest

from tracing_lab import cost, graph, scale, spans as spans_package, stats, summaries
from tracing_lab.config import Config
from tracing_lab.graph import graph_to_frames, service_graph_from_spans
from tracing_lab.summaries import frame_from_summaries

PERCENTILE = re.compile(r"(.*_)?p\d+(_.*)?_s$")
RATE = re.compile(r".*_rate$")
BOUND = re.compile(r"_(low|high)(_|$)")

# A function that returns no table, or whose table has no statistics, has no call here.
NO_TABLE = {
    *("Grouping", "Graph", "needed_count", "node_key", "or_unknown", "order_bounds"),
    *(
        "percentile_interval",
        "ecdf",
        "ecdf_margin",
        "one_trace",
        "trace_tree_from_spans",
        "critical_path",
    ),
    *("graph_from_frames", "service_graph_from_document", "compare_graphs"),
    *("load_summaries", "save_summaries", "validate_summaries"),
    *("estimate", "load_prices", "partitions_of", "lake", "load_traces", "save_traces"),
    *("load_spans", "save_spans", "validate_spans", "operations_from_traces"),
    "spans_from_protobuf",
    "traces_from_records",
}


def calls(spans: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    """Return a call of each public function that returns tables."""
    of_spans = [
        "cold_starts",
        "end_to_end",
        "error_rates",
        "explain_slow",
        "latency_summary",
        "path_times",
    ]
    of_spans += ["call_paths", "request_spans", "self_time_summary", "whole_traces"]
    of_spans += ["critical_path_parts", "critical_path_summary", "tail_attribution"]
    service_graph = service_graph_from_spans(spans)
    bill = cost.traffic_bill(spans, Config())
    return {
        **{name: partial(getattr(stats, name), spans) for name in of_spans},
        **{name: partial(_of_both, name, spans) for name in _IN_SCALE_TOO},
        "service_graph": lambda: graph_to_frames(scale.service_graph(spans)),
        "traffic_bill": lambda: bill,
        "span_costs": lambda: cost.span_costs(spans, bill),
        "costs_by_latency": lambda: cost.costs_by_latency(spans, bill),
        "spans_from_traces": lambda: spans,
        "select": lambda: spans_package.select(spans, "ok"),
        "exceptions_from_traces": lambda: spans_package.exceptions_from_traces([]),
        "links_from_traces": lambda: spans_package.links_from_traces([]),
        "compare": lambda: (stats.compare(spans, spans), graph.compare(spans, spans)),
        "sampling_weights": lambda: stats.sampling_weights(spans, []),
        "weighted_summary": lambda: stats.weighted_summary(
            spans, pd.Series(2.0, index=spans.index.unique("trace_id"))
        ),
        "graph_to_frames": lambda: graph_to_frames(service_graph),
        "service_graph_from_spans": lambda: graph_to_frames(service_graph),
        "requests_behind": lambda: graph.requests_behind(spans),
        "frame_from_summaries": lambda: frame_from_summaries([{"Id": "1-00000001-1"}]),
    }


_IN_SCALE_TOO = ("latency_summary", "self_time_summary")


def _of_both(name: str, spans: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return getattr(stats, name)(spans), getattr(scale, name)(spans)


def missing_bounds(columns: list[str]) -> Iterator[str]:
    """Yield the bounds that a table lacks."""
    for name in columns:
        if BOUND.search(name) or not (PERCENTILE.match(name) or RATE.match(name)):
            continue
        stem, unit = (name[:-2], "_s") if name.endswith("_s") else (name.removesuffix("_rate"), "")
        bounds = [f"{stem}_{bound}{unit}" for bound in ("low", "high")]
        yield from (bound for bound in bounds if bound not in columns)


def test_the_search_finds_what_lacks_a_bound() -> None:
    columns = ["p50_s", "p50_low_s", "cold_p50_first_s", "error_rate", "error_low", "error_high"]
    expected = ["p50_high_s", "cold_p50_first_low_s", "cold_p50_first_high_s"]
    assert [*missing_bounds(columns)] == expected


def test_every_percentile_and_rate_has_its_interval(shop_spans: pd.DataFrame) -> None:
    lacking = {}
    for name, call in calls(shop_spans).items():
        result = call()
        tables = result if isinstance(result, tuple) else (result,)
        columns = [str(one) for table in tables for one in getattr(table, "columns", ())]
        lacking[name] = [*missing_bounds(columns)]
    assert {name: bounds for name, bounds in lacking.items() if bounds} == {}


@pytest.mark.parametrize("module", [stats, graph, summaries, scale, cost, spans_package])
def test_every_public_function_is_searched(module: Any, shop_spans: pd.DataFrame) -> None:
    public = {name for name in module.__all__ if name[0].islower() or name in NO_TABLE}
    constants = {name for name in module.__all__ if name.isupper()}
    assert public - NO_TABLE - constants <= set(calls(shop_spans))
