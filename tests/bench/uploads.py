"""Clients that give up: what uploads cut off, and requests that never end, leave in the server."""

import resource
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from report import row

from tracing_lab.embedded import lifecycle

UPLOADS, UPLOAD_MB = 15, 70
HALF_REQUESTS = 2000
HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n"
CUT_OFF_AFTER_S = 60.0


def bench_uploads() -> None:
    """Print memory and connections before and after."""
    with tempfile.TemporaryDirectory() as folder:
        running = lifecycle.start(state_dir=Path(folder))
        try:
            server = psutil.Process(running.pid)
            before_mb = _memory_mb(server)
            for _ in range(UPLOADS):
                _abort_upload(running.port)
            while _tcp(server):
                time.sleep(0.1)
            peak = f"before {UPLOADS} uploads of {UPLOAD_MB} MB"
            after_mb = _memory_mb(server)
            row("memory after aborted uploads", after_mb, "MB", peer=before_mb, peer_name=peak)
            _bench_half_requests(running.port, server)
        finally:
            lifecycle.stop(state_dir=Path(folder))


def _bench_half_requests(port: int, server: psutil.Process) -> None:
    """Leave requests half sent, and count how many of their connections are still served."""
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    clients = []
    for _ in range(HALF_REQUESTS):
        clients.append(socket.create_connection(("127.0.0.1", port), timeout=30))
        clients[-1].sendall(HEAD)
    started = time.perf_counter()
    left = HALF_REQUESTS
    while left and time.perf_counter() - started < CUT_OFF_AFTER_S:
        time.sleep(1)
        left = sum(one.laddr.port == port and one.status == "ESTABLISHED" for one in _tcp(server))
    for client in clients:
        client.close()
    took_s = time.perf_counter() - started
    row(f"half requests of {HALF_REQUESTS} that stay", left, "", limit=0)
    row("cut off within", took_s, "s", limit=CUT_OFF_AFTER_S)


def _tcp(server: psutil.Process) -> list[psutil._ntuples.pconn]:
    connections: list[Any] = server.net_connections("tcp4")
    return [one for one in connections if one.raddr]


def _abort_upload(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(HEAD)
        for _ in range(UPLOAD_MB):
            client.sendall(b"x" * 1024**2)


def _memory_mb(server: psutil.Process) -> float:
    return float(server.memory_info().rss) / 1024**2
