"""Time reads of the X-Ray service: the first time somebody asks, and again."""

import http.client
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from calls import authorization
from report import row

SIGNED = {
    "Authorization": authorization("xray"),
    "Content-Type": "application/json",
}
GUIDE = Path(__file__).parents[1] / "data" / "documented_filter_expressions.json"
NO_EXPRESSIONS = {"AND", "CONTAINS", "BEGINSWITH", "ENDSWITH"}  # the guide's headings
FILTERS = (
    "fault",
    'service("fn-3") { responsetime > 0.3 }',
    'annotation.order_id = "o-77" OR http.status >= 500',
)
GROUPS = {"high_response_time": "responsetime > 0.3"}
SUMMARIES, GRAPH = "/TraceSummaries", "/ServiceGraph"
PAGE_LIMIT_MS, GRAPH_LIMIT_MS = 30.0, 100.0
IDLE_PERCENT = 5.0
IDLE_S = 2.0


def read_cold(port: int, traces: int) -> None:
    """Time what is asked for right after the traces came, when nothing is derived yet."""
    row(f"first page of {traces}, at once", milliseconds(port, SUMMARIES), "ms")
    none = milliseconds(port, SUMMARIES, FilterExpression="responsetime > 5")
    row("filter responsetime > 5, at once", none, "ms")
    row("GetServiceGraph, at once", milliseconds(port, GRAPH), "ms")


def read_all(port: int, traces: int) -> None:
    """Time each read for the first time and again; of the documented filters, the slowest."""
    for name, expression in GROUPS.items():
        call(port, "/CreateGroup", {"GroupName": name, "FilterExpression": expression})
    limit_ms = 100.0 if traces <= 10_000 else 1000.0
    both(port, f"first page of {traces}", SUMMARIES, PAGE_LIMIT_MS)
    for text in FILTERS:
        both(port, f"filter {text[:24]}", SUMMARIES, limit_ms, FilterExpression=text)
    took = {
        text: milliseconds(port, SUMMARIES, FilterExpression=text) for text in documented_filters()
    }
    slowest = max(took, key=took.__getitem__)
    row(f"{len(took)} documented filters, median", statistics.median(took.values()), "ms")
    row(f"slowest: {slowest[:34]}", took[slowest], "ms", limit=limit_ms)
    both(port, "GetServiceGraph", GRAPH, GRAPH_LIMIT_MS)


def both(port: int, name: str, path: str, limit_ms: float, **members: Any) -> None:
    """Time a call for the first time and the best of three times after it."""
    first_ms = milliseconds(port, path, **members)
    row(f"{name}, first", first_ms, "ms", limit=limit_ms)
    again_ms = min(milliseconds(port, path, **members) for _ in range(3))
    row(f"{name}, again", again_ms, "ms", limit=limit_ms)


def documented_filters() -> Iterator[str]:
    """Return the expressions in AWS's guide, as far as they can be evaluated."""
    for one in json.loads(GUIDE.read_text()):
        text: str = one["expression"]
        if text not in NO_EXPRESSIONS:
            yield text.replace("{ filter }", "{ fault }").replace("{filter}", "{fault}")


def warm_up_s(port: int, pid: int) -> float:
    """Wait until a server has nothing to do in the background; gives the seconds since now."""
    call(port, "/Groups", {})  # a region begins with the first call to it
    started, server = time.perf_counter(), psutil.Process(pid)
    ended = started
    while time.perf_counter() - ended < IDLE_S:
        if server.cpu_percent(interval=0.5) > IDLE_PERCENT:
            ended = time.perf_counter()
    return ended - started


def milliseconds(port: int, path: str, **members: Any) -> float:
    """Time one call over the last hour."""
    now = time.time()
    return 1000 * call(port, path, {"StartTime": now - 3600, "EndTime": now + 60, **members})


def call(port: int, path: str, members: dict[str, Any]) -> float:
    """Return the seconds of one call."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.perf_counter()
    connection.request("POST", path, json.dumps(members).encode(), SIGNED)
    response = connection.getresponse()
    answer = response.read()
    took_s = time.perf_counter() - started
    connection.close()
    if response.status != 200:
        sys.exit(f"{path} {members} was answered with {response.status}: {answer[:200]!r}")
    return took_s
