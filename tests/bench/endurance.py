"""Twenty thousand orders: nothing lost, the books balanced, memory bounded.

The server has small caches, which are filled with copies of orders' traces before the orders come,
so that what grows then grows for ever.
"""

import http.client
import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Any

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
from traces import SIGNED, fetch
from usage import CpuSeconds, memory_mb, wait_until_idle
from xray_reads import SUMMARIES

from tracing_lab.xray_model.trace_ids import new_trace_id

CACHE_MB = 16
COPIES = 12_000
"""Traces to fill the caches with; more than they have room for."""

COPIED = 200
DOCUMENTS_PER_CALL = 50

CHECKED = 4
"""Of so many traces, one is fetched and looked at."""

SHARES = (0.25, 0.5, 1.0)
"""Where memory is read, as shares of all orders."""

MOST_GROWTH = 1.05


def bench_endurance(orders: int = 20_000) -> None:
    """Send orders from eight clients, and look at memory on the way."""
    with shop(["--cache-mb", str(CACHE_MB)]) as target:
        warm_up(target)
        pid = target.running.pid
        fill_caches(target)
        full_mb, runs = memory_mb(pid), target.runs()
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


def fill_caches(target: Shop) -> None:
    """Put copies of some orders' traces, have all of them looked at, and wait for the end of it."""
    originals = closed_loop(target.url, orders=COPIED, clients=CLIENTS)
    pid, port = target.running.pid, target.running.port
    wait_until_idle(pid)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    documents = copies([*fetch(port, [answer.trace_id for answer in originals])])
    while batch := list(islice(documents, DOCUMENTS_PER_CALL)):
        post(connection, "/TraceSegments", {"TraceSegmentDocuments": batch})
    now_s = time.time()
    members = {
        "StartTime": now_s - 3600,
        "EndTime": now_s + 60,
        "FilterExpression": "responsetime > 1000",  # of none: all have to be looked at
    }
    post(connection, SUMMARIES, members)
    connection.close()
    wait_until_idle(pid)


def copies(traces: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the documents of copies of traces, without what X-Ray added to them."""
    for _, trace in zip(range(COPIES), cycle(traces), strict=False):
        trace_id = new_trace_id()
        for segment in trace["Segments"]:
            document = json.loads(segment["Document"])
            if not document.get("inferred"):
                yield json.dumps({**document, "trace_id": trace_id})


def post(connection: http.client.HTTPConnection, path: str, members: dict[str, Any]) -> None:
    """Call the X-Ray service."""
    connection.request("POST", path, json.dumps(members), SIGNED)
    response = connection.getresponse()
    answer = response.read()
    if response.status != http.client.OK or json.loads(answer).get("UnprocessedTraceSegments"):
        sys.exit(f"{path} was answered with {response.status}: {answer[:200]!r}")


def report_growth(target: Shop, orders: int, full_mb: float) -> None:
    """Print the server's memory at rest, compared with what it was with full caches."""
    now_mb = memory_mb(target.running.pid)
    row(f"memory after {orders} orders, at rest", now_mb, "MB", peer=full_mb, peer_name="before")
    row("- growth, as a ratio", now_mb / full_mb, "", limit=MOST_GROWTH)
    row("- growth per order", 1024 * (now_mb - full_mb) / orders, "kB")
