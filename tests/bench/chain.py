"""Measure orders through the whole chain: five invocations and three PutEvents each."""

import os
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load import Answer, Client, closed_loop
from report import row
from traces import count_complete
from usage import CpuSeconds, environments, wait_until_idle

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.stack.outputs import Outputs

CLIENTS = 8
WARM_UP = 1200
SINGLE = 200
HANDLERS_PER_ORDER = 5
REGION = "us-east-1"
DRAIN_S = 60.0


@dataclass(frozen=True)
class Shop:
    """The workshop's stack on an embedded AWS of its own, without simulated work."""

    running: EmbeddedStatus
    config: tl.Config
    outputs: Outputs

    @property
    def url(self) -> str:
        """Where orders are posted."""
        return str(self.outputs.api_test_url)

    def books(self) -> dict[str, Any]:
        """Return the ledger."""
        statement: dict[str, Any] = lifecycle.ledger(state_dir=self.running.state_dir) or {}
        books: dict[str, Any] = statement[REGION]
        return books

    def runs(self) -> int:
        """Count the runs of functions that have ended."""
        return int(self.books()["time_in_handlers"]["count"])

    def wait_for_runs(self, count: int) -> None:
        """Wait until so many runs of functions have ended, or too long."""
        deadline = time.monotonic() + DRAIN_S
        while self.runs() < count and time.monotonic() < deadline:
            time.sleep(0.02)


@contextmanager
def shop(options: Sequence[str] = ()) -> Iterator[Shop]:
    """Provision the stack; stop its embedded AWS in the end.

    Parameters
    ----------
    options
        Of the server.
    """
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        running = lifecycle.start(state_dir=state_dir, port=free_port(), options=options)
        try:
            config = tl.Config(embedded_state_dir=state_dir, faults={})
            outputs = tl.deploy.apply(config)
            lifecycle.environment(running, region=REGION)  # so that its books are open
            yield Shop(running, config, outputs)
        finally:
            lifecycle.stop(state_dir=state_dir)


def free_port() -> int:
    """Return a port that no other server takes as its default while this one is restarted."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bench_chain(orders: int = 2000) -> None:
    """Measure throughput with eight clients, and latency with one."""
    with shop() as target:
        warm_up(target)
        bench_throughput(target, orders)
        bench_latency(target)


def warm_up(target: Shop) -> None:
    """Start all environments that the load needs."""
    runs = target.runs()
    closed_loop(target.url, orders=WARM_UP, clients=CLIENTS)
    target.wait_for_runs(runs + HANDLERS_PER_ORDER * WARM_UP)


def bench_throughput(target: Shop, orders: int) -> list[Answer]:
    """Send orders from eight clients and wait until the last notification has gone out."""
    pid, runs = target.running.pid, target.runs()
    processes = len(environments(pid))
    cpu, started = CpuSeconds.now(pid), time.perf_counter()
    answers = closed_loop(target.url, orders=orders, clients=CLIENTS)
    answered_s = time.perf_counter() - started
    target.wait_for_runs(runs + HANDLERS_PER_ORDER * orders)
    chain_s, cpu = time.perf_counter() - started, CpuSeconds.now(pid) - cpu
    report_rate(orders, answers, answered_s, chain_s, cpu)
    row("environments, and of these before the run", len(environments(pid)), "", limit=processes)
    report_traces(target, answers)
    return answers


def report_rate(
    orders: int, answers: list[Answer], answered_s: float, chain_s: float, cpu: CpuSeconds
) -> None:
    """Print orders a second, and what of the processors' time they took."""
    cores = os.cpu_count() or 1
    row(f"orders answered, {CLIENTS} clients", orders / answered_s, "/s")
    row("orders through the whole chain", orders / chain_s, "/s", limit=100)
    bound = cores * orders / cpu.handlers
    row("same, of the handlers' own CPU", orders / chain_s, "/s", limit=round(bound, 1))
    for who, used_s in (
        ("handlers", cpu.handlers),
        ("server", cpu.server),
        ("client", cpu.client),
    ):
        row(f"CPU of the {who}, per order", 1000 * used_s / orders, "ms")
    used_s = cpu.handlers + cpu.server + cpu.client
    row(f"share of {cores} cores in use", 100 * used_s / cores / chain_s, "%")
    latencies_ms = [1000 * answer.latency_s for answer in answers]
    row(f"POST p50, {CLIENTS} clients", statistics.median(latencies_ms), "ms")


def report_traces(target: Shop, answers: list[Answer]) -> None:
    """Print how many orders were taken, and how many of their traces are whole."""
    accepted = [answer.trace_id for answer in answers if answer.status == 201]
    row("orders answered with 201", len(accepted), "", limit=len(answers))
    complete = count_complete(target.running.port, accepted)
    row("complete traces of those", complete, "", limit=len(accepted))
    row("imbalance of the ledger", target.books()["imbalance"], "")


def bench_latency(target: Shop) -> None:
    """Time orders of one client, back to back, when what was sent before is dealt with."""
    wait_until_idle(target.running.pid)
    client = Client(target.url)
    answers = [client.order() for _ in range(SINGLE)]
    client.close()
    latencies_ms = [1000 * answer.latency_s for answer in answers]
    row("POST p50, one client", statistics.median(latencies_ms), "ms", limit=8)
