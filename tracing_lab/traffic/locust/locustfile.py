"""Send the orders of ``load.json`` with Locust, each when it is due, and keep what became of them.

``tracing_lab.traffic.fire_locust`` starts it; by hand, for workers on several machines::

    locust -f locustfile.py --master --headless --users 4 --spawn-rate 4 --expect-workers 4
    locust -f locustfile.py --worker --master-host MASTER        four times, with this folder

The number of workers is ``processes`` of ``load.json``. Each has one user, which sends its share of
the orders in an open loop. Results are in ``results.jsonl`` beside the master's copy of this file.
It needs Locust and nothing else; an API key is in the variable ``TRACING_LAB_API_KEY``.
"""

import json
import os
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gevent
from gevent.event import AsyncResult
from gevent.pool import Group
from locust import FastHttpUser, events, task
from locust.runners import MasterRunner, WorkerRunner

LOAD = json.loads((Path(__file__).parent / "load.json").read_text("utf-8"))
RESULTS = Path(__file__).parent / "results.jsonl"
LEAD_S = 0.5  # until the first order is due, so that all workers know it before
REPORT_S = 0.5
BAD_REQUEST = 400
MOST_TEXT = 2000  # characters of a response
HEADER = "X-Amzn-Trace-Id"
SAMPLED = {True: ";Sampled=1", False: ";Sampled=0", None: ""}

start = AsyncResult()
"""When the load begins, in epoch seconds; the master sends it."""

rows: list[list[Any]] = []
"""Results that the master has not got yet."""


class Customers(FastHttpUser):  # type: ignore[misc] # Locust is an extra
    """Sends a worker's share of the orders."""

    host = LOAD["endpoint"]
    concurrency = len(LOAD["orders"])  # as many connections as it takes
    connection_timeout = network_timeout = LOAD["timeout_s"]

    @task  # type: ignore[untyped-decorator] # see above
    def send_share(self) -> None:
        """Send the orders, and wait until the master ends the load."""
        runner = self.environment.runner
        runner.send_message("ready")
        start_s = start.get()
        senders = Group()
        for order in LOAD["orders"][runner.worker_index :: LOAD["processes"]]:
            due_s = start_s + order["due_s"]
            gevent.sleep(max(0.0, due_s - time.time()))
            senders.spawn(self.send, order, due_s)
        senders.join()
        report(runner, ended=True)
        gevent.sleep(LOAD["timeout_s"])

    def send(self, order: dict[str, Any], due_s: float) -> None:
        """Send an order and keep its result."""
        now_s = time.time()
        trace_id = f"1-{int(now_s):08x}-{uuid.uuid4().hex[:24]}"
        headers = {HEADER: f"Root={trace_id}{SAMPLED[LOAD['sampled']]}"}
        if key := os.environ.get("TRACING_LAB_API_KEY"):
            headers["X-Api-Key"] = key
        path = f"/orders/{quote(order['customer_id'])}"
        with self.client.post(
            path, json=order["body"], headers=headers, name="POST /orders", catch_response=True
        ) as response:
            finished_s = time.time()
            status = response.status_code or None
            error = "" if status else f"{type(response.error).__name__}: {response.error}"
            text = (response.text or "")[:MOST_TEXT] if status else ""
            decided = response.headers.get(HEADER) if status else None
            judge(response, status, bad=bool(order["bad"]))
        rows.append(
            [order["number"], trace_id, due_s, now_s, finished_s, status, text, error, decided]
        )


def judge(response: Any, status: int | None, *, bad: bool) -> None:
    """Count a response in Locust's statistics: bad orders have to be rejected."""
    if status is not None and (status == BAD_REQUEST if bad else status < BAD_REQUEST):
        response.success()
    else:
        response.failure(f"status {status}")


def report(runner: Any, *, ended: bool = False) -> None:
    """Send the results so far to the master."""
    news = rows[:]
    rows.clear()
    if news or ended:
        runner.send_message("results", {"rows": news, "ended": ended})


def report_on(runner: Any) -> None:
    """Report as long as the worker runs."""
    while True:
        gevent.sleep(REPORT_S)
        report(runner)


class Conductor:
    """Begins the load when all workers are ready, writes their results, and ends it."""

    def __init__(self, runner: Any) -> None:
        self.runner, self.ready, self.ended = runner, 0, 0
        RESULTS.write_text("", "utf-8")

    def begin(self, **_: Any) -> None:
        """Send all workers the time of the start, if this was the last to get ready."""
        self.ready += 1
        if self.ready == LOAD["processes"]:
            self.runner.send_message("begin", {"at_s": time.time() + LEAD_S})

    def collect(self, msg: Any, **_: Any) -> None:
        """Write the results of a worker; quit when it was the last."""
        with RESULTS.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in msg.data["rows"])
        self.ended += msg.data["ended"]
        if self.ended == LOAD["processes"]:
            gevent.spawn(self.runner.quit)


@events.init.add_listener  # type: ignore[untyped-decorator] # see above
def connect(environment: Any, **_: Any) -> None:
    """Connect master and workers."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        conductor = Conductor(runner)
        runner.register_message("ready", conductor.begin)
        runner.register_message("results", conductor.collect)
    elif isinstance(runner, WorkerRunner):
        runner.register_message("begin", lambda msg, **_: start.set(msg.data["at_s"]))
        gevent.spawn(report_on, runner)
