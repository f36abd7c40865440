"""How long a newcomer waits: from the first command to the first complete trace."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import row
from traces import is_complete

from tracing_lab.embedded import lifecycle
from tracing_lab.spans import load_traces

LIMIT_S = 60
COMMAND = (sys.executable, "-m", "tracing_lab.cli")


def bench_first_trace() -> None:
    """Run the commands of ``make demo`` in a fresh state folder, with one order and with all."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder) / "state"
        try:
            started = time.perf_counter()
            run(folder, "apply", "--auto-approve")
            first = orders(folder, count=1)
            row("first trace, from the first command on", seconds(started), "s", limit=LIMIT_S)
            row("complete traces of that one order", first, "", limit=1)
            started = time.perf_counter()
            complete = orders(folder, count=200)
            run(folder, "report", "--traces", "traces.json", "--out", "output")
            row("the rest of make demo", seconds(started), "s", limit=LIMIT_S)
            row("complete traces of its 200 orders", complete, "", limit=200)
        finally:
            lifecycle.stop(state_dir=state_dir)


def orders(folder: str, *, count: int) -> int:
    """Send orders, fetch their traces, and count the complete ones."""
    run(folder, "fire", "--orders", str(count), "--rate", "20", "--seed", "1", "--out", "log.csv")
    run(folder, "fetch", "--log", "log.csv", "--out", "traces.json")
    return sum(is_complete(trace) for trace in load_traces(Path(folder) / "traces.json"))


def run(folder: str, *words: str) -> None:
    """Run one command in a folder, as a user does."""
    variables = {**os.environ, "TRACING_LAB_EMBEDDED_STATE_DIR": str(Path(folder) / "state")}
    subprocess.run([*COMMAND, *words], cwd=folder, env=variables, check=True, capture_output=True)


def seconds(started: float) -> float:
    """Return the seconds since a time."""
    return time.perf_counter() - started
