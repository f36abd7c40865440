"""An hour of orders at a steady rate: what is left over of it, and whether memory grows.

``make bench ONLY=steady`` takes three minutes, ``ONLY=steady=60`` the hour. Everything is counted
at rest, when the environments of functions wait for work.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
import psutil
from chain import HANDLERS_PER_ORDER, Shop, shop, warm_up
from endurance import CACHE_MB, MOST_GROWTH, fill_caches
from report import row
from traces import is_complete
from usage import MB, environments, memory_mb, wait_until_idle

import tracing_lab as tl

RATE: Final = 20.0
PARTS: Final = 6
"""What is held after the first of them is what is compared. Caches are filled before it."""

CHECKED: Final = 200
"""Of the last part's orders, whose traces are looked at."""


class Held(NamedTuple):
    """What a server and its environments hold at rest."""

    server_mb: float
    environments_mb: float
    environments: int
    descriptors: int
    temporary_files: int


def bench_steady(minutes: int = 60) -> None:
    """Send orders at a steady rate, and compare what is held after each part."""
    with own_temporary_folder() as folder, shop(["--cache-mb", str(CACHE_MB)]) as target:
        warm_up(target)
        fill_caches(target)
        parts = []
        for number in range(PARTS):
            log = sent(target, round(60 * minutes * RATE / PARTS), seed=number)
            parts.append(held(target, folder))
            print(f"  after {(number + 1) * minutes / PARTS:g} min: {parts[-1]}", flush=True)
        report(parts)
        report_orders(target, log)


@contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """Put temporary files of this process and of what it starts into a folder of their own."""
    with tempfile.TemporaryDirectory() as name:
        before, os.environ["TMPDIR"] = os.environ.get("TMPDIR"), name
        tempfile.tempdir = None  # read the variable again
        try:
            yield Path(name)
        finally:
            os.environ.pop("TMPDIR")
            os.environ.update({} if before is None else {"TMPDIR": before})
            tempfile.tempdir = None


def sent(target: Shop, orders: int, *, seed: int) -> pd.DataFrame:
    """Send orders and wait until nothing is left to do."""
    runs = target.runs()
    log = tl.traffic.fire(target.outputs, orders=orders, rate=RATE, seed=seed)
    target.wait_for_runs(runs + HANDLERS_PER_ORDER * int((log["status"] == 201).sum()))
    wait_until_idle(target.running.pid)
    return log


def held(target: Shop, folder: Path) -> Held:
    """Count what the server and its environments hold, the state that it keeps left out."""
    pid = target.running.pid
    server = psutil.Process(pid)
    children = server.children(recursive=True)
    files = (path for path in folder.rglob("*") if path.is_file())
    state = target.running.state_dir
    return Held(
        memory_mb(pid),
        sum(child.memory_info().rss for child in children) / MB,
        environments(pid),
        server.num_fds() + sum(child.num_fds() for child in children),
        sum(not path.is_relative_to(state) for path in files),
    )


def report(parts: list[Held]) -> None:
    """Print what the end differs in from the end of the first part."""
    first, last = parts[0], parts[-1]
    row(
        "server's memory, growth since the first part",
        last.server_mb / first.server_mb,
        "",
        limit=MOST_GROWTH,
    )
    row(
        "environments' memory, of each",
        last.environments_mb / last.environments,
        "MB",
        peer=first.environments_mb / first.environments,
        peer_name="after the first part",
    )
    row("environments", last.environments, "", peer=first.environments, peer_name="then")
    row("open descriptors", last.descriptors, "", peer=first.descriptors, peer_name="then")
    row("temporary files", last.temporary_files, "", limit=first.temporary_files)


def report_orders(target: Shop, log: pd.DataFrame) -> None:
    """Print whether the last part's orders were answered, on time, with whole traces."""
    row("orders of the last part accepted", int((log["status"] == 201).sum()), "", limit=len(log))
    row("send lag p99", 1000 * tl.traffic.send_lag(log).p99_s, "ms")
    traces = tl.xray.fetch_traces(target.config, log.tail(CHECKED))
    row("complete traces of the last orders", sum(map(is_complete, traces)), "", limit=CHECKED)


if __name__ == "__main__":
    bench_steady()
