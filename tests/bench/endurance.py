"""Twenty thousand orders: nothing lost, the books balanced, memory bounded.

Run with ``python tests/bench/endurance.py [ORDERS]``. The server has small caches, which are filled
with traces before the orders come, so that what grows then grows for ever.
"""

import http.client
import json
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
from usage import CpuSeconds, memory_mb, wait_until_idle
from xray import ingest
from xray_reads import SIGNED, SUMMARIES

CACHE_MB = 16
TRACES = 20_000
"""More than the caches have room for."""

CHECKED = 4
"""Of so many traces, one is fetched and looked at."""

SHARES = (0.25, 0.5, 1.0)
"""Where memory is read, as shares of all orders."""

MOST_GROWTH = 1.05


def bench_endurance(orders: int = 20_000) -> None:
    """Send orders from eight clients, and look at memory on the way."""
    with shop(["--cache-mb", str(CACHE_MB)]) as target:
        warm_up(target)
        pid, runs = target.running.pid, target.runs()
        fill_caches(target.running.port)
        wait_until_idle(pid)
        full_mb = memory_mb(pid)
        row(f"memory with full caches of {CACHE_MB} MB", full_mb, "MB")
        cpu, started, answers = CpuSeconds.now(pid), time.perf_counter(), list[Answer]()
        for share in SHARES:
            part = round(share * orders) - len(answers)
            answers += closed_loop(target.url, orders=part, clients=CLIENTS)
            target.wait_for_runs(runs + HANDLERS_PER_ORDER * len(answers))
            row(f"memory after {len(answers)} orders more", memory_mb(pid), "MB")
        took_s, cpu = time.perf_counter() - started, CpuSeconds.now(pid) - cpu
        wait_until_idle(pid)
        report_growth(target, orders, full_mb)
        report_rate(orders, answers, took_s, took_s, cpu)
        report_traces(target, answers[::CHECKED])
        bench_latency(target)


def fill_caches(port: int) -> None:
    """Put traces and have all of them looked at."""
    ingest(port, TRACES)
    now_s = time.time()
    members = {
        "StartTime": now_s - 3600,
        "EndTime": now_s + 60,
        "FilterExpression": "responsetime > 1000",  # of none: all have to be looked at
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("POST", SUMMARIES, json.dumps(members), SIGNED)
    if connection.getresponse().status != http.client.OK:
        sys.exit("The traces could not be looked at")
    connection.close()


def report_growth(target: Shop, orders: int, full_mb: float) -> None:
    """Print the server's memory at rest, compared with what it was with full caches."""
    now_mb = memory_mb(target.running.pid)
    row(f"memory after {orders} orders, at rest", now_mb, "MB", peer=full_mb, peer_name="before")
    row("- growth, as a ratio", now_mb / full_mb, "", limit=MOST_GROWTH)
    row("- growth per order", 1024 * (now_mb - full_mb) / orders, "kB")


if __name__ == "__main__":
    bench_endurance(*(int(word) for word in sys.argv[1:]))
