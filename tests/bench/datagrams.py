"""Measure whether the datagrams of AWS's OpenTelemetry layers are taken, and none is lost.

An order makes five invocations, and each of them one datagram.
"""

import base64
import json
import os
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from chain import HANDLERS_PER_ORDER, REGION, free_port
from fuzz import daemon_port
from otel_spans import invocation
from otlp_protobuf import protobuf
from report import row
from span_policies import turn_on_transaction_search
from usage import CpuSeconds, wait_until_idle

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.otlp.json_form import otlp_from_spans

ORDERS_PER_S = 100
RATE = ORDERS_PER_S * HANDLERS_PER_ORDER
WARM_UP = 200
DRAIN_S = 60.0
HEADER = b'{"format":"json","version":1}\n'


def bench_datagrams(seconds: int = 30) -> None:
    """Send the datagrams of 100 orders a second, and count what X-Ray and the log group have."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        running = lifecycle.start(state_dir=state_dir, port=free_port())
        try:
            measure(running, seconds)
        finally:
            lifecycle.stop(state_dir=state_dir)


def measure(running: EmbeddedStatus, seconds: int) -> None:
    """Send and count; the first datagrams only have everything loaded."""
    xray, logs = (_client(running, service) for service in ("xray", "logs"))
    turn_on_transaction_search(xray, logs)
    rule = {"Probabilistic": {"DesiredSamplingPercentage": 100}}
    xray.update_indexing_rule(Name="Default", Rule=rule)
    port = daemon_port(running)
    send(port, datagrams(WARM_UP))
    wait_until_idle(running.pid)
    made = datagrams(seconds * RATE)
    before, began_s = CpuSeconds.now(running.pid), time.perf_counter()
    send(port, made)
    rate = len(made) / (time.perf_counter() - began_s)
    row("T1S datagrams sent", rate, "/s", limit=RATE)
    wait_until_idle(running.pid)
    used = CpuSeconds.now(running.pid) - before
    sent = WARM_UP + len(made)
    recorded = wait_for_records(logs, sent * len(invocation()))
    row("traces in summaries", traces(xray), "", limit=sent / HANDLERS_PER_ORDER)
    row("spans in aws/spans", recorded, "", limit=sent * len(invocation()))
    row("CPU of the server, per datagram", 1e3 * used.server / len(made), "ms")
    row("datagrams that one core takes", len(made) / used.server, "/s", limit=RATE)


def datagrams(count: int) -> list[bytes]:
    """Return the datagrams of some invocations, five of them in a trace."""
    now_ns = time.time_ns()
    return [datagram(os.urandom(12), number, now_ns) for number in range(count)]


def datagram(random: bytes, number: int, now_ns: int) -> bytes:
    """Return the datagram of one invocation with ids of its own, in the trace of its order."""
    order, place = divmod(number, HANDLERS_PER_ORDER)
    trace_id = f"{now_ns // 10**9:08x}{order:024x}"
    ids = {
        span.span_id: f"{random.hex()[:8]}{place:04x}{span.span_id[-4:]}" for span in invocation()
    }
    spans = [
        span._replace(
            trace_id=trace_id,
            span_id=ids[span.span_id],
            parent_id=ids.get(span.parent_id, ""),
            start_ns=now_ns - 500_000_000,
            end_ns=now_ns,
        )
        for span in invocation()
    ]
    return HEADER + b"T1S" + base64.b64encode(protobuf(otlp_from_spans(spans)))


def send(port: int, made: Sequence[bytes]) -> None:
    """Send datagrams at the rate of 100 orders a second."""
    began_s = time.perf_counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number, content in enumerate(made):
            ahead_s = number / RATE - (time.perf_counter() - began_s)
            if ahead_s > 0:
                time.sleep(ahead_s)
            sender.sendto(content, ("127.0.0.1", port))


def wait_for_records(logs: Any, expected: int) -> int:
    """Return how many records the log group has, once all are there or too long has passed."""
    deadline_s, found = time.monotonic() + DRAIN_S, 0
    while found < expected and time.monotonic() < deadline_s:
        time.sleep(0.2)
        with suppress(logs.exceptions.ResourceNotFoundException):
            found = records(logs)
    return found


def records(logs: Any) -> int:
    """Count the records by a query."""
    now_s = int(time.time())
    query_id = logs.start_query(
        logGroupName="aws/spans",
        queryString="stats count(*) as n",
        startTime=now_s - 3600,
        endTime=now_s + 60,
    )["queryId"]
    while (answer := logs.get_query_results(queryId=query_id))["status"] != "Complete":
        time.sleep(0.05)
    return int(json.loads(answer["results"][0][0]["value"])) if answer["results"] else 0


def traces(xray: Any) -> int:
    """Count the traces by their summaries."""
    now_s = time.time()
    pages = xray.get_paginator("get_trace_summaries")
    found = pages.paginate(StartTime=now_s - 3600, EndTime=now_s + 60)
    return len({summary["Id"] for page in found for summary in page["TraceSummaries"]})


def _client(running: EmbeddedStatus, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=running.endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
