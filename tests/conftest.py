"""Traces for the analysis half's tests: literal ones, recorded ones, and a whole made-up shop."""

import gc
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from site_tools.run_times import RUN_TIME, run_time_lines

from tracing_lab.embedded import lifecycle
from tracing_lab.spans import load_traces, spans_from_traces

# A busy machine is no failure. Each run tries other examples; with --hypothesis-profile thorough
# there are many more.
settings.register_profile(
    "tracing-lab",
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("tracing-lab"), max_examples=1000)
settings.load_profile("tracing-lab")

collect_ignore = ["data"]  # its modules are programs that tests run

Trace = dict[str, Any]
DATA = Path(__file__).parent / "data"
EPOCH = 1795435200.0  # 2026-11-23T12:00:00Z


LONG = (
    *("test_notebooks.py", "lab/test_jupyterlab.py", "experiments/test_verifying.py"),
    *("gameday/test_game.py", "test_end_to_end.py", "embedded/test_patterns_app.py"),
    *("experiments/test_predictions.py", "cli/test_cli.py", "xray/test_retries_and_links.py"),
    *("lab/test_kernel.py", "cli/test_replaying.py", "embedded/test_otel_shop_server.py"),
)
"""Modules that take long, the longest first. They mostly wait for what a running stack does."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long modules, so that others run while they wait and none is left alone."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_configure() -> None:
    """Collect no garbage until all modules are loaded: hardly anything is any."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Exclude modules and tests from garbage collection, which takes half a second a run."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Close the socket that the X-Ray SDK, which moto imports, keeps until the process ends."""
    sdk = sys.modules.get("aws_xray_sdk.core")
    if sdk is not None:
        sdk.xray_recorder.emitter._socket.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Compare the run times of the notebooks that were executed with their budgets."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    properties = [item for report in reports for item in report.user_properties]
    times = dict(value for key, value in properties if key == RUN_TIME)
    if times:
        terminalreporter.section("run time of notebooks")
        terminalreporter.write_line("\n".join(run_time_lines(times)))


@pytest.fixture(scope="session")
def embedded_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an embedded AWS is that tests share; each takes a region or project of its own."""
    state_dir = tmp_path_factory.mktemp("embedded")
    yield str(lifecycle.start(state_dir=state_dir).endpoint_url)
    lifecycle.stop(state_dir=state_dir)


@pytest.fixture(scope="session")
def make_trace() -> Callable[..., Trace]:
    """Make a trace from ``(id, parent, start_s, end_s, more)`` rows, all of them segments."""
    return literal_trace


def literal_trace(*rows: tuple[Any, ...], trace_id: str = "1-00000001-1") -> Trace:
    documents = []
    for span_id, parent_id, start_s, end_s, *more in rows:
        document = {"id": span_id, "name": span_id, "trace_id": trace_id}
        document |= {"start_time": EPOCH + start_s}
        document |= {"in_progress": True} if end_s is None else {"end_time": EPOCH + end_s}
        document |= {"parent_id": parent_id} if parent_id else {}
        documents.append(document | (more[0] if more else {}))
    return trace_of(trace_id, documents)


def trace_of(trace_id: str, documents: list[dict[str, Any]]) -> Trace:
    segments = [{"Id": one["id"], "Document": json.dumps(one)} for one in documents]
    return {"Id": trace_id, "Duration": 0.0, "LimitExceeded": False, "Segments": segments}


@pytest.fixture(scope="session")
def worked_traces() -> list[Trace]:
    """One order through API, function, table and bus to a second function; both functions cold."""
    return load_traces(DATA / "analysis_worked_example.json")


@pytest.fixture(scope="session")
def worked_spans(worked_traces: list[Trace]) -> pd.DataFrame:
    return spans_from_traces(worked_traces)


@pytest.fixture(scope="session")
def real_traces() -> list[Trace]:
    """Two traces as AWS returned them."""
    return load_traces(DATA / "analysis_real_traces.json")


@pytest.fixture(scope="session")
def shop_traces() -> Callable[..., list[Trace]]:
    """Make ``count`` orders of the workshop's shop, from a seed."""
    return lambda count, seed=1: [*Shop(seed).traces(count)]


@pytest.fixture(scope="session")
def shop_spans(shop_traces: Callable[..., list[Trace]]) -> pd.DataFrame:
    """120 orders of the shop, seed 1."""
    return spans_from_traces(shop_traces(120))


