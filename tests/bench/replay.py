"""Replay the demo's traces on stand-ins, and compare every edge with the recording.

``python replay.py 120`` does it with so many orders. Services work as long as in the recorded
incidents' good windows. Recording and replay have the same low rate; the machine's load is printed,
because a busy one stretches what Lambda, API Gateway and EventBridge take themselves, and with it
short calls such as PutEvents.
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
    """Return the spans of orders in the shop, whose functions are initialized."""
    outputs = tl.deploy.apply(config)
    before = tl.traffic.fire(outputs, orders=WARM_UP, rate=RATE, seed=2)
    tl.xray.fetch_traces(config, before)
    log = tl.traffic.fire(
        outputs, scenario="poisson", orders=orders, rate=RATE, seed=1, bad_share=BAD_SHARE
    )
    return tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log))


def replayed(config: tl.Config, orders: int) -> ReplayComparison:
    """Return how a replay differs from what was recorded just before."""
    spans = recorded(config, orders)
    deployed = tl.replay.apply(config, tl.replay.derive(spans))
    tl.xray.fetch_traces(config, tl.replay.warm_up(deployed, requests=WARM_UP))
    traces = tl.xray.fetch_traces(config, tl.replay.fire(deployed))
    return tl.replay.compare(spans, tl.spans.spans_from_traces(traces), deployed)


def bench_replay(orders: int = 240) -> None:
    """Print how close the edges of a replay are to the recorded ones."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        lifecycle.start(state_dir=state_dir, port=free_port())
        try:
            config = tl.Config(embedded_state_dir=state_dir, faults=faults())
            comparison = replayed(config, orders)
        finally:
            lifecycle.stop(state_dir=state_dir)
    print(comparison)
    edges = comparison.edges
    same = int(((edges["requests"] > 0) & (edges["replayed_requests"] > 0)).sum())
    row("replay: edges of the recording", same, "", limit=len(edges))
    row("edges close in median and p95", int(edges["is_close"].sum()), "", limit=0.9 * len(edges))
    counted = edges[edges["p50_s"] > 0]
    for name in ("p50_s", "p95_s"):
        off = (counted[f"replayed_{name}"] / counted[name] - 1).abs()
        row(f"{name.partition('_')[0]} off, median of timed edges", off.median() * 100, "%")
    row("load of the machine in the end", os.getloadavg()[0], "", limit=float(os.cpu_count() or 1))


if __name__ == "__main__":
    bench_replay(*map(int, sys.argv[1:]))
