"""A class of thirty on one embedded AWS: made, looked at and taken down."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from report import row

import tracing_lab as tl
from tracing_lab.classroom import ClassReport
from tracing_lab.embedded import lifecycle

LEARNERS = 30
LIMIT_S = 60
MEGABYTE = 1e6


def bench_class() -> None:
    """Create, look at and destroy the stacks, and measure the server's memory."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        running = lifecycle.start(state_dir=state_dir)
        try:
            measure(tl.Config(endpoint_url=running.endpoint_url), psutil.Process(running.pid))
        finally:
            lifecycle.stop(state_dir=state_dir)


def measure(config: tl.Config, server: psutil.Process) -> None:
    """Run the three commands on one server."""
    learners, empty = tl.classroom.roster(LEARNERS), server.memory_info().rss
    timed("create", lambda: tl.classroom.create(config, learners), limit=LIMIT_S)
    used = server.memory_info().rss
    row("memory of the server with them", used / MEGABYTE, "MB")
    row("memory of it a learner", (used - empty) / MEGABYTE / LEARNERS, "MB")
    timed("status", lambda: tl.classroom.status(config, learners))
    timed("destroy", lambda: tl.classroom.destroy(config, learners), limit=LIMIT_S)


def timed(verb: str, action: Callable[[], ClassReport], *, limit: float | None = None) -> None:
    """Print how long a command takes, and for how many learners it did what it should."""
    started = time.perf_counter()
    report = action()
    row(f"class {verb}, {LEARNERS} learners", time.perf_counter() - started, "s", limit=limit)
    done = sum(one.state == report.wanted for one in report.learners)
    row(f"learners {report.wanted}", done, "", limit=LEARNERS)
