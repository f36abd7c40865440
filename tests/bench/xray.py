"""Measure the X-Ray service next to moto's server: same documents, same raw HTTP client.

Run with ``python tests/bench/xray.py [TRACES]``; ``make bench`` runs it with 10,000 traces.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from report import row

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.trace_header import new_trace_id

DOCUMENTS_PER_CALL = 50
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/xray/aws4_request",
    "Content-Type": "application/json",
}
FILTERS = (
    "fault",
    'service("fn-3") { responsetime > 0.3 }',
    'annotation.order_id = "o-77" OR http.status >= 500',
)


def bench_xray(traces: int = 10_000) -> None:
    """Ingest the same traces into both, then read them from ours."""
    batches = list(bodies(traces))
    documents = traces * 6
    with moto_server() as port:
        moto_rate = documents / ingest(port, batches)
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        port = lifecycle.start(state_dir=state_dir).port
        rate = documents / ingest(port, batches)
        row(
            "PutTraceSegments, validated and durable",
            rate,
            "/s",
            peer=moto_rate,
            peer_name="moto's server",
        )
        read(port, traces)
        lifecycle.stop(state_dir=state_dir)


def read(port: int, traces: int) -> None:
    """Time reads over all traces, the first time and again."""
    now = time.time()
    window = {"StartTime": now - 3600, "EndTime": now + 60}
    for name, path, more, limit in [
        ("GetTraceSummaries, first page", "/TraceSummaries", {}, 30.0),
        *(
            (f"filter {text[:24]}...", "/TraceSummaries", {"FilterExpression": text}, 100.0)
            for text in FILTERS
        ),
        ("GetServiceGraph", "/ServiceGraph", {}, 100.0),
    ]:
        body = json.dumps({**window, **more}).encode()
        cold_ms, warm_ms = (1000 * timed_call(port, path, body) for _ in range(2))
        row(f"{name}, {traces} traces, first", cold_ms, "ms")
        row(f"{name}, {traces} traces, again", warm_ms, "ms", limit=limit)


def bodies(traces: int) -> Iterator[bytes]:
    """Make the bodies of PutTraceSegments calls: traces of six documents."""
    pending: list[str] = []
    for number in range(traces):
        pending += trace_documents(number)
        while len(pending) >= DOCUMENTS_PER_CALL:
            batch, pending = pending[:DOCUMENTS_PER_CALL], pending[DOCUMENTS_PER_CALL:]
            yield json.dumps({"TraceSegmentDocuments": batch}).encode()
    yield json.dumps({"TraceSegmentDocuments": pending}).encode()


def trace_documents(number: int) -> list[str]:
    """Make one trace: an API stage and five functions, each called by the one before."""
    start = time.time() - 600 + number / 100
    trace_id, parent_id = new_trace_id(start), None
    documents = []
    for depth in range(6):
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


def ingest(port: int, batches: list[bytes]) -> float:
    """Send all bodies over one connection; gives the seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.perf_counter()
    for body in batches:
        connection.request("POST", "/TraceSegments", body, SIGNED)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            sys.exit(f"PutTraceSegments was answered with {response.status}: {answer[:200]!r}")
    connection.close()
    return time.perf_counter() - started


def timed_call(port: int, path: str, body: bytes) -> float:
    """Give the seconds of one call."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.perf_counter()
    connection.request("POST", path, body, SIGNED)
    response = connection.getresponse()
    response.read()
    took_s = time.perf_counter() - started
    connection.close()
    if response.status != 200:
        sys.exit(f"{path} was answered with {response.status}")
    return took_s


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


if __name__ == "__main__":
    bench_xray(*(int(word) for word in sys.argv[1:]))
