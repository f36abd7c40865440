"""Ten thousand orders: nothing lost, the books balanced, memory bounded.

Run with ``python tests/bench/endurance.py [ORDERS]``.
"""

import sys
import time

from chain import (
    CLIENTS,
    HANDLERS_PER_ORDER,
    Shop,
    bench_latency,
    report_rate,
    report_traces,
    shop,
    warm_up,
)
from load import Answer, closed_loop
from report import row
from usage import CpuSeconds, memory_mb

SHARES = (0.2, 0.5, 1.0)
"""Where memory is read, as shares of all orders."""


def bench_endurance(orders: int = 10_000) -> None:
    """Send orders from eight clients, and look at memory on the way."""
    with shop() as target:
        warm_up(target)
        pid, runs = target.running.pid, target.runs()
        start_mb = memory_mb(pid)
        row("memory of the server before", start_mb, "MB")
        cpu, started, answers = CpuSeconds.now(pid), time.perf_counter(), list[Answer]()
        for share in SHARES:
            part = round(share * orders) - len(answers)
            answers += closed_loop(target.url, orders=part, clients=CLIENTS)
            target.wait_for_runs(runs + HANDLERS_PER_ORDER * len(answers))
            report_memory(target, len(answers), start_mb)
        took_s, cpu = time.perf_counter() - started, CpuSeconds.now(pid) - cpu
        report_rate(orders, answers, took_s, took_s, cpu)
        report_traces(target, answers)
        row("memory after reading all traces", memory_mb(pid), "MB")
        bench_latency(target)


def report_memory(target: Shop, orders: int, start_mb: float) -> None:
    """Print the server's memory, and how much of it each order has left behind."""
    now_mb = memory_mb(target.running.pid)
    row(f"memory of the server after {orders} orders", now_mb, "MB")
    row("- growth per order", 1024 * (now_mb - start_mb) / orders, "kB")


if __name__ == "__main__":
    bench_endurance(*(int(word) for word in sys.argv[1:]))
