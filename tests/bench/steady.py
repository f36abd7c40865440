"""An hour of orders at a steady rate: what is left over of it, and whether memory grows.

``make bench ONLY=steady`` takes three minutes, ``ONLY=steady=60`` the hour. Everything is counted
at rest, when the environments of functions wait for work.

Environments grow with each run: AWS's runtime client puts the trace header into a variable of the
environment, and glibc keeps each value that a variable has had. They end after some hours.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
import psutil
from chain import HANDLERS_PER_ORDER, Shop, shop, warm_up
from endurance import CACHE_MB, MOST_GROWTH, fill_caches
from report import row
from traces import is_complete
from usage import MB, environments, memory_mb, service_of, wait_until_idle

import tracing_lab as tl

RATE: Final = 20.0
PARTS: Final = 6
"""What is held after the first of them is what is compared. Caches are filled before it."""

CHECKED: Final = 200
"""Of the last part's orders, whose traces are looked at."""


class Held(NamedTuple):
    """What a server and its environments hold at rest."""

    server_mb: float
    largest_mb: Mapping[str, float]
    """The largest environment of each service."""
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
        report(parts, orders=round(60 * minutes * RATE * (PARTS - 1) / PARTS))
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
    server, children = psutil.Process(pid), environments(pid)
    files = (path for path in folder.rglob("*") if path.is_file())
    state = target.running.state_dir
    return Held(
        memory_mb(pid),
        largest_of(children),
        len(children),
        server.num_fds() + sum(child.num_fds() for child in children),
        sum(not path.is_relative_to(state) for path in files),
    )


def largest_of(processes: Sequence[psutil.Process]) -> dict[str, float]:
    """Return the memory of the largest environment of each service, in MB."""
    found: dict[str, float] = {}
    for process in processes:
        name, size_mb = service_of(process), process.memory_info().rss / MB
        found[name] = round(max(found.get(name, 0.0), size_mb), 1)
    return found


def kept_per_header(headers: int = 20_000) -> float:
    """Return how many bytes remain of each trace header that was a variable's value."""
    before = psutil.Process().memory_info().rss
    for number in range(headers):
        root = f"1-{number:08x}-{number:024x}"
        os.environ["BENCH_HEADER"] = f"Root={root};Parent={number:016x};Sampled=1"
    del os.environ["BENCH_HEADER"]
    return (psutil.Process().memory_info().rss - before) / headers


def report(parts: list[Held], *, orders: int) -> None:
    """Print what the end differs in from the end of the first part."""
    first, last = parts[0], parts[-1]
    row(
        "server's memory, growth since the first part",
        last.server_mb / first.server_mb,
        "",
        limit=MOST_GROWTH,
    )
    for service, largest_mb in sorted(last.largest_mb.items()):
        before_mb = first.largest_mb.get(service)
        what = f"largest environment of {service}"
        row(what, largest_mb, "MB", peer=before_mb, peer_name="after the first part")
    grown_mb = sum(last.largest_mb.values()) - sum(first.largest_mb.values())
    row(
        "largest environments, growth per order",
        grown_mb * MB / orders,
        "B",
        peer=HANDLERS_PER_ORDER * kept_per_header(),
        peer_name="kept by glibc",
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