SUFFIX = "1a2b3c4d"
WORK_S = {"order": 0.012, "payment": 0.045, "inventory": 0.025, "notification": 0.018}
FAILURES = {"payment": 0.06, "inventory": 0.02}


class Shop:
    """The workshop's stack on paper: what X-Ray would return for its orders."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.ids = itertools.count(1)
        self.warm: set[str] = set()

    def traces(self, count: int) -> Iterator[Trace]:
        for number in range(count):
            epoch = EPOCH + number * 0.05
            trace_id = f"1-{int(epoch):08x}-{number:024x}"
            self.documents: list[dict[str, Any]] = []
            self.stage(epoch)
            segments = [{**one, "trace_id": trace_id} for one in self.documents]
            yield trace_of(trace_id, segments)

    def name(self, kind: str) -> str:
        return f"distributed-tracing-dev-{kind}-{SUFFIX}"

    def span_id(self) -> str:
        return f"{next(self.ids):016x}"

    def some(self, typical_s: float) -> float:
        return round(float(typical_s * self.rng.lognormal(0, 0.45)), 6)

    def stage(self, start: float) -> None:
        rejected = self.rng.random() < 0.04
        call: dict[str, Any] = {"id": self.span_id(), "name": "Lambda", "namespace": "aws"}
        call["error"] = rejected
        end = self.function("order", start + 0.005, call["id"], is_async=False)
        status = {"http": {"response": {"status": 400 if rejected else 201}}}
        call |= {"start_time": start + 0.003, "end_time": end + 0.002} | status
        self.add("api", start, end + 0.004, "AWS::ApiGateway::Stage", subsegments=[call], **status)
        self.documents[-1] |= {"name": f"{self.name('api')}/prod", "error": rejected}

    def function(self, kind: str, start: float, parent: str, *, is_async: bool) -> float:
        """Add a function's two segments and what follows; give the service segment's end."""
        accepted = start + self.some(0.008)
        begun = accepted + self.some(0.02) if is_async else start + 0.002
        parts = [self.part("Dwell Time", start, begun)] if is_async else []
        service = self.add(kind, start, accepted, "AWS::Lambda", parent_id=parent)
        cold = kind not in self.warm or self.rng.random() < 0.01
        self.warm.add(kind)
        ready = begun + (self.some(0.25) if cold else 0.001)
        inner = [self.part("Initialization", begun + 0.002, ready - 0.001)] if cold else []
        fails = self.rng.random() < FAILURES.get(kind, 0)
        done, invocation = self.invocation(kind, ready, fails=fails)
        inner += [invocation, self.part("Overhead", done, done + 0.0008)]
        origin = "AWS::Lambda::Function"
        self.add(kind, ready, done + 0.001, origin, parent_id=service["id"], subsegments=inner)
        self.documents[-1]["fault"] = fails
        if not is_async:
            service["end_time"] = accepted = done + 0.002
        service["http"] = {"response": {"status": 202 if is_async else 200}}
        attempt = [self.part("Attempt #1", begun, done + 0.003)] if is_async else []
        service["subsegments"] = parts + attempt
        return accepted

    def invocation(self, kind: str, start: float, *, fails: bool) -> tuple[float, dict[str, Any]]:
        work_end = start + self.some(WORK_S[kind])
        calls = [self.part(f"## {kind}", start + 0.0005, work_end - 0.0005, fault=fails)]
        calls[0]["annotations"] = {"service_name": kind, "order_id": "o-1"}
        end = work_end
        if kind != "notification" and not fails:
            end = work_end + self.some(0.006)
            calls.append(self.part("Events", work_end, end, namespace="aws"))
            followers = ("payment", "inventory") if kind == "order" else ("notification",)
            bus: dict[str, Any] = {"id": self.span_id(), "name": "Events", "inferred": True}
            bus |= {"start_time": work_end, "end_time": end, "parent_id": calls[1]["id"]}
            self.documents.append(bus | {"origin": "AWS::Events"})
            for follower in followers:
                self.function(follower, end + self.some(0.01), bus["id"], is_async=True)
        return end + 0.0005, self.part("Invocation", start, end + 0.0005, subsegments=calls)

    def part(self, name: str, start: float, end: float, **more: Any) -> dict[str, Any]:
        return {"id": self.span_id(), "name": name, "start_time": start, "end_time": end, **more}

    def add(self, kind: str, start: float, end: float, origin: str, **more: Any) -> dict[str, Any]:
        self.documents.append({**self.part(self.name(kind), start, end, origin=origin), **more})
        return self.documents[-1]
