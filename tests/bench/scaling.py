"""Measure answers from partitions: the sketch against pandas, Dask against one process."""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from analysis import ROUNDS, best, repeated
from distributed import Client
from report import row

import tracing_lab as tl
from tracing_lab.scale.running import local_cluster
from tracing_lab.scale.sketch import RELATIVE_ERROR, bins_of, values_at_ranks

ROWS, GROUPS = 5_000_000, 100
QUANTILES = (0.5, 0.95, 0.99)
FILES, REPEATED = 30, 85
WORKERS = 2


def bench_quantiles() -> None:
    """Measure percentiles of many groups."""
    rng = np.random.default_rng(1)
    codes, values = rng.integers(0, GROUPS, ROWS), rng.lognormal(-3, 1, ROWS)
    frame = pd.DataFrame({"group": pd.Categorical(codes), "s": values})
    levels = np.array(QUANTILES)
    exact, pandas_s = best(
        lambda: frame.groupby("group")["s"].quantile(levels, interpolation="lower")
    )
    sketched, sketch_s = best(lambda: sketch_quantiles(codes, values))
    name = f"p50, p95, p99 of {GROUPS} groups, {ROWS / 1e6:.0f} million rows"
    row(name, sketch_s, "s", peer=pandas_s, peer_name="pandas' groupby quantile")
    error = float(np.abs(sketched / exact.to_numpy().reshape(GROUPS, -1) - 1).max())
    row("largest error of these", 100 * error, "%", limit=100 * RELATIVE_ERROR)


def sketch_quantiles(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return percentiles by group from the sketch's bins."""
    bins = bins_of(values)
    lowest, many = bins.min(), int(bins.max() - bins.min()) + 1
    counts = np.bincount(codes * many + (bins - lowest), minlength=GROUPS * many)
    numbers = np.arange(many, dtype=np.int32) + lowest
    return np.array(
        [
            values_at_ranks(numbers, group, np.array(QUANTILES) * (group.sum() - 1))
            for group in counts.reshape(GROUPS, many)
        ]
    )


def write_lake(folder: Path) -> None:
    """Write three million spans."""
    traces = repeated(tl.samples.recorded().traces, REPEATED)
    spans = tl.spans.spans_from_traces(traces)
    for number in range(FILES):
        tl.spans.save_spans(spans, folder / f"part={number}" / "spans.parquet")


def bench_dask() -> None:
    """Compare two workers with one process, over a lake of three million spans."""
    with tempfile.TemporaryDirectory() as folder:
        write_lake(Path(folder))
        compare_workers(Path(folder))


def compare_workers(folder: Path) -> None:
    """Print how long both take, and whether they agree; the least of several times each."""
    with local_cluster(WORKERS) as address, Client(address) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(WORKERS)
        timed(folder / "part=0", address)  # workers import the library
        pairs = [(timed(folder, None), timed(folder, address)) for _ in range(ROUNDS)]
        used = client.run(lambda: psutil.Process().memory_info().rss / 1e6)
    (alone, _), (both, _) = pairs[0]
    alone_s, both_s = (min(took_s for _, took_s in runs) for runs in zip(*pairs, strict=True))
    name = f"service graph and latency, {alone[1]['count'].sum() / 1e6:.1f} million requests"
    row(f"{name}, {WORKERS} workers", both_s, "s", peer=alone_s, peer_name="one process")
    same = repr(alone[0].edges.items()) == repr(both[0].edges.items()) and alone[1].equals(both[1])
    row("the same graph and latency", float(same), "", limit=1.0)
    row("memory of the larger worker", max(used.values()), "MB")


def timed(folder: Path, scheduler: str | None) -> tuple[tuple[tl.graph.Graph, pd.DataFrame], float]:
    """Return graph and latency, and the seconds that they took."""
    began_s = time.perf_counter()
    graph = tl.scale.service_graph(folder, scheduler=scheduler)
    latency = tl.scale.latency_summary(folder, scheduler=scheduler)
    return (graph, latency), time.perf_counter() - began_s
