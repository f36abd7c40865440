"""Run notebooks, each kernel with an embedded AWS of its own."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tracing_lab.check.store import PROGRESS_VARIABLE
from tracing_lab.embedded import lifecycle

CELL_TIMEOUT_S = 120
QUIET = "--log-level=ERROR"  # no warning that it listens on loopback without encryption


async def execute(path: Path, environment: dict[str, str], folder: Path) -> NotebookNode:
    """Run a notebook in a folder and return it with its outputs.

    Parameters
    ----------
    path
        The notebook.
    environment
        Environment variables of its kernel.
    folder
        The kernel's working directory.

    Returns
    -------
    NotebookNode
        The notebook with outputs.

    Raises
    ------
    CellExecutionError
        If a cell raises an exception.
    """
    resources = {"metadata": {"path": str(folder)}}
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=CELL_TIMEOUT_S, resources=resources, extra_arguments=[QUIET]
    )
    return await client.async_execute(env=environment)


def kernel_environment(state_dir: Path) -> dict[str, str]:
    """Return environment variables of a kernel that has an embedded AWS of its own.

    Parameters
    ----------
    state_dir
        Folder of the embedded AWS's state and of the learner's progress.

    Returns
    -------
    dict[str, str]
        This process's variables, but for those that choose an AWS.
    """
    chooses = ("AWS_", "TRACING_LAB_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(chooses)}
    return {
        **inherited,
        "TRACING_LAB_EMBEDDED_PORT": str(free_port()),
        "TRACING_LAB_EMBEDDED_STATE_DIR": str(state_dir),
        PROGRESS_VARIABLE: str(state_dir / "progress.sqlite"),
    }


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def fresh_environment() -> Iterator[tuple[dict[str, str], Path]]:
    """Yield variables of a kernel and its folder; stop its embedded AWS and delete both after."""
    with TemporaryDirectory(prefix="tracing-lab-site-") as name:
        state_dir, folder = Path(name) / "state", Path(name) / "workshop"
        state_dir.mkdir()
        folder.mkdir()
        try:
            yield kernel_environment(state_dir), folder
        finally:
            lifecycle.stop(state_dir=state_dir)
