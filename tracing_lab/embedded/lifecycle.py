"""Finds, starts, stops and resets the embedded AWS from another process.

The server outlives the kernel or command that started it, so that one notebook sees the traces
that another made. A file in the user's state folder has its address.
"""

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import platformdirs
import psutil

from tracing_lab.errors import EmbeddedError

from .server_environment import server_environment
from .storage.state_folder import make_private, open_private
from .storage.state_version import check_state_version

_LOGGER = logging.getLogger(__name__)
_WARNING = re.compile(r" (WARNING|ERROR|CRITICAL) ")  # as the server's log has it

DEFAULT_PORT = 4566
TEST_CREDENTIAL = "test"
_STATE_TYPES = {"port": int, "pid": int, "token": str}


@dataclass(frozen=True)
class EmbeddedStatus:
    """A running embedded AWS.

    Parameters
    ----------
    endpoint_url
        Where it listens.
    port
        The port of that address.
    pid
        Its process.
    version
        The version of tracing_lab that runs in it.
    started_at
        Epoch seconds.
    state_dir
        Its state folder, with the log ``server.log``.
    damaged
        Damaged files of the state folder, by their new names.
    unsimulated
        A sentence about each thing that was accepted and has no effect.
    """

    endpoint_url: str
    port: int
    pid: int
    version: str
    started_at: float
    state_dir: Path
    damaged: tuple[str, ...] = ()
    unsimulated: tuple[str, ...] = ()


def default_state_dir() -> Path:
    """Return the folder of the user's embedded AWS."""
    return platformdirs.user_state_path("tracing_lab", appauthor=False)


def status(*, state_dir: Path | None = None) -> EmbeddedStatus | None:
    """Return the status of the running embedded AWS; None if none runs, or it was killed."""
    folder = state_dir or default_state_dir()
    known = _read_state(folder)
    if known is None:
        return None
    health = _call(known["port"], "GET", "/_embedded/health")
    if health is None or health.get("pid") != known["pid"]:
        return None
    return EmbeddedStatus(
        endpoint_url=f"http://127.0.0.1:{known['port']}",
        port=known["port"],
        pid=known["pid"],
        version=health["version"],
        started_at=health["started_at"],
        state_dir=folder,
        damaged=tuple(health.get("damaged", ())),
        unsimulated=tuple(health.get("unsimulated", ())),
    )


def ensure_running(
    *, port: int | None = None, state_dir: Path | None = None, timeout_s: float = 120
) -> EmbeddedStatus:
    """Attach to the embedded AWS, or start one in the background.

    Parameters
    ----------
    port
        The port; None for 4566, or a free port if that is in use.
    state_dir
        State folder; None for the user's.
    timeout_s
        Longest wait for a start.

    Raises
    ------
    EmbeddedError
        The port is in use by another program, or the server did not start.
    """
    folder = state_dir or default_state_dir()
    running = status(state_dir=folder)
    if running is None:
        running = start(port=port, state_dir=folder, timeout_s=timeout_s)
    if port is not None and running.port != port:
        msg = (
            f"An embedded AWS with the state folder {folder} already listens on port "
            f"{running.port}, not {port}: leave the port out to use it, choose another state "
            "folder, or run 'tracing-lab embedded stop' first"
        )
        raise EmbeddedError(msg)
    return running


def start(
    *,
    port: int | None = None,
    state_dir: Path | None = None,
    timeout_s: float = 120,
    options: Sequence[str] = (),
) -> EmbeddedStatus:
    """Start an embedded AWS in the background and wait until it responds.

    If two callers start one at the same time, both get the same.

    Parameters
    ----------
    port, state_dir, timeout_s
        As for `ensure_running`.
    options
        More options of ``python -m tracing_lab.embedded``.

    Raises
    ------
    EmbeddedError
        The port is in use by another program, the state folder has a format that this version does
        not know, or the server did not start.
    """
    folder = state_dir or default_state_dir()
    make_private(folder)
    check_state_version(folder)
    command = [sys.executable, "-m", "tracing_lab.embedded", "--state-dir", str(folder)]
    if port is not None:
        command += ["--port", str(port)]
    command += options
    log_path = folder / "server.log"
    with open(log_path, "ab", opener=open_private) as log:
        log_start = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            env=server_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    found = _wait(lambda: status(state_dir=folder) or _ended(process), timeout_s)
    if isinstance(found, EmbeddedStatus):
        # The server may outlive this process; as long as it does not, its exit must be collected.
        threading.Thread(target=process.wait, daemon=True, name="embedded-aws-exit").start()
        _LOGGER.info("embedded AWS at %s, process %d", found.endpoint_url, found.pid)
        for line in filter(_WARNING.search, _lines_since(log_start, log_path)):
            _LOGGER.warning("the embedded AWS says: %s (%s)", line, log_path)
        return found
    late = _wait(lambda: status(state_dir=folder), 2.0)  # another start may have won
    if isinstance(late, EmbeddedStatus):
        return late
    raise EmbeddedError(_why_not_started(port, log_path, log_start))


