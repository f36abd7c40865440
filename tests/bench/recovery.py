"""Kill the server in the middle of orders, start it again, and count what is still there.

Acknowledged is a segment whose PutTraceSegments was answered without naming it, and an order that
was answered with 201.
"""

import http.client
import itertools
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chain import CLIENTS, Shop, shop, warm_up
from load import Answer, Client, closed_loop
from report import row
from traces import SIGNED, fetch, subsegments

from tracing_lab.embedded import lifecycle
from tracing_lab.xray_model.trace_ids import new_trace_id

SETTLE_S = 60.0
STEPS = {"process_order": 1, "charge_payment": 1, "reserve_inventory": 1, "send_notifications": 2}
"""The services' own subsegments in a whole chain; what was under way at the kill runs again."""


def bench_recovery(orders: int = 2000) -> None:
    """Kill, restart, count."""
    with shop() as target:
        warm_up(target)
        writer = SegmentWriter(target.running.port)
        answers = orders_until_killed(target, orders)
        segments = writer.join()
        started = time.perf_counter()
        again = restart(target)
        row("restart after kill -9", time.perf_counter() - started, "s", limit=2)
        first = Client(again.url).order()
        row("first order after the restart, its status", first.status or 0, "", limit=201)
        row("first order after the restart", 1000 * first.latency_s, "ms")
        answers += closed_loop(again.url, orders=orders - len(answers), clients=CLIENTS)
        report_what_is_left(again, answers, segments)


def orders_until_killed(target: Shop, orders: int) -> list[Answer]:
    """Send orders, and kill the server when half of them have been answered."""
    count = itertools.count(1)

    def kill_in_the_middle(_: Answer) -> None:
        if next(count) == orders // 2:
            os.kill(target.running.pid, signal.SIGKILL)

    return closed_loop(target.url, orders=orders, clients=CLIENTS, on_answer=kill_in_the_middle)


def restart(target: Shop) -> Shop:
    """Start a server on the same state and port; nothing is provisioned."""
    state_dir, port = target.running.state_dir, target.running.port
    return replace(target, running=lifecycle.start(state_dir=state_dir, port=port))


def report_what_is_left(target: Shop, answers: Sequence[Answer], segments: Sequence[str]) -> None:
    """Print how much of what was acknowledged is there."""
    port = target.running.port
    found = sum(1 for _ in fetch(port, segments))
    row("acknowledged segments that are there", found, "", limit=len(segments))
    accepted = [answer.trace_id for answer in answers if answer.status == 201]
    completed = wait_for_chains(port, accepted)
    row("orders sent, and answered with 201", len(accepted), "", limit=len(answers))
    traces = list(fetch(port, accepted))
    row("of these, with a trace", len(traces), "", limit=len(accepted))
    stages = sum(has_stage(trace) for trace in traces)
    row("with the segment of the API's stage", stages, "", limit=len(accepted))
    row("whose whole chain has run", completed, "", limit=len(accepted))
    row("imbalance of the ledger", target.books()["imbalance"], "")


def wait_for_chains(port: int, trace_ids: Sequence[str]) -> int:
    """Wait until what was under way has gone on; gives the number of whole chains."""
    deadline = time.monotonic() + SETTLE_S
    waiting = list(trace_ids)
    while waiting and time.monotonic() < deadline:
        whole = {trace["Id"] for trace in fetch(port, waiting) if has_run(trace)}
        waiting = [one for one in waiting if one not in whole]
        time.sleep(0.5 if waiting else 0)
    return len(trace_ids) - len(waiting)


def has_run(trace: dict[str, Any]) -> bool:
    """Return whether each service has done its work as often as an order needs it."""
    found = documents(trace)
    steps = [*found, *(child for one in found for child in subsegments(one))]
    done = Counter(one["name"] for one in steps if "end_time" in one)
    return all(done[name] >= count for name, count in STEPS.items())


def has_stage(trace: dict[str, Any]) -> bool:
    """Return whether the segment is there that was finished when the order was answered."""
    return any(one.get("origin") == "AWS::ApiGateway::Stage" for one in documents(trace))


def documents(trace: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the segments of a trace."""
    return [json.loads(segment["Document"]) for segment in trace["Segments"]]


class SegmentWriter:
    """Sends segments one after the other until the server is gone.

    Parameters
    ----------
    port
        The server's.
    """

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._acknowledged: list[str] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self) -> list[str]:
        """Wait for the end; gives the traces of all segments that were acknowledged."""
        self._thread.join()
        return self._acknowledged

    def _run(self) -> None:
        while True:
            trace_id, now_s = new_trace_id(), time.time()
            document: dict[str, Any] = {"id": os.urandom(8).hex(), "trace_id": trace_id}
            document["name"] = "writer"
            document |= {"start_time": now_s, "end_time": now_s + 0.1}
            body = json.dumps({"TraceSegmentDocuments": [json.dumps(document)]})
            try:
                self._connection.request("POST", "/TraceSegments", body, SIGNED)
                answer = json.loads(self._connection.getresponse().read())
            except (OSError, http.client.HTTPException, ValueError):
                return
            if answer == {"UnprocessedTraceSegments": []}:
                self._acknowledged.append(trace_id)
            time.sleep(0.01)
