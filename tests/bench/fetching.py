"""Fetch many traces into a lake while an X-Ray throttles, leaves ids out and has partial traces.

All traces must arrive, each once, in little more than the time that the rate limit alone takes; a
fetch that is killed goes on where it was. As a script, this is the fetch that is killed.
"""

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aws_faults import refusal
from fault_proxy import Answer, Forward, NamedClients, Proxy, Reply, Request
from report import row
from xray import ingest

import tracing_lab as tl
from tracing_lab.aws import Aws
from tracing_lab.embedded import lifecycle

TRACES = 10_000
PAGE_SIZE, BATCH_SIZE = 100, 5
THROTTLED, UNPROCESSED, PARTIAL_S = 0.2, 0.05, 2.0
PER_S = 25.0  # as many calls as proxy and server manage beside others
MOST = 1.3  # times the lower bound
KILLED_AFTER = (0.02, 0.2, 0.4)  # of the calls that all traces take

LISTING, BATCH = "xray:GetTraceSummaries", "xray:BatchGetTraces"


@dataclass
class Bucket:
    """A rate limit; calls that a second was too short for may be made in the next one."""

    per_s: float
    tokens: float = 1.0
    filled_s: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Return whether a call is allowed now."""
        now_s = time.monotonic()
        self.tokens = min(self.per_s, self.tokens + (now_s - self.filled_s) * self.per_s)
        self.filled_s = now_s
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class DifficultXRay:
    """A policy of the proxy: a rate limit, throttles, unprocessed ids and partial traces.

    Parameters
    ----------
    seed
        Decides which calls are throttled and which ids are left out.
    per_s
        Calls a second that are allowed.
    """

    def __init__(self, seed: int, *, per_s: float) -> None:
        self._draw, self._lock = random.Random(seed), threading.Lock()
        self._bucket, self._first_s = Bucket(per_s), dict[str, float]()
        self.answered: Counter[str] = Counter()
        self.throttled = 0

    def __call__(self, request: Request, forward: Forward, reply: Reply) -> None:
        """Reply to a request, with a rejection if it comes too soon."""
        if request.operation not in {LISTING, BATCH}:
            reply(forward())
        elif self._is_throttled():
            reply(refusal(request, "ThrottledException", "Rate exceeded"))
        else:
            answer = forward()
            body = json.loads(answer.body)
            with self._lock:
                self.answered[request.operation] += 1
                self._change(body)
            reply(replace(answer, body=json.dumps(body).encode()))

    def _is_throttled(self) -> bool:
        with self._lock:
            throttled = self._draw.random() < THROTTLED or not self._bucket.take()
            self.throttled += throttled
        return throttled

    def _change(self, body: dict[str, Any]) -> None:
        for summary in body.get("TraceSummaries", []):
            summary["IsPartial"] = self._is_partial(summary["Id"])
        traces = body.get("Traces", [])
        left_out = [trace for trace in traces if self._draw.random() < UNPROCESSED]
        body.get("UnprocessedTraceIds", []).extend(trace["Id"] for trace in left_out)
        for trace in left_out:
            traces.remove(trace)
        for trace in traces:
            if self._is_partial(trace["Id"]):
                document = json.loads(trace["Segments"][-1]["Document"])
                del document["end_time"]
                trace["Segments"][-1]["Document"] = json.dumps({**document, "in_progress": True})

    def _is_partial(self, trace_id: str) -> bool:
        now_s = time.monotonic()
        return now_s - self._first_s.setdefault(trace_id, now_s) < PARTIAL_S


@contextmanager
def difficult_aws(traces: int) -> Iterator[tuple[tl.Config, Proxy]]:
    """Run an embedded AWS with traces behind a proxy."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        running = lifecycle.start(state_dir=state_dir)
        try:
            ingest(running.port, traces)
            proxy = Proxy(f"http://127.0.0.1:{running.port}")
            with proxy.running() as url:
                yield tl.Config(endpoint_url=url), proxy
        finally:
            lifecycle.stop(state_dir=state_dir)


def bench_fetching(traces: int = TRACES, per_s: float = PER_S) -> None:
    """Fetch into a lake, at once and in pieces, and count what is in it."""
    with difficult_aws(traces) as (config, proxy), tempfile.TemporaryDirectory() as folder:
        proxy.policy = policy = DifficultXRay(seed=1, per_s=per_s)
        started = time.perf_counter()
        fetch(config, Path(folder) / "whole")
        took_s = time.perf_counter() - started
        calls = traces / PAGE_SIZE + traces / BATCH_SIZE
        least_s = calls / per_s
        row(f"{traces} traces into a lake", took_s, "s", limit=MOST * least_s)
        row("of the rate limit's lower bound", took_s / least_s, "", limit=MOST)
        row("throttled calls", policy.throttled, "")
        print_once("traces in the lake, each once", Path(folder) / "whole", traces)
        started = time.perf_counter()
        fetch(config, Path(folder) / "whole")
        row("again, with nothing new", time.perf_counter() - started, "s")
        proxy.policy = DifficultXRay(seed=2, per_s=per_s)
        for share in KILLED_AFTER:
            kill_after(int(share * calls), config, Path(folder) / "killed", proxy)
        fetch(config, Path(folder) / "killed")
        print_once(f"the same, killed {len(KILLED_AFTER)} times", Path(folder) / "killed", traces)


def print_once(measure: str, lake: Path, traces: int) -> None:
    """Print how many traces are in a lake, and fail if one is there twice or partial."""
    counts = Counter(trace["Id"] for trace in tl.spans.lake.load_traces(lake))
    row(measure, len(counts), "", limit=traces)
    if any(count > 1 for count in counts.values()):
        sys.exit("a trace is in the lake twice")
    if (tl.spans.lake.load_spans(lake)["status"] == "in_progress").any():
        sys.exit("a partial trace is in the lake")


def fetch(config: tl.Config, lake: Path) -> None:
    """Fetch the traces of the last hour."""
    start = datetime.now(UTC) - timedelta(hours=1)
    aws = Aws(config, client_factory=NamedClients(config))
    tl.xray.fetch_into_lake(config, lake, start=start, aws=aws)


def kill_after(calls: int, config: tl.Config, lake: Path, proxy: Proxy) -> None:
    """Fetch in another process, and kill that after so many calls were answered."""
    policy, enough = proxy.policy, threading.Event()
    answered = 0

    def counting(request: Request, forward: Forward, reply: Reply) -> None:
        def counted(answer: Answer) -> None:
            nonlocal answered
            answered += answer.status == 200
            if answered >= calls:
                enough.set()
            reply(answer)

        policy(request, forward, counted)

    proxy.policy = counting
    words = [str(config.endpoint_url), str(lake), config.aws_region]
    command = [sys.executable, "-W", "ignore", __file__, *words]
    process = subprocess.Popen(command)
    try:
        in_time = enough.wait(timeout=120)
    finally:
        process.kill()
        process.wait()
    proxy.policy = policy
    if not in_time:
        message = f"a fetch made fewer than {calls} calls"
        raise TimeoutError(message)


if __name__ == "__main__":
    url, folder, region = sys.argv[1:]
    fetch(tl.Config(endpoint_url=url, aws_region=region), Path(folder))
