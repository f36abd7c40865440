"""Measure the load generator against a stub: its lag, and what a pause of the service shows."""

import math
from collections.abc import Sequence

import pandas as pd
from gaps import CHI_SQUARE_LIMIT, chi_square_of_gaps
from report import row
from stub_api import stub_api

from tracing_lab import traffic

RATE = 500.0
SECONDS = 10
ORDERS = int(RATE * SECONDS)
PAUSE_AT_S, PAUSE_S = 4.0, 2.0
WORKERS, THINK_S = 10, 0.019  # together some 500 orders a second at a response of a millisecond
MOST_LAG_MS = 2.0
MOST_OFF_PERCENT = 5.0
MOST_HIDDEN = 0.1
GAPS = 10_000


def bench_generator() -> None:
    """Print the send lag, the pause experiment in both loops, and a test of the Poisson gaps."""
    print("(against a stub in a process of its own, not the shop)", flush=True)
    with stub_api() as outputs:
        log = traffic.fire(outputs, orders=ORDERS, rate=RATE)
    row("send lag p99 at 500/s", 1000 * traffic.send_lag(log).p99_s, "ms", limit=MOST_LAG_MS)
    show_pause()
    offsets = [0.0, *traffic.schedule("poisson", orders=GAPS, rate=RATE)]
    statistic = chi_square_of_gaps(offsets, rate=RATE)
    row("Poisson gaps, chi-square with 19 df", statistic, "", limit=CHI_SQUARE_LIMIT)


def show_pause() -> None:
    """Print the p99 of both loops when the stub pauses, beside what the schedule implies."""
    expected_ms = 1000 * p99(expected_s(traffic.schedule("steady", orders=ORDERS, rate=RATE)))
    with stub_api(pause_at_s=PAUSE_AT_S, pause_s=PAUSE_S) as outputs:
        log = traffic.fire(outputs, orders=ORDERS, rate=RATE)
    open_ms = 1000 * p99(list(log["latency_s"]))
    row("open-loop p99, 2 s pause", open_ms, "ms", peer=expected_ms, peer_name="by the schedule")
    off_percent = 100 * abs(open_ms - expected_ms) / expected_ms
    row("open-loop p99 off the schedule's", off_percent, "%", limit=MOST_OFF_PERCENT)
    closed_ms = 1000 * p99(list(closed_log()["latency_s"]))
    row("closed-loop p99, 2 s pause", closed_ms, "ms", limit=MOST_HIDDEN * expected_ms)


def closed_log() -> pd.DataFrame:
    """Return the log of a closed loop of about the same rate, with the same pause."""
    with stub_api(pause_at_s=PAUSE_AT_S, pause_s=PAUSE_S) as outputs:
        orders = int(ORDERS * (SECONDS - PAUSE_S) / SECONDS)  # in the pause none are sent
        return traffic.fire(outputs, workers=WORKERS, think_s=THINK_S, orders=orders)


def expected_s(offsets: Sequence[float]) -> list[float]:
    """Return how long each order waits if responses take no time but for the pause."""
    end_s = PAUSE_AT_S + PAUSE_S
    return [end_s - due_s if PAUSE_AT_S <= due_s < end_s else 0.0 for due_s in offsets]


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile: the value that 99 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]
