"""Examine this machine, without calling AWS."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

import tracing_lab
from tracing_lab import package
from tracing_lab.config import Config
from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus

from . import checks
from .results import Result

_DISTRIBUTION = "tracing-lab"


def examine(config: Config, running: EmbeddedStatus | None) -> Iterator[Result]:
    """Check Python, packages and the requirements of the embedded AWS.

    Parameters
    ----------
    config
        The stack's variables.
    running
        The embedded AWS, if it runs.

    Yields
    ------
    Result
        One per check.
    """
    about = importlib.metadata.metadata(_DISTRIBUTION)
    lowest = str(about["Requires-Python"]).partition(">=")[2]
    yield checks.python(platform.python_version(), lowest)
    wanted = list(_requirements())
    yield checks.packages(checks.unmet(wanted), len(wanted))
    if config.has_own_layer:
        has_pip = importlib.util.find_spec("pip") is not None
        yield checks.own_layer(is_built=package.layer_path().is_file(), has_pip=has_pip)
    if config.target == "embedded" and config.endpoint_url is None:
        yield from _embedded(config, running)


def _requirements() -> Iterator[tuple[str, str, str | None]]:
    """Return the required packages: name, lowest version, installed version."""
    for text in importlib.metadata.requires(_DISTRIBUTION) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            lowest = next((bound.version for bound in requirement.specifier), "0")
            yield requirement.name, lowest, _installed(requirement.name)


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _embedded(config: Config, running: EmbeddedStatus | None) -> Iterator[Result]:
    version = running.version if running else None
    url = running.endpoint_url if running else ""
    yield checks.embedded(version, url, tracing_lab.__version__)
    if running is not None and running.unsimulated:
        yield checks.unsimulated(running.unsimulated)
    if running is None:
        number = config.embedded_port or lifecycle.DEFAULT_PORT
        chosen = config.embedded_port is not None
        yield checks.port(number, free=_is_free(number), chosen=chosen)
    folder = _existing(config.embedded_state_dir or lifecycle.default_state_dir())
    room = shutil.disk_usage(folder).free
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    yield checks.state_folder(str(folder), writable=writable, free_bytes=room)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        if os.name == "posix":  # as the server does, so that a recently closed port counts as free
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
