"""Answers from partitions are those from all spans at once."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab import scale, stats
from tracing_lab.errors import MissingFileError
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import lake, save_spans, spans_from_traces

COUNTS = ("requests", "errors", "faults", "throttles")


def split(spans: pd.DataFrame, parts: int) -> list[pd.DataFrame]:
    numbers = pd.factorize(spans.index.get_level_values("trace_id"))[0] % parts
    return [spans[numbers == part] for part in range(parts)]


def attributes(graph: Any, name: str) -> dict[Any, float]:
    nodes = dict(graph.nodes(data=name))
    return nodes | {(a, b): value for a, b, value in graph.edges(data=name)}


@pytest.mark.parametrize("parts", [1, 3])
def test_the_graph_has_the_same_counts_and_nearly_the_same_times(
    shop_spans: pd.DataFrame, parts: int
) -> None:
    exact, graph = (
        service_graph_from_spans(shop_spans),
        scale.service_graph(split(shop_spans, parts)),
    )
    for name in COUNTS:
        assert attributes(graph, name) == attributes(exact, name)
    for name in ("p50_s", "bus_p50_s", "failure_low", "requests_per_s"):
        for place, value in attributes(exact, name).items():
            is_known = value is not None  # nodes have no time on the bus
            close = pytest.approx(value, rel=0.03, nan_ok=True) if is_known else None
            assert attributes(graph, name)[place] == close


@pytest.mark.parametrize("by", ["service", "node", "operation"])
def test_latency_does_not_depend_on_how_spans_are_split(shop_spans: pd.DataFrame, by: str) -> None:
    whole = scale.latency_summary(shop_spans, by=by)  # type: ignore[arg-type]
    parts = scale.latency_summary(split(shop_spans, 4), by=by)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(whole, parts)
    exact = stats.latency_summary(shop_spans, by=by).loc[whole.index]
    for name in ("count", "error_rate", "fault_rate", "throttle_rate", "fault_low", "fault_high"):
        np.testing.assert_allclose(whole[name], exact[name])


def test_self_times_are_those_of_all_spans(shop_spans: pd.DataFrame) -> None:
    exact = stats.self_time_summary(shop_spans)
    summary = scale.self_time_summary(split(shop_spans, 3)).loc[exact.index]
    np.testing.assert_allclose(
        summary.to_numpy(dtype=float), exact.to_numpy(dtype=float), atol=1e-6
    )


def test_a_trace_lake_can_be_asked(tmp_path: Path, shop_traces: Any) -> None:
    traces = shop_traces(30)
    for part in (traces[:10], traces[10:]):
        lake.add_traces(part, tmp_path)
    whole = scale.latency_summary(spans_from_traces(traces))
    pd.testing.assert_frame_equal(scale.latency_summary(tmp_path), whole)
    pd.testing.assert_frame_equal(scale.latency_summary(lake.lake_parts(tmp_path)), whole)


def test_bounds_that_too_few_requests_have_are_unknown(shop_spans: pd.DataFrame) -> None:
    few = scale.latency_summary(shop_spans.iloc[:60])
    assert few["p99_high_s"].isna().all()


def test_bounds_are_those_of_the_same_ranks_of_all_requests(shop_spans: pd.DataFrame) -> None:
    exact = stats.latency_summary(shop_spans)
    summary = scale.latency_summary(shop_spans).loc[exact.index]
    for name in ("p50_low_s", "p50_high_s", "p95_low_s", "p95_high_s"):
        np.testing.assert_allclose(summary[name], exact[name], rtol=scale.RELATIVE_ERROR + 1e-9)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 2.0])
def test_a_confidence_must_be_a_fraction(shop_spans: pd.DataFrame, confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        scale.latency_summary(shop_spans, confidence=confidence)


def test_files_are_partitions(shop_spans: pd.DataFrame, tmp_path: Path) -> None:
    for number, part in enumerate(split(shop_spans, 3)):
        save_spans(part, tmp_path / f"day={number}" / "spans.parquet")
    whole = scale.latency_summary(shop_spans)
    pd.testing.assert_frame_equal(scale.latency_summary(tmp_path), whole)
    assert len(scale.partitions_of(tmp_path)) == 3


def test_no_spans_have_answers() -> None:
    nothing = spans_from_traces([])
    assert scale.latency_summary(nothing).empty
    assert scale.latency_summary([]).empty
    assert scale.self_time_summary(nothing).empty
    assert not scale.service_graph(nothing)


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="save_spans"):
        scale.latency_summary(tmp_path)
    with pytest.raises(MissingFileError, match=r"none\.parquet"):
        scale.latency_summary(tmp_path / "none.parquet")
