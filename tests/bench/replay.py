"""Replay the demo's traces on stand-ins, and compare every edge with the recording.

``python replay.py 120`` does it with so many orders. Services work as long as in the recorded
incidents' good windows. Recording and replay have the same low rate; the machine's load is printed,
because a busy one stretches what Lambda, API Gateway and EventBridge take themselves, and with it
short calls such as PutEvents. Therefore the shop is recorded a second time after the replay, and
compared with its first recording in the same way: closer than that, nothing can be.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from chain import free_port
from report import row

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.replay import ReplayComparison
from tracing_lab.replay.comparing import compared_edges

RATE = 2.0
MEDIAN_MS = {"order": 60.0, "payment": 90.0, "inventory": 45.0, "notification": 70.0}
SIGMA = 0.4
BAD_SHARE = 0.05
WARM_UP = 12


def faults() -> dict[str, dict[str, Any]]:
    """Return the simulated work of all services."""
    return {
        service: {
            "latency": {"distribution": "lognormal", "median_ms": median_ms, "sigma": SIGMA},
            "seed": 1,
        }
        for service, median_ms in MEDIAN_MS.items()
    }


def recorded(config: tl.Config, orders: int) -> pd.DataFrame:
    """Return the spans of orders in the shop, whose functions are initialized; always the same."""
    outputs = tl.deploy.apply(config)
    before = tl.traffic.fire(outputs, orders=WARM_UP, rate=RATE, seed=2)
    tl.xray.fetch_traces(config, before)
    log = tl.traffic.fire(
        outputs, scenario="poisson", orders=orders, rate=RATE, seed=1, bad_share=BAD_SHARE
    )
    return tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log))


def replayed(config: tl.Config, spans: pd.DataFrame) -> ReplayComparison:
    """Return how a replay differs from a recording."""
    deployed = tl.replay.apply(config, tl.replay.derive(spans))
    tl.xray.fetch_traces(config, tl.replay.warm_up(deployed, requests=WARM_UP))
    traces = tl.xray.fetch_traces(config, tl.replay.fire(deployed))
    return tl.replay.compare(spans, tl.spans.spans_from_traces(traces), deployed)


def edges_of(spans: pd.DataFrame) -> pd.DataFrame:
    """Return requests, median and 95th percentile of each edge."""
    _, edges = tl.graph.graph_to_frames(tl.graph.service_graph_from_spans(spans))
    return edges[["requests", "p50_s", "p95_s"]]


def bench_replay(orders: int = 240) -> None:
    """Print how close the edges of a replay are to the recorded ones."""
    loads = list[float]()
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        lifecycle.start(state_dir=state_dir, port=free_port())
        try:
            config = tl.Config(embedded_state_dir=state_dir, faults=faults())
            spans = recorded(config, orders)
            loads.append(os.getloadavg()[0])
            comparison = replayed(config, spans)
            loads.append(os.getloadavg()[0])
            again = compared_edges(edges_of(spans), edges_of(recorded(config, orders)))
            loads.append(os.getloadavg()[0])
        finally:
            lifecycle.stop(state_dir=state_dir)
    print(comparison)
    edges = comparison.edges
    same = int(((edges["requests"] > 0) & (edges["replayed_requests"] > 0)).sum())
    row("replay: edges of the recording", same, "", limit=len(edges))
    row("edges close in median and p95", int(edges["is_close"].sum()), "", limit=0.9 * len(edges))
    row("the same of a second recording", int(again["is_close"].sum()), "", limit=0.9 * len(again))
    for what, table in (("replay", edges), ("second recording", again)):
        timed = table[table["p50_s"] > 0]
        for name in ("p50", "p95"):
            off = (timed[f"replayed_{name}_s"] / timed[f"{name}_s"] - 1).abs()
            row(f"{what}: {name} off, median of {len(timed)} edges", off.median() * 100, "%")
    cpus = float(os.cpu_count() or 1)
    for what, load in zip(("recording", "replay", "second recording"), loads, strict=True):
        row(f"load of the machine after the {what}", load, "", limit=cpus)


if __name__ == "__main__":
    bench_replay(*map(int, sys.argv[1:]))