def stop(*, state_dir: Path | None = None, timeout_s: float = 60) -> bool:
    """Stop the embedded AWS and wait until its process has ended.

    Its traces and resources stay for the next start.

    Returns
    -------
    stopped
        False when none was running.

    Raises
    ------
    EmbeddedError
        It did not end in time.
    """
    folder = state_dir or default_state_dir()
    running = status(state_dir=folder)
    known = _read_state(folder)
    if running is None or known is None:
        return False
    process = _process(running.pid)
    _call(running.port, "POST", "/_embedded/stop", token=known["token"])
    if not _wait(lambda: status(state_dir=folder) is None and not _is_alive(process), timeout_s):
        msg = f"The embedded AWS (process {running.pid}) did not end in {timeout_s} s: kill it"
        raise EmbeddedError(msg)
    return True


def reset(*, state_dir: Path | None = None) -> bool:
    """Delete all resources and traces of the running embedded AWS.

    Returns
    -------
    reset
        False when none was running.
    """
    folder = state_dir or default_state_dir()
    known = _read_state(folder)
    if status(state_dir=folder) is None or known is None:
        return False
    return _call(known["port"], "POST", "/_embedded/reset", token=known["token"]) is not None


def actions(*, state_dir: Path | None = None) -> list[dict[str, Any]] | None:
    """Return the actions that each role used, did not use, and was denied.

    Returns
    -------
    actions
        One dict per role; None if no server is running.
    """
    running = status(state_dir=state_dir)
    page = None if running is None else _call(running.port, "GET", "/_embedded/actions")
    return None if page is None else page["roles"]


def ledger(*, state_dir: Path | None = None) -> dict[str, Any] | None:
    """Return the event accounting of the running embedded AWS.

    Returns
    -------
    ledger
        Region name -> counters; None if no server is running.
    """
    running = status(state_dir=state_dir)
    page = None if running is None else _call(running.port, "GET", "/_embedded/ledger")
    return None if page is None else page["regions"]


def environment(running: EmbeddedStatus, *, region: str) -> dict[str, str]:
    """Return the variables that point any AWS client at the embedded AWS."""
    health = _call(running.port, "GET", f"/_embedded/health?region={region}") or {}
    daemon = health.get("regions", {}).get(region, {}).get("xray_daemon_address", "")
    return {
        "AWS_ENDPOINT_URL": running.endpoint_url,
        "AWS_ACCESS_KEY_ID": TEST_CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": TEST_CREDENTIAL,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_XRAY_DAEMON_ADDRESS": daemon,
    }


def _read_state(folder: Path) -> dict[str, Any] | None:
    """Return the state file of a server; None if there is none, or it cannot be read."""
    try:
        known = json.loads((folder / "server.json").read_text())
    except (OSError, ValueError, RecursionError):
        return None
    is_whole = isinstance(known, dict) and _STATE_TYPES.items() <= {
        (name, type(value)) for name, value in known.items()
    }
    return known if is_whole else None


def _call(port: int, method: str, path: str, *, token: str = "") -> dict[str, Any] | None:
    """Return the server's response to a call; None if there is none, or an error.

    Another program may listen there now, so that any answer may come.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers={"X-Tracing-Lab-Token": token})
        response = connection.getresponse()
        content: Any = json.loads(response.read())
    except (OSError, HTTPException, ValueError, RecursionError):
        return None
    finally:
        connection.close()
    succeeded = response.status < 400  # noqa: PLR2004 - an HTTP error
    return content if succeeded and isinstance(content, dict) else None


def _process(pid: int) -> psutil.Process | None:
    """Return a process by id, safe from reuse of the id."""
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _is_alive(process: psutil.Process | None) -> bool:
    """Return whether a process is running; a zombie is not."""
    try:
        return (
            process is not None
            and process.is_running()
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False


def _ended(process: "subprocess.Popen[bytes]") -> int | None:
    """Return the exit code plus one hundred, which is truthy, or None while the process runs."""
    code = process.poll()
    return None if code is None else code + 100


def _wait(condition: Callable[[], object], timeout_s: float) -> object:
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.02)


def _lines_since(start: int, log_path: Path) -> list[str]:
    with log_path.open("rb") as log:
        log.seek(start)
        return log.read().decode(errors="replace").strip().splitlines()


def _why_not_started(port: int | None, log_path: Path, log_start: int) -> str:
    tail = _lines_since(log_start, log_path)[-5:]
    if any("is in use" in line for line in tail):
        return (
            f"Port {port} is in use by another program: choose another with "
            "TRACING_LAB_EMBEDDED_PORT or Config(embedded_port=...), or stop that program"
        )
    return os.linesep.join([f"The embedded AWS did not start; the end of {log_path} says:", *tail])
