"""Measure the X-Ray service next to moto's server: same documents, same raw HTTP client.

With 100,000 traces (``make bench ONLY=xray=100000``) it takes some minutes and 1 GB of disk; moto's
server gets 10,000 of them at most.
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from report import row
from usage import memory_mb
from xray_reads import SIGNED, read_all, read_cold, warm_up_s

from tracing_lab.embedded import lifecycle
from tracing_lab.xray_model.trace_ids import new_trace_id

DOCUMENTS_PER_TRACE = 6
DOCUMENTS_PER_CALL = 50  # as many as AWS takes
CALLS_AT_A_TIME = 2_000
TRACES_FOR_MOTO = 10_000
SPREAD_S = 500.0


def bench_xray(traces: int = 10_000) -> None:
    """Ingest the same traces into both, ours between the halves of moto's; read ours."""
    half = min(traces, TRACES_FOR_MOTO) // 2
    moto_rates = [moto_rate(half)]
    with tempfile.TemporaryDirectory() as folder:
        rate = bench_ours(Path(folder), traces)
    moto_rates.append(moto_rate(half))
    measure, peer = "PutTraceSegments, validated and durable", statistics.mean(moto_rates)
    row(measure, rate, "/s", peer=peer, peer_name="moto's server")


def bench_ours(state_dir: Path, traces: int) -> float:
    """Ingest traces and read them, at once and after a restart; gives documents per second."""
    port = lifecycle.start(state_dir=state_dir).port
    rate = ingest(port, traces)
    read_cold(port, traces)
    lifecycle.stop(state_dir=state_dir)
    running = lifecycle.start(state_dir=state_dir)
    row(f"{traces} traces derived after a restart", warm_up_s(running.port, running.pid), "s")
    read_all(running.port, traces)
    row(f"server memory with {traces} traces", memory_mb(running.pid), "MB")
    lifecycle.stop(state_dir=state_dir)
    return rate


def moto_rate(traces: int) -> float:
    """Ingest traces into moto's server; gives documents per second."""
    with moto_server() as port:
        return ingest(port, traces)


def bodies(traces: int) -> Iterator[bytes]:
    """Make the bodies of PutTraceSegments calls: traces of six documents."""
    pending: list[str] = []
    first_s = time.time() - 1.2 * SPREAD_S
    for number in range(traces):
        pending += trace_documents(number, first_s + SPREAD_S * number / traces)
        while len(pending) >= DOCUMENTS_PER_CALL:
            batch, pending = pending[:DOCUMENTS_PER_CALL], pending[DOCUMENTS_PER_CALL:]
            yield json.dumps({"TraceSegmentDocuments": batch}).encode()
    yield json.dumps({"TraceSegmentDocuments": pending}).encode()


def trace_documents(number: int, start: float) -> list[str]:
    """Make one trace: an API stage and five functions, each called by the one before."""
    trace_id, parent_id = new_trace_id(start), None
    documents = []
    for depth in range(DOCUMENTS_PER_TRACE):
        entity_id, call_id = os.urandom(8).hex(), os.urandom(8).hex()
        call = {"id": call_id, "name": "Lambda", "namespace": "aws", "start_time": start}
        document: dict[str, Any] = {
            "id": entity_id,
            "name": f"fn-{depth}" if depth else "api/prod",
            "origin": "AWS::Lambda::Function" if depth else "AWS::ApiGateway::Stage",
            "trace_id": trace_id,
            "start_time": start,
            "end_time": start + 0.5 - depth / 20,
            "annotations": {"order_id": f"o-{number % 1000}"},
            "http": {"response": {"status": 500 if number % 50 == 0 else 200}},
            "subsegments": [{**call, "end_time": start + 0.45 - depth / 20}],
        }
        document |= {"fault": True} if number % 50 == 0 else {}
        document |= {"parent_id": parent_id} if parent_id else {}
        documents.append(json.dumps(document))
        parent_id = call_id
    return documents


def ingest(port: int, traces: int) -> float:
    """Send traces over one connection; gives documents per second, without making them."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    send(connection, b'{"TraceSegmentDocuments": []}')  # has the service loaded, by either
    made, took_s = bodies(traces), 0.0
    while some := list(islice(made, CALLS_AT_A_TIME)):
        started = time.perf_counter()
        for body in some:
            send(connection, body)
        took_s += time.perf_counter() - started
    connection.close()
    return traces * DOCUMENTS_PER_TRACE / took_s


def send(connection: http.client.HTTPConnection, body: bytes) -> None:
    """Send documents."""
    connection.request("POST", "/TraceSegments", body, SIGNED)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        sys.exit(f"PutTraceSegments was answered with {response.status}: {answer[:200]!r}")


@contextmanager
def moto_server() -> Iterator[int]:
    """Run moto's own server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-p", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    try:
        wait_for_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for_port(port: int) -> None:
    """Wait until something listens."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
