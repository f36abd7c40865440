"""Measure what the handlers cost beside those before them: zips, imports, cold starts, rate.

Both kinds of handlers run in turns on one server. In a shallow clone there are no old ones to
compare with.
"""

import io
import itertools
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
from chain import HANDLERS_PER_ORDER, Shop, shop, warm_up
from load import closed_loop
from old_handlers import files, old_packages
from report import row
from usage import wait_until_idle

import tracing_lab as tl
from tracing_lab.aws import Aws
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.package import SERVICES, DeploymentPackage

ROUNDS = 4
TURNS = 2
ORDERS = 1200
NEW, OLD = "new", "old"
IMPORT = """
import importlib, os, sys, time
sys.path[:0] = [sys.argv[1]]
sys.path.append(sys.argv[2])
started = time.process_time()
importlib.import_module(sys.argv[3])
print(time.process_time() - started)
"""

Packages = Mapping[str, DeploymentPackage]
Measured = dict[str, float]
"""What was measured of the new handlers, and of the old ones where there are any."""


def bench_handlers(rounds: int = ROUNDS) -> None:
    """Measure zips and imports alone, then cold starts and the rate of the whole chain."""
    kinds: dict[str, Packages] = {NEW: tl.package.build_all()}
    old = old_packages()
    if old is None:
        print("no old handlers to compare with: this clone has no history (git fetch --unshallow)")
    else:
        kinds[OLD] = old
    largest = {kind: max(len(each.data) for each in kinds[kind].values()) for kind in kinds}
    row("largest deployment zip", largest[NEW] / 1e6, "MB", limit=1.0)
    compared("largest deployment zip", {kind: size / 1e6 for kind, size in largest.items()}, "MB")
    for service in SERVICES:
        cpu_ms = {kind: _import_ms(kinds[kind][service], rounds) for kind in kinds}
        compared(f"import of {service}, CPU, best of {rounds}", cpu_ms, "ms")
    with shop() as target:
        functions = OwnFunctions.of(target.config, Aws(target.config))
        _bench_cold_starts(target, functions, kinds, rounds)
        _bench_rate(target, functions, kinds)


def compared(measure: str, values: Measured, unit: str) -> None:
    """Print what was measured of the new handlers beside the old ones."""
    row(measure, values[NEW], unit, peer=values.get(OLD), peer_name="old handlers")


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


def _bench_cold_starts(
    target: Shop, functions: OwnFunctions, kinds: Mapping[str, Packages], rounds: int
) -> None:
    """Send single orders, each after an edit of all handlers, which ends warm environments."""
    latencies_ms: dict[str, list[float]] = {kind: [] for kind in kinds}
    starts: dict[str, list[pd.DataFrame]] = {kind: [] for kind in kinds}
    edits = itertools.count()
    for kind in [*kinds] * TURNS:
        _first_order(target, functions, kinds[kind], next(edits))  # from one kind to the other
        for _ in range(rounds):
            latency_ms, spans = _first_order(target, functions, kinds[kind], next(edits))
            latencies_ms[kind].append(latency_ms)
            starts[kind].append(spans[spans["name"] == "Initialization"])
    first_ms = {kind: min(values) for kind, values in latencies_ms.items()}
    compared(f"first order after a push, best of {TURNS * rounds}", first_ms, "ms")
    for service in SERVICES:
        _compare_starts(service, {kind: pd.concat(frames) for kind, frames in starts.items()})


def _first_order(
    target: Shop, functions: OwnFunctions, packages: Packages, number: int
) -> tuple[float, pd.DataFrame]:
    """Return the latency of the first order after an edit, in ms, and the spans of its trace."""
    wait_until_idle(target.running.pid)
    _push(functions, {service: _edited(packages[service], number) for service in SERVICES})
    log = tl.traffic.fire(target.outputs, orders=1, seed=number)
    spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(target.config, log))
    return 1000 * float(log["latency_s"].iloc[0]), spans


def _compare_starts(service: str, starts: Mapping[str, pd.DataFrame]) -> None:
    own = {
        kind: frame["duration_s"][frame["service"].str.contains(f"-{service}-")]
        for kind, frame in starts.items()
    }
    best_ms = {kind: 1000 * seconds.min() for kind, seconds in own.items()}
    compared(f"Initialization of {service}, best of {len(own[NEW])}", best_ms, "ms")


def _bench_rate(target: Shop, functions: OwnFunctions, kinds: Mapping[str, Packages]) -> None:
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(TURNS):
        for kind in kinds:
            _push(functions, {each: kinds[kind][each].data for each in SERVICES})
            warm_up(target)
            rates[kind].append(_orders_a_second(target))
    best = {kind: max(values) for kind, values in rates.items()}
    compared("orders through the whole chain", best, "/s")


def _orders_a_second(target: Shop) -> float:
    runs, started = target.runs(), time.perf_counter()
    closed_loop(target.url, orders=ORDERS)
    target.wait_for_runs(runs + HANDLERS_PER_ORDER * ORDERS)
    return ORDERS / (time.perf_counter() - started)


def _edited(package: DeploymentPackage, number: int) -> bytes:
    entry, contents = f"{package.service}_service.py", files(package.data)
    return tl.package.zip_bytes(
        {**contents, entry: contents[entry] + f"# edit {number}\n".encode()}
    )


def _push(functions: OwnFunctions, archives: Mapping[str, bytes]) -> None:
    """Update the code of all functions at once, as `tracing_lab.deploy.push` does."""

    def update(service: str) -> None:
        functions.aws.lambda_.update_code(functions.names.function(service), archives[service])

    with ThreadPoolExecutor(len(SERVICES)) as pool:
        list(pool.map(update, SERVICES))
