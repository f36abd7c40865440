"""Send the orders of ``load.json`` with Locust, each when it is due, and keep what became of them.

``tracing_lab.traffic.fire_locust`` starts it; by hand, for workers on several machines::

    locust -f locustfile.py --master --headless --users 4 --spawn-rate 4 --expect-workers 4
    locust -f locustfile.py --worker --master-host MASTER        four times, with this folder

The number of workers is ``processes`` of ``load.json``. Each sends its share of the orders once, in
an open loop, whatever becomes of its users. The master ends when all have. Results are in
``results.jsonl`` beside the master's copy of this file; with that in the folder that
``tracing_lab.traffic.write_locust_files`` wrote, ``load_locust_log`` makes the log of them.
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
from gevent.event import AsyncResult, Event
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

shares: list[gevent.Greenlet] = []
"""What sends this worker's share: one at most, as Locust starts users again and moves them."""

rows: list[list[Any]] = []
"""Results that the master has not got yet."""


class Customers(FastHttpUser):  # type: ignore[misc] # Locust is an extra
    """Sends a worker's share of the orders."""

    host = LOAD["endpoint"]
    concurrency = len(LOAD["orders"])  # as many connections as it takes
    connection_timeout = network_timeout = LOAD["timeout_s"]

    @task  # type: ignore[untyped-decorator] # see above
    def send_share(self) -> None:
        """Begin the worker's share if no user of this worker has; wait until the load ends."""
        runner = self.environment.runner
        if not shares and runner.worker_index < LOAD["processes"]:
            shares.append(gevent.spawn(self.send_orders, runner))
        Event().wait()

    def send_orders(self, runner: Any) -> None:
        """Send the worker's share of the orders when they are due, and report their results."""
        runner.send_message("ready")
        start_s = start.get()
        senders = Group()
        for order in LOAD["orders"][runner.worker_index :: LOAD["processes"]]:
            due_s = start_s + order["due_s"]
            gevent.sleep(max(0.0, due_s - time.time()))
            senders.spawn(self.send, order, due_s)
        senders.join()
        report(runner, ended=True)

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


def begin(msg: Any, **_: Any) -> None:
    """Begin this worker's share."""
    if not start.ready():
        start.set(msg.data["at_s"])


class Conductor:
    """Begins the load when all workers are ready, writes their results, and ends it."""

    def __init__(self, runner: Any) -> None:
        self.runner = runner
        self.ready, self.ended = set[str](), set[str]()  # ids of workers
        RESULTS.write_text("", "utf-8")

    def begin(self, msg: Any, **_: Any) -> None:
        """Send all workers the time of the start, if this was the last to get ready."""
        self.ready.add(msg.node_id)
        if len(self.ready) == LOAD["processes"]:
            self.runner.send_message("begin", {"at_s": time.time() + LEAD_S})

    def collect(self, msg: Any, **_: Any) -> None:
        """Write the results of a worker; quit when it was the last."""
        with RESULTS.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in msg.data["rows"])
        if not msg.data["ended"]:
            return
        self.ended.add(msg.node_id)
        if len(self.ended) == LOAD["processes"]:
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
        runner.register_message("begin", begin)
        gevent.spawn(report_on, runner)
