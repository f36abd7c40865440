"""A JupyterLab of its own for a test: loopback, a token, and no settings of the user's."""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from private_environment import free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}
"""JupyterLab would ask whether it may fetch news."""


@contextmanager
def serving(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Run a JupyterLab of a folder and yield its address, with the token."""
    write_setting(environment, "@jupyterlab/apputils-extension/notification", NO_NEWS)
    port, token = free_port(), secrets.token_hex(16)
    options = [
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.allow_root=True",
    ]
    log = folder.parent / "jupyterlab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}/lab?token={token}"
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


def write_setting(
    environment: Mapping[str, str], plugin: str, values: Mapping[str, object]
) -> None:
    """Write a setting of the user's, by the name that JupyterLab has for the plugin."""
    path = Path(environment["JUPYTERLAB_SETTINGS_DIR"]) / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a server listens; raise with its log if it ends or takes too long."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    msg = f"JupyterLab has not started: {log.read_text()}"
    raise RuntimeError(msg)
