"""A stack and its first orders: start, apply, one client, 200 orders, push, destroy."""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from push import bench_push
from report import row
from traces import is_complete

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_ids import new_trace_id

WARM_UP = 40
SAMPLES = 200
PAUSE_S = 0.05


def bench_basics() -> None:
    """Run a stack through its life on an embedded AWS of its own."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        peer_s = timed(import_moto)
        start_s = timed(lambda: lifecycle.start(state_dir=state_dir))
        row("embedded start", start_s, "s", limit=2.0)
        row("embedded start", start_s, "s", peer=peer_s, peer_name="importing moto's server")
        with stopping(state_dir):
            config = tl.Config(embedded_state_dir=state_dir)
            row("apply, from nothing", timed(lambda: tl.deploy.apply(config)), "s", limit=3.0)
            row("apply, nothing to do", timed(lambda: tl.deploy.apply(config)), "s")
            running = lifecycle.ensure_running(state_dir=state_dir)
            outputs = tl.deploy.outputs(config)
            bench_post(running, outputs)
            bench_orders(config, outputs)
            bench_push(config)
            gone_s = timed(lambda: tl.deploy.destroy(config, confirm=True))
            row("destroy", gone_s, "s", limit=3.0)


def bench_post(running: EmbeddedStatus, outputs: Any) -> None:
    """Time orders of one client, next to the server's own health page.

    Paced, an order finds the machine at rest; back to back, it competes with the payments and
    notifications of the orders before it, so that the cores set the pace.
    """
    url = urlsplit(outputs.api_test_url)
    connection = http.client.HTTPConnection("127.0.0.1", running.port)
    cold_ms = 1000 * timed(lambda: post(connection, url.path))
    row("first order, cold", cold_ms, "ms")
    for pause_s in (PAUSE_S, 0.0):
        latencies_ms = list(latencies(lambda: post(connection, url.path), pause_s=pause_s))
        name = "paced" if pause_s else "back to back"
        limit = 8.0 if pause_s else None
        row(f"warm POST /orders p50, {name}", quantile(latencies_ms, 0.5), "ms", limit=limit)
        row(f"warm POST /orders p95, {name}", quantile(latencies_ms, 0.95), "ms")
    floor_ms = quantile(latencies(lambda: get(connection, "/_embedded/health")), 0.5)
    row("health page p50, same connection", floor_ms, "ms")
    connection.close()


def latencies(call: Callable[[], object], *, pause_s: float = 0.0) -> Iterator[float]:
    """Yield the milliseconds of each call, the first ones left out."""
    for number in range(WARM_UP + SAMPLES):
        took_ms = 1000 * timed(call)
        if number >= WARM_UP:
            yield took_ms
        time.sleep(pause_s)


def quantile(values: Iterable[float], share: float) -> float:
    """Return the value that a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def bench_orders(config: tl.Config, outputs: Any) -> None:
    """Fire 200 orders at 20 a second, and count what came back."""
    log = tl.traffic.fire(outputs, orders=200, rate=20, seed=1)
    fetched_at = time.perf_counter()
    traces = tl.xray.fetch_traces(config, log)
    settle_s = time.perf_counter() - fetched_at
    complete = sum(is_complete(trace) for trace in traces)
    row("orders at 20/s answered with 201", int((log["status"] == 201).sum()), "", limit=200)
    row("complete traces of those", complete, "", limit=200)
    row("open-loop order p50 at 20/s", log["latency_s"].median() * 1000, "ms")
    row("fetch until settled", settle_s, "s")


def post(connection: http.client.HTTPConnection, path: str) -> None:
    """Send one traced order."""
    header = TraceHeader(new_trace_id(), sampled=True).format()
    headers = {"Content-Type": "application/json", "X-Amzn-Trace-Id": header}
    connection.request("POST", path, json.dumps({"productId": "p1"}), headers)
    response = connection.getresponse()
    response.read()
    if response.status != 201:
        sys.exit(f"an order was answered with {response.status}")


def get(connection: http.client.HTTPConnection, path: str) -> None:
    """Fetch a page."""
    connection.request("GET", path)
    connection.getresponse().read()


def import_moto() -> None:
    """Start a Python that imports moto's server and does nothing with it."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", "import moto.server"], check=True)


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@contextmanager
def stopping(state_dir: Path) -> Iterator[None]:
    """Stop the embedded AWS in the end."""
    try:
        yield
    finally:
        lifecycle.stop(state_dir=state_dir)
