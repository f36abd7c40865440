"""Measure how long figures of much take, until their pixels are there."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from analysis import FOR_A_MILLION, best, repeated
from matplotlib.axes import Axes
from report import row

import tracing_lab as tl

POINTS = 1_000_000
SPANS = 50_000
LONGEST_S = 3.0
LONGEST_WATERFALL_S = 2.0
SERVICES = 20
FAILING = 0.02
OF_SUMMARIES = (
    tl.plot.plot_latency_over_time,
    tl.plot.plot_ecdf,
    tl.plot.plot_histogram,
    tl.plot.plot_latency,
)
OF_SPANS = (tl.plot.plot_flame_graph, tl.plot.plot_percentiles, tl.plot.plot_timeline)
TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
BEGIN_S = 1795435200.0


def bench_plots() -> None:
    """Draw a waterfall of a large trace, and each figure of a million requests."""
    spans = tl.spans.spans_from_traces([large_trace(SPANS)])
    _, took_s = best(lambda: tl.plot.figure_to_png(tl.plot.plot_waterfall(spans, TRACE_ID)))
    row(f"waterfall, {SPANS:,} spans", took_s, "s", limit=LONGEST_WATERFALL_S)
    draw(many_summaries(POINTS), *OF_SUMMARIES)
    traces = repeated(tl.samples.recorded().traces, FOR_A_MILLION)
    draw(tl.spans.spans_from_traces(traces), *OF_SPANS)


def draw(frame: pd.DataFrame, *figures: Callable[[pd.DataFrame], Axes]) -> None:
    """Measure the processor time from a frame to the bytes of a PNG file, by figure."""
    for figure in figures:
        _, took_s = best(lambda: tl.plot.figure_to_png(figure(frame)))  # noqa: B023 - called at once
        name = figure.__name__.removeprefix("plot_").replace("_", " ")
        row(f"{name}, {len(frame) / 1e6:.1f} million rows", took_s, "s", limit=LONGEST_S)


def large_trace(count: int, *, seed: int = 0) -> dict[str, Any]:
    """Return a trace whose spans lie within random ones before them, and of which some failed."""
    rng = np.random.default_rng(seed)
    bounds = [(0.0, 60.0)]
    documents: list[dict[str, Any]] = [{"id": f"{0:016x}", "name": "service-0"}]
    for number in range(1, count):
        parent = int(rng.integers(number // 12, number // 8 + 1))
        bounds.append(tuple(np.sort(rng.uniform(*bounds[parent], 2))))
        document: dict[str, Any] = {"id": f"{number:016x}", "name": f"service-{number % SERVICES}"}
        document |= {"parent_id": f"{parent:016x}", "fault": number % 997 == 0}
        documents.append(document)
    for one, (start, end) in zip(documents, bounds, strict=True):
        one |= {"start_time": BEGIN_S + start, "end_time": BEGIN_S + end}
    segments = [{"Id": document["id"], "Document": document} for document in documents]
    return {"Id": TRACE_ID, "Segments": segments}


def many_summaries(count: int, *, seed: int = 0) -> pd.DataFrame:
    """Return a day of trace summaries: log-normal response times at several entry points."""
    rng = np.random.default_rng(seed)
    few = tl.summaries.frame_from_summaries(
        {"Id": f"1-6b042ac0-{number:024x}", "EntryPoint": {"Name": f"service-{number}"},
         "StartTime": BEGIN_S, "ResponseTime": 0.1}
        for number in range(SERVICES)
    )  # fmt: skip
    frame = few.iloc[rng.integers(SERVICES, size=count)]
    ids = [f"1-6b042ac0-{number:024x}" for number in range(count)]
    starts = pd.to_datetime(np.sort(rng.uniform(0, 86_400, count)) + BEGIN_S, unit="s", utc=True)
    return frame.set_axis(pd.Index(ids, name=few.index.name)).assign(
        start=starts.as_unit("ns"),
        response_s=rng.lognormal(-2.5, 0.7, count),
        has_fault=rng.random(count) < FAILING,
    )


if __name__ == "__main__":
    bench_plots()
