"""Run the embedded AWS in the foreground: ``python -m tracing_lab.embedded``.

The process is private to its user: it has no variables of the user's environment, and its files
cannot be read by others.
"""

# ruff: noqa: E402 - what comes before most imports would be too late after them

import gc
import os
import sys

from .server_environment import CLEANED, server_environment


def _drop_user_environment() -> None:
    """Restart with a clean environment: a process's initial one can be read while it runs."""
    if CLEANED in os.environ:
        return
    variables = server_environment(os.environ)
    if os.name == "posix":
        command = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, command, variables)  # noqa: S606 - this same program
    os.environ.clear()
    os.environ.update(variables)


if __name__ == "__main__":
    _drop_user_environment()

gc.disable()  # collecting while modules load takes a tenth of the start

import argparse
import json
import logging
import math
import secrets
import socket
import sqlite3
from pathlib import Path

from tracing_lab.errors import EmbeddedError

from .functions import FunctionSettings, SegmentLayout
from .functions.isolation import isolate
from .functions.runtime.node import NODE_CLIENT_VARIABLE
from .http import event_loop
from .lifecycle import DEFAULT_PORT, default_state_dir
from .server import AccessSettings, Server
from .storage.state_folder import make_private
from .storage.state_version import check_state_version, claim_state_version
from .xray import DEFAULT_CACHE_MB, MIN_CACHE_MB

gc.enable()

_LOGGER = logging.getLogger(__name__)

EXIT_PORT_IN_USE = 3
EXIT_STATE_DIR_UNUSABLE = 4


def main() -> int:
    """Start, serve until stopped, clean up, and return the exit code."""
    arguments = _parser().parse_args()
    os.umask(0o077)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    state_dir: Path = arguments.state_dir
    try:
        lock = _locked(state_dir)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_STATE_DIR_UNUSABLE
    sock = listening_socket(arguments.port)
    if sock is None:
        sys.stderr.write(f"Port {arguments.port} is in use; choose another with --port\n")
        return EXIT_PORT_IN_USE
    settings = FunctionSettings(
        layout=SegmentLayout(arguments.segment_layout),
        retry_delays_s=tuple(arguments.retry_delays_s),
        parallel_starts=arguments.parallel_starts,
        node_client=arguments.node_client,
        isolation=isolate(),
    )
    access = AccessSettings(
        other_users=arguments.allow_other_users, allow_reset=arguments.allow_reset
    )
    serving = _serve(
        sock,
        state_dir,
        settings,
        access,
        idle_timeout_s=arguments.idle_timeout_s,
        cache_mb=arguments.cache_mb,
    )
    event_loop.run(serving)
    lock.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tracing_lab.embedded", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=None,
        help=f"port on 127.0.0.1 (default: {DEFAULT_PORT}, or a free one when that is taken)",
    )
    parser.add_argument("--state-dir", type=Path, default=default_state_dir())
    parser.add_argument("--idle-timeout-s", type=float, default=8 * 3600.0)
    parser.add_argument(
        "--segment-layout",
        choices=[str(layout) for layout in SegmentLayout],
        default=str(SegmentLayout.INVOCATION),
        help="parent of functions' subsegments: Invocation, or the segment (flat) in newer regions",
    )
    parser.add_argument(
        "--node-client",
        type=Path,
        default=os.environ.get(NODE_CLIENT_VARIABLE),
        metavar="FOLDER",
        help=f"npm's aws-lambda-ric (default: {NODE_CLIENT_VARIABLE}, or where node finds it)",
    )
    _add_tunables(parser)
    parser.add_argument(
        "--allow-other-users",
        action="store_true",
        help="accept other users of this machine, who may then run code as this user",
    )
    parser.add_argument(
        "--allow-reset",
        action="store_true",
        help="let POST /moto-api/reset delete everything without a token, for test suites of moto",
    )
    return parser


def _add_tunables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--retry-delays-s",
        type=_wait_s,
        nargs="+",
        default=FunctionSettings().retry_delays_s,
        metavar="S",
        help="seconds before failed events are retried (default: those of AWS)",
    )
    parser.add_argument(
        "--parallel-starts",
        type=_count,
        default=FunctionSettings().parallel_starts,
        metavar="N",
        help="environments started at once, and of a function on a busy machine (default: cores)",
    )
    parser.add_argument(
        "--cache-mb",
        type=_megabytes,
        default=DEFAULT_CACHE_MB,
        metavar="N",
        help=f"memory of a region for what is derived from traces (default: {DEFAULT_CACHE_MB})",
    )


def _megabytes(text: str) -> int:
    value = int(text)
    if value < MIN_CACHE_MB:
        msg = f"must be at least {MIN_CACHE_MB}"
        raise argparse.ArgumentTypeError(msg)
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        msg = "must be at least 1"
        raise argparse.ArgumentTypeError(msg)
    return value


def _wait_s(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        msg = "must be at least 0"
        raise argparse.ArgumentTypeError(msg)
    return value


def _locked(state_dir: Path) -> sqlite3.Connection:
    """Lock the state folder for this process and return the lock."""
    make_private(state_dir)
    check_state_version(state_dir)
    lock = _lock(state_dir)
    if lock is None:
        msg = f"Another embedded AWS uses {state_dir}; stop it or choose another"
        raise EmbeddedError(msg)
    claim_state_version(state_dir)
    return lock


def _lock(state_dir: Path) -> sqlite3.Connection | None:
    """Lock the state folder; the operating system releases the lock when the process ends."""
    path = state_dir / "lock.sqlite"
    lock = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        return None
    except sqlite3.DatabaseError as error:  # not locked, which would be another error
        lock.close()
        _LOGGER.warning("%s is damaged (%s); it had no content and is emptied", path, error)
        os.truncate(path, 0)
        return _lock(state_dir)
    return lock


def listening_socket(port: int | None) -> socket.socket | None:
    """Return a socket that listens on a port of loopback; None if that is in use.

    It listens at once: until then another server could bind the same port, and would be the one
    that fails.

    Parameters
    ----------
    port
        The port; None for the usual one, or any if that is in use.
    """
    candidates = [DEFAULT_PORT, 0] if port is None else [port]
    for candidate in candidates:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere this option would let two servers share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", candidate))
            sock.listen()
        except OSError:
            sock.close()
        else:
            return sock
    return None


async def _serve(
    sock: socket.socket,
    state_dir: Path,
    settings: FunctionSettings,
    access: AccessSettings,
    *,
    idle_timeout_s: float,
    cache_mb: int,
) -> None:
    port = sock.getsockname()[1]
    endpoint_url = f"http://127.0.0.1:{port}"
    token = secrets.token_urlsafe(24)
    server = Server(
        state_dir,
        endpoint_url=endpoint_url,
        token=token,
        idle_timeout_s=idle_timeout_s,
        function_settings=settings,
        access=access,
        cache_mb=cache_mb,
    )
    await server.start()
    event_loop.keep_what_is_loaded()
    await server.listen(sock)
    state_file = state_dir / "server.json"
    _write_private(state_file, json.dumps({"port": port, "pid": os.getpid(), "token": token}))
    _LOGGER.info("listening on %s", endpoint_url)
    server.resume()
    try:
        await server.wait_until_stopped()
    finally:
        state_file.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only the user may read, atomically."""
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())
