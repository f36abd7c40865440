"""Finds the interpreter of a runtime: of its version if there is one on this machine.

Our own client of the Runtime API is pure Python and runs on Python 3.10 and later; AWS's has a
compiled part for the server's interpreter only.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("launcher.py")
_PYTHON = re.compile(r"python3\.(\d+)")
_NODE = re.compile(r"nodejs(\d+)\.x")
_PROBE = """
import runpy, sys
runpy.run_path(sys.argv[1])["builtin_client"]()
print(".".join(map(str, sys.version_info[:3])))
"""
_TIMEOUT_S = 20


@dataclass(frozen=True)
class Interpreter:
    """An interpreter of this machine.

    Parameters
    ----------
    program
        Its path.
    version
        Its version, for example ``3.13.2``; empty if it does not say it.
    is_own
        Whether it is the server's.
    """

    program: Path
    version: str
    is_own: bool = False

    def runs(self, runtime: str) -> bool:
        """Return whether it has the version that a runtime names.

        Examples
        --------
        >>> python = Interpreter(Path("python3.13"), "3.13.2")
        >>> python.runs("python3.13"), python.runs("python3.1"), python.runs("nodejs22.x")
        (True, False, False)
        """
        return self.version.startswith(_version_of(runtime))


OWN = Interpreter(Path(sys.executable), platform.python_version(), is_own=True)


def python_for(runtime: str, *, host: Mapping[str, str], own: Interpreter = OWN) -> Interpreter:
    """Return the interpreter of a Python runtime.

    Parameters
    ----------
    runtime
        For example ``python3.13``.
    host
        The server's environment variables, of which PATH counts.
    own
        The server's interpreter, which runs those for which there is no other.
    """
    if own.runs(runtime):
        return own
    for program in _on_path(runtime, host):
        found = Interpreter(Path(program), _probed(program))
        if found.runs(runtime):
            return found
    return own


def node_for(runtime: str, *, host: Mapping[str, str]) -> Interpreter | None:
    """Return a node of a runtime's version, else the first; None if there is none."""
    found = [
        Interpreter(Path(program), _node_version(program)) for program in _on_path("node", host)
    ]
    fitting = (node for node in found if node.runs(runtime))
    return next(fitting, found[0] if found else None)


def substitution(runtime: str, *, host: Mapping[str, str], own: Interpreter = OWN) -> str | None:
    """Return a sentence about a runtime that another version stands in for; None if none does.

    Parameters
    ----------
    runtime
        For example ``python3.13``.
    host
        The server's environment variables.
    own
        The server's interpreter.
    """
    if _PYTHON.fullmatch(runtime):
        found: Interpreter | None = python_for(runtime, host=host, own=own)
        name, wanted = "Python", f"{runtime} (which needs to be Python 3.10 or later)"
    elif _NODE.fullmatch(runtime):
        found, name = node_for(runtime, host=host), "Node"
        wanted = f"a node of version {_version_of(runtime).rstrip('.')}"
    else:
        return None
    if found is None or not found.version or found.runs(runtime):
        return None
    return (
        f"functions of runtime {runtime} run on {name} {found.version}: put {wanted} on the PATH "
        "and restart the embedded AWS."
    )


def _version_of(runtime: str) -> str:
    """Return how versions of a runtime begin.

    Examples
    --------
    >>> _version_of("python3.13"), _version_of("nodejs22.x")
    ('3.13.', '22.')
    """
    python, node = _PYTHON.fullmatch(runtime), _NODE.fullmatch(runtime)
    if python:
        return f"3.{python[1]}."
    return f"{node[1]}." if node else "\0"


def _on_path(name: str, host: Mapping[str, str]) -> Iterator[str]:
    for folder in host.get("PATH", "").split(os.pathsep):
        program = shutil.which(name, path=folder) if folder else None
        if program is not None:
            yield program


@lru_cache(maxsize=64)
def _probed(program: str) -> str:
    """Return the version of a Python that runs our client; empty if it does not."""
    return _answer(program, "-S", "-s", "-X", "utf8", "-c", _PROBE, str(_LAUNCHER))


@lru_cache(maxsize=64)
def _node_version(program: str) -> str:
    return _answer(program, "--version").removeprefix("v")


def _answer(*command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter on the user's own path
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
