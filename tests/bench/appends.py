"""What it costs an order that its segments are on the disk before it is answered."""

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chain import WARM_UP, Shop, shop
from load import Client, closed_loop
from recovery import documents
from report import row
from traces import fetch
from usage import wait_until_idle

from tracing_lab.embedded.xray.store.intake import Intake

ORDERS = 200
PAUSE_S = 0.05
ROUNDS = 2000
BEFORE_THE_ANSWER = (
    ("AWS::ApiGateway::Stage", 1),
    ("AWS::Lambda", 1),
    ("AWS::Lambda::Function", 3),  # in progress, with its subsegment, and as it is answered
)


def bench_appends() -> None:
    """Time how a real order's documents are appended, and the orders themselves."""
    with shop() as target:
        closed_loop(target.url, orders=WARM_UP, clients=4)
        wait_until_idle(target.running.pid)
        p50_s = warm_order_s(target)
        bodies = bodies_before_the_answer(target)
    took_s = append_s(bodies)
    row("documents of an order before its answer", len(bodies), "")
    row("their append", 1e6 * took_s, "us")
    row("its share of a warm order's p50", 100 * took_s / p50_s, "%", limit=5)


def warm_order_s(target: Shop) -> float:
    """Return the median latency of paced orders."""
    client, latencies_s = Client(target.url), []
    for _ in range(ORDERS):
        latencies_s.append(client.order().latency_s)
        time.sleep(PAUSE_S)
    client.close()
    return statistics.median(latencies_s)


def bodies_before_the_answer(target: Shop) -> list[bytes]:
    """Return the documents of an order that are appended before it is answered."""
    client = Client(target.url)
    order = client.order()
    client.close()
    time.sleep(1)
    (trace,) = fetch(target.running.port, [order.trace_id])
    found = sorted(documents(trace), key=_start_s)
    bodies = []
    for origin, times in BEFORE_THE_ANSWER:
        first = next(one for one in found if one.get("origin") == origin)
        bodies += [json.dumps(first).encode()] * times
    return bodies


def append_s(bodies: Sequence[bytes]) -> float:
    """Return the seconds that it takes to hold the documents and to append them together."""
    with tempfile.TemporaryDirectory() as folder:
        intake = Intake(Path(folder))
        started = time.perf_counter()
        for _ in range(ROUNDS):
            for number, body in enumerate(bodies):
                intake.hold_open(f"{number:016x}", body)
            intake.write_held()
        took_s = time.perf_counter() - started
        intake.close()
    return took_s / ROUNDS


def _start_s(document: dict[str, Any]) -> float:
    return float(document["start_time"])
