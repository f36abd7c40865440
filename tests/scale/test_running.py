"""Dask gives the same answers as one process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pandas as pd
import pytest

from tracing_lab import scale
from tracing_lab.spans import save_spans


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Two workers in this process, so that the test starts no others."""
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    )
    with cluster:
        yield cluster.scheduler_address


def test_two_workers_give_the_answers_of_one_process(
    shop_spans: pd.DataFrame, scheduler: str, tmp_path: Path
) -> None:
    numbers = pd.factorize(shop_spans.index.get_level_values("trace_id"))[0] % 10
    for number in range(10):
        save_spans(shop_spans[numbers == number], tmp_path / f"{number}.parquet")
    alone = scale.latency_summary(tmp_path)
    pd.testing.assert_frame_equal(scale.latency_summary(tmp_path, scheduler=scheduler), alone)
    graph = scale.service_graph(tmp_path, scheduler=scheduler)
    assert said(graph) == said(scale.service_graph(tmp_path))


def said(graph: Any) -> list[str]:
    """Return what a graph says, in words: what is unknown is not equal to itself."""
    return sorted(map(repr, [*graph.nodes.items(), *graph.edges.items()]))
