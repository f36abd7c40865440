"""Measure what the handlers cost: the size of their zips, their imports, and cold starts.

Run with ``python tests/bench/handlers.py``. `chain` measures the rate of orders.
"""

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from report import row

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.package import DeploymentPackage

ROUNDS = 7
IMPORT = """
import importlib, os, sys, time
sys.path[:0] = [sys.argv[1]]
sys.path.append(sys.argv[2])
started = time.process_time()
importlib.import_module(sys.argv[3])
print(time.process_time() - started)
"""


def bench_handlers(rounds: int = ROUNDS) -> None:
    """Measure zips and imports alone, then cold starts of the whole chain."""
    packages = tl.package.build_all()
    largest = max(len(package.data) for package in packages.values())
    row("largest deployment zip", largest / 1e6, "MB", limit=1.0)
    for service, package in packages.items():
        row(f"import of {service}, CPU, best of {rounds}", _import_ms(package, rounds), "ms")
    _bench_cold_starts(rounds)


def _import_ms(package: DeploymentPackage, rounds: int) -> float:
    """Return the processor time of importing a handler, without the noise of other processes."""
    with tempfile.TemporaryDirectory() as root:
        zipfile.ZipFile(io.BytesIO(package.data)).extractall(root)
        return min(_one_import_ms(package, root) for _ in range(rounds + 1))


def _one_import_ms(package: DeploymentPackage, root: str) -> float:
    module, site = package.handler.partition(".")[0], sysconfig.get_path("purelib")
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT, root, site, module],
        env={
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
            "LAMBDA_TASK_ROOT": root,
            "AWS_DEFAULT_REGION": "us-east-1",
            "EVENT_BUS_NAME": "bench",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return 1000 * float(done.stdout)


def _bench_cold_starts(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder) / "state"
        lifecycle.start(state_dir=state_dir)
        try:
            config = tl.Config(embedded_state_dir=state_dir)
            outputs = tl.deploy.apply(config)
            sources = Path(shutil.copytree(tl.package.default_source_dir(), Path(folder) / "src"))
            _fire_cold(config, outputs, sources, rounds)
        finally:
            lifecycle.stop(state_dir=state_dir)


def _fire_cold(config: tl.Config, outputs: Any, sources: Path, rounds: int) -> None:
    """Send single orders, each after an edit of all handlers, which ends warm environments."""
    latencies_ms, traces = [], []
    for number in range(rounds):
        for handler in sources.glob("*_service.py"):
            handler.write_text(f"{handler.read_text()}\n# edit {number}\n")
        tl.push.push(config, source_dir=sources)
        log = tl.traffic.fire(outputs, orders=1, seed=number)
        latencies_ms.append(1000 * float(log["latency_s"].iloc[0]))
        traces += tl.xray.fetch_traces(config, log)
    row(f"first order after a push, best of {rounds}", min(latencies_ms), "ms")
    spans = tl.spans.spans_from_traces(traces)
    starts = spans[spans["name"] == "Initialization"]
    for service, group in starts.groupby("service"):
        best_ms, count = 1000 * group["duration_s"].min(), len(group)
        row(f"Initialization of {service.split('-')[3]}, best of {count}", best_ms, "ms")


if __name__ == "__main__":
    bench_handlers()
