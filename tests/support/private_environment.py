"""Variables for Jupyter programs that have nothing to do with the user's settings and AWS."""

import os
import socket
from pathlib import Path


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def private_environment(home: Path) -> dict[str, str]:
    """Return the variables of a user without settings, whose embedded AWS is in the same folder."""
    ours = ("AWS_", "TRACING_LAB_", "JUPYTER", "IPYTHON")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **inherited,
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "TRACING_LAB_EMBEDDED_PORT": str(free_port()),
        "TRACING_LAB_EMBEDDED_STATE_DIR": str(home / "aws"),
        "TRACING_LAB_PROGRESS": str(home / "progress.sqlite"),
    }
