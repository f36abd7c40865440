"""How long it takes from an edited handler to a function that runs it."""

import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from report import row

import tracing_lab as tl

EDITS = 10


def bench_push(config: tl.Config) -> None:
    """Edit one handler a few times, push it each time, and put the repository's code back."""
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(shutil.copytree(tl.package.default_source_dir(), Path(folder) / "src"))
        handler = sources / "payment_service.py"
        seconds = [_pushed_s(config, sources, handler, number) for number in range(EDITS)]
    row(f"push of one edited handler, median of {EDITS}", median(seconds), "s", limit=1.0)
    row("slowest of them", max(seconds), "s", limit=1.0)
    tl.push.push(config)
    row("steps that plan wants after a push", len(tl.deploy.plan(config)), "")


def _pushed_s(config: tl.Config, sources: Path, handler: Path, number: int) -> float:
    handler.write_text(f"{handler.read_text()}\n# edit {number}\n")
    started = time.perf_counter()
    pushed = tl.push.push(config, source_dir=sources)
    took_s = time.perf_counter() - started
    if [one.service for one in pushed if one.changed] != ["payment"]:
        msg = f"pushed {pushed} instead of payment alone"
        raise SystemExit(msg)
    return took_s
