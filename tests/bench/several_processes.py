"""Compare Locust with two workers and `fire`: the same orders and rate, so the same latencies.

The stub responds after a random time, as a service does; with none, the clients' own milliseconds
would be all there is to compare.
"""

import importlib.util

import pandas as pd
from report import row
from stub_api import stub_api

from tracing_lab import traffic
from tracing_lab.stats.quantiles import percentile_interval

RATE = 60.0
ORDERS = 1_200
MEDIAN_MS = 80.0
PERCENTILES = (0.5, 0.95)


def bench_several_processes() -> None:
    """Print percentiles of both with their intervals, and by how much these are apart."""
    if importlib.util.find_spec("locust") is None:
        print("  Locust is not installed: pip install 'tracing-lab[locust]'")
        return
    with stub_api(median_ms=MEDIAN_MS) as outputs:
        alone = traffic.fire(outputs, orders=ORDERS, rate=RATE)
    with stub_api(median_ms=MEDIAN_MS) as outputs:
        shared = traffic.fire_locust(outputs, orders=ORDERS, rate=RATE, processes=2)
    for share in PERCENTILES:
        name = f"p{100 * share:g} at {RATE:g}/s"
        row(f"{name}: fire", *text(alone, share))
        row(f"{name}: Locust, two workers", *text(shared, share))
        row(
            f"{name}: gap between their intervals",
            1000 * gap_s(alone, shared, share),
            "ms",
            limit=0,
        )
    # Where these are not small, latencies contain the delays of a busy machine.
    row("fire: send lag p99", 1000 * traffic.send_lag(alone).p99_s, "ms")
    row("Locust: send lag p99", 1000 * traffic.send_lag(shared).p99_s, "ms")


def text(log: pd.DataFrame, share: float) -> tuple[float, str]:
    """Return a percentile in milliseconds, and its unit with the interval."""
    low_s, high_s = interval_s(log, share)
    middle_ms = 1000 * float(log["latency_s"].quantile(share))
    return middle_ms, f"ms ({1000 * low_s:.1f} to {1000 * high_s:.1f})"


def gap_s(one: pd.DataFrame, other: pd.DataFrame, share: float) -> float:
    """Return how far two intervals are apart; 0 if they overlap."""
    (low, high), (other_low, other_high) = (interval_s(log, share) for log in (one, other))
    return max(0.0, max(low, other_low) - min(high, other_high))


def interval_s(log: pd.DataFrame, share: float) -> tuple[float, float]:
    """Return the 95 % interval of a percentile of the latency."""
    return percentile_interval(log["latency_s"].to_list(), share)


if __name__ == "__main__":
    bench_several_processes()
