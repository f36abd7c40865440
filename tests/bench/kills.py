"""Kill the server again and again, and look at every order that was answered.

Half of the kills come at the moment at which a client has its 201, half at random moments under
the load of a few clients.
"""

import os
import random
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil
from chain import Shop, shop
from load import Client, closed_loop
from recovery import documents, restart
from report import row
from traces import fetch

CLIENTS = 4
LONGEST_LOAD_S = 1.5
ENOUGH_ORDERS = 10_000
SETTLE_S = 120.0
MOST_S = 600.0
"""After so long there are no more kills."""

FUNCTIONS, RUNS = 4, 5
"""A chain has four functions, of which one runs twice."""


@dataclass
class Kills:
    """What was seen over a number of kills.

    Parameters
    ----------
    answered
        Traces of the orders that were answered with 201.
    restarts_s
        How long each start took.
    orphans
        Processes that outlived their server.
    """

    answered: list[str] = field(default_factory=list)
    restarts_s: list[float] = field(default_factory=list)
    orphans: int = 0


def bench_kills(kills: int = 100) -> None:
    """Kill, restart, and count what is whole in the end."""
    with shop() as target:
        closed_loop(target.url, orders=20, clients=CLIENTS)
        seen, last = kill_often(target, kills, seed=1)
        report(last, seen)


def kill_often(target: Shop, kills: int, *, seed: int) -> tuple[Kills, Shop]:
    """Kill a server and start it again, at most so many times; returns what was seen, and it."""
    chance, seen, deadline = random.Random(seed), Kills(), time.monotonic() + MOST_S
    for number in range(kills):
        if time.monotonic() > deadline:
            break
        kill = kill_after_an_answer if number % 2 == 0 else kill_under_load
        children = psutil.Process(target.running.pid).children(recursive=True)
        seen.answered += kill(target, chance)
        started = time.perf_counter()
        target = restart(target)
        seen.restarts_s.append(time.perf_counter() - started)
        seen.orphans += len(psutil.wait_procs(children, timeout=10)[1])
    return seen, target


def kill_after_an_answer(target: Shop, chance: random.Random) -> list[str]:
    """Kill the server when the last of a few orders is answered; returns the answered ones."""
    client = Client(target.url)
    answers = [client.order() for _ in range(chance.randint(1, 3))]
    os.kill(target.running.pid, signal.SIGKILL)
    client.close()
    return [answer.trace_id for answer in answers if answer.status == 201]


def kill_under_load(target: Shop, chance: random.Random) -> list[str]:
    """Kill the server at a random moment of some load; returns the orders that were answered."""
    delay_s = chance.uniform(0.0, LONGEST_LOAD_S)
    killer = threading.Timer(delay_s, os.kill, (target.running.pid, signal.SIGKILL))
    killer.start()
    answers = closed_loop(target.url, orders=ENOUGH_ORDERS, clients=CLIENTS)
    killer.join()
    return [answer.trace_id for answer in answers if answer.status == 201]


def report(target: Shop, seen: Kills) -> None:
    """Print what is whole."""
    orders = len(seen.answered)
    row("kills", len(seen.restarts_s), "")
    row("restart after a kill, median", statistics.median(seen.restarts_s), "s", limit=2)
    row("restart after a kill, worst", max(seen.restarts_s), "s")
    row("orders answered with 201", orders, "")
    row("of these, whole traces", count_whole(target.running.port, seen.answered), "", limit=orders)
    row("imbalance of the ledger", target.books()["imbalance"], "")
    row("processes that outlived their server", seen.orphans, "")
    row("files found damaged", len(target.running.damaged), "")


def count_whole(port: int, trace_ids: Sequence[str]) -> int:
    """Wait until what was under way has gone on; returns the number of whole traces."""
    deadline, waiting = time.monotonic() + SETTLE_S, list(trace_ids)
    while waiting and time.monotonic() < deadline:
        whole = {trace["Id"] for trace in fetch(port, waiting) if is_whole(trace)}
        waiting = [one for one in waiting if one not in whole]
        time.sleep(0.5 if waiting else 0)
    return len(trace_ids) - len(waiting)


def is_whole(trace: dict[str, Any]) -> bool:
    """Return whether stage and chain are there, complete, and nothing is in progress."""
    found = documents(trace)
    if any(one.get("in_progress") for one in found):
        return False
    stages = [one for one in found if one.get("origin") == "AWS::ApiGateway::Stage"]
    services = Counter(one["name"] for one in found if one.get("origin") == "AWS::Lambda")
    runs = Counter(
        one["name"]
        for one in found
        if one.get("origin") == "AWS::Lambda::Function" and not one.get("error")
    )
    chains = (len(services), len(runs)) == (FUNCTIONS, FUNCTIONS)
    return len(stages) == 1 and chains and min(services.total(), runs.total()) >= RUNS
