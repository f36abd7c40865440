"""The same orders under both tracers: their traces, maps, times, and what starts and zips cost.

The server, the client and the machine are the same, and the tracers take turns. The layer is built
first, which needs PyPI the first time.
"""

import statistics
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import networkx as nx
import pandas as pd
from chain import SINGLE, Shop, shop
from load import Client
from report import row
from starting import start_cpu_ms, unpacked_layer
from traces import is_complete
from usage import wait_until_idle

import tracing_lab as tl
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES

SDK: Final = "X-Ray SDK"
AS_DISTRIBUTED, OWN_SPANS, FAST = "ADOT", "ADOT, own spans", "ADOT, fast start"
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    SDK: {"tracer": "xray-sdk"},
    AS_DISTRIBUTED: {"tracer": "opentelemetry"},
    OWN_SPANS: {"tracer": "opentelemetry", "propagate_own_span": True},
}
BLOCKS = 4
RATE = 5.0
STARTS = 3
"""Cold starts of each tracer, of which the best counts."""

Map = set[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """What one tracer shows of the orders."""

    complete: int
    edges: Map
    p50_ms: float


def bench_tracers(orders: int = 200) -> None:
    """Compare the tracers on the same orders of one seed."""
    layer = tl.package.otel_layer()
    sdk, adot = (_largest_mb(tracer) for tracer in ("xray-sdk", "opentelemetry"))
    row("largest deployment zip, ADOT", adot, "MB", peer=sdk, peer_name=SDK)
    row("its layer", len(layer) / 1e6, "MB", limit=50)
    _report_cpu(layer)
    with shop() as target:
        shown = {name: _shown(_switched(target, name), name, orders) for name in SETTINGS}
        again = _shown(_switched(target, SDK), f"{SDK} again", orders)
        row(
            "POST p50, SDK after ADOT",
            again.p50_ms,
            "ms",
            peer=shown[SDK].p50_ms,
            peer_name="before",
        )
        row("POST p50, ADOT", shown[AS_DISTRIBUTED].p50_ms, "ms", peer=again.p50_ms, peer_name=SDK)
        _report_maps(shown)
        _report_starts(target)


def _report_cpu(layer: bytes) -> None:
    """Print the processor time of each function's start, which a busy machine changes least."""
    sdks, adots = (tl.package.build_all(tracer) for tracer in ("xray-sdk", "opentelemetry"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = unpacked_layer(layer, folder / "layer")
        for service in SERVICES:
            sdk = start_cpu_ms(sdks[service], folder / f"{service}-sdk")
            adot = partial(start_cpu_ms, adots[service], folder / service, script)
            row(f"start of {service}, CPU, {SDK}", sdk, "ms")
            row(f"start of {service}, CPU, ADOT", adot(), "ms", peer=sdk, peer_name=SDK)
            fast = adot(OTEL_AWS_LAMBDA_FAST_START="true")
            row(f"start of {service}, CPU, fast start", fast, "ms", peer=sdk, peer_name=SDK)


def _largest_mb(tracer: str) -> float:
    return max(len(built.data) for built in tl.package.build_all(tracer).values()) / 1e6


def _switched(target: Shop, name: str) -> Shop:
    """Return the shop with a tracer, warm."""
    config = target.config.replace(**SETTINGS[name])
    tl.deploy.apply(config)
    client = Client(target.url)
    for _ in range(SINGLE // 4):
        client.order()
    client.close()
    wait_until_idle(target.running.pid)
    return replace(target, config=config)


def _shown(target: Shop, name: str, orders: int) -> Shown:
    """Send the orders, print how many of their traces are complete, and return what they show."""
    log = tl.traffic.fire(target.outputs, orders=orders, rate=RATE, seed=1)
    traces = tl.xray.fetch_traces(target.config, log)
    complete = sum(map(is_complete, traces))
    row(f"complete traces, {name}", complete, "", limit=orders)
    graph = tl.graph.service_graph_from_spans(tl.spans.spans_from_traces(traces))
    wait_until_idle(target.running.pid)
    return Shown(complete, set(graph.edges), _p50_ms(target))


def _p50_ms(target: Shop) -> float:
    """Return the smallest median of a few, which what else the machine does changes least."""
    client = Client(target.url)
    medians_ms = []
    for _ in range(BLOCKS):
        latencies_ms = [1000 * client.order().latency_s for _ in range(SINGLE // BLOCKS)]
        medians_ms.append(statistics.median(latencies_ms))
    client.close()
    return min(medians_ms)


def _report_maps(shown: Mapping[str, Shown]) -> None:
    """Print how the maps differ from the SDK's."""
    sdk = shown[SDK].edges
    for name in (AS_DISTRIBUTED, OWN_SPANS):
        edges = shown[name].edges
        row(f"edges of the map, {name}", len(edges), "", peer=len(sdk), peer_name=SDK)
        row("of these with another end", len(edges ^ sdk), "")
    nodes = nx.DiGraph(list(shown[OWN_SPANS].edges)).nodes ^ nx.DiGraph(list(sdk)).nodes
    row("nodes that only one of the maps has", len(nodes), "")
    for name, each in shown.items():
        leaving = sum(source.startswith("Events") for source, _ in each.edges)
        row(f"edges that leave the bus, {name}", leaving, "")


def _report_starts(target: Shop) -> None:
    """Print the best init phase of each service, with either tracer and with a fast start."""
    starts = {
        SDK: _starts_ms(_switched(target, SDK)),
        AS_DISTRIBUTED: _starts_ms(_switched(target, AS_DISTRIBUTED)),
        FAST: _starts_ms(target, OTEL_AWS_LAMBDA_FAST_START="true"),
    }
    for service in SERVICES:
        best = {name: times[service] for name, times in starts.items()}
        row(f"init of {service}, {SDK}", best[SDK], "ms")
        for name in (AS_DISTRIBUTED, FAST):
            row(f"init of {service}, {name}", best[name], "ms", peer=best[SDK], peer_name=SDK)


def _starts_ms(target: Shop, **variables: str) -> dict[str, float]:
    """Return the shortest init phase of each service, in ms."""
    inits = pd.concat(list(_inits(target, variables)))
    names = target.outputs.function_names
    return {
        service: 1000 * float(inits["duration_s"][inits["service"] == names[service]].min())
        for service in SERVICES
    }


def _inits(target: Shop, variables: Mapping[str, str]) -> Iterator[pd.DataFrame]:
    """Yield the init phases of each first order after a change that ends all environments."""
    lambdas = Aws(target.config).lambda_
    for number in range(STARTS):
        for name in target.outputs.function_names.values():
            now = lambdas.get_function(name)["Configuration"]["Environment"]["Variables"]
            wanted = {**now, **variables, "START": str(number)}
            lambdas.update_configuration(name, Environment={"Variables": wanted})
        wait_until_idle(target.running.pid)
        log = tl.traffic.fire(target.outputs, orders=1, seed=number)
        spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(target.config, log))
        yield spans[spans["name"] == "Initialization"]
