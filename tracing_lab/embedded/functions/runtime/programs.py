"""Chooses the program of an environment."""

import importlib.util
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracing_lab.embedded.functions.settings import FunctionSettings, RuntimeClient
from tracing_lab.embedded.model import FunctionSpec

from .interpreters import node_for, python_for
from .node import NodeMissingError, client_folder, node_program
from .packages import runtime_packages

ARGUMENTS_VARIABLE = "_TRACING_LAB_ARGUMENTS"
"""The launcher's arguments, one a line, where its command has none: wrappers insert options before
the command's last argument, which on Lambda is the runtime's script."""

OWN_TMP_VARIABLE = "_TRACING_LAB_OWN_TMP"
"""The folder that the launcher mounts on ``/tmp``."""

_FOLDER = Path(__file__).parent
_NODE_RUNTIME = re.compile(r"nodejs[0-9]+\.x")
_NODE_OLD_SPACE, _NODE_SEMI_SPACE = 0.9, 0.05
"""Shares of a function's memory for node's heap, so that it collects garbage in time."""


class UnsupportedRuntimeError(Exception):
    """The function's runtime cannot be run on this machine."""


@dataclass(frozen=True)
class Program:
    """The program of an environment.

    Parameters
    ----------
    script
        The interpreter, its options, and the launcher, which runs the function.
    arguments
        The launcher's arguments.
    interpreter
        Interpreter of the function's code: the program itself, or what replaces it.
    runtime
        The runtime whose version it has, which its log names.
    adopter
        Command that runs another and has it adopt orphans; empty if the launcher does that.
    """

    script: list[str]
    arguments: list[str]
    interpreter: Path
    runtime: str
    adopter: tuple[str, ...] = ()

    @property
    def command(self) -> list[str]:
        """The program and all of its arguments."""
        return [*self.adopter, *self.script, *self.arguments]

    @property
    def files(self) -> list[Path]:
        """The files and folders that the program reads, among other arguments."""
        return [self.interpreter.resolve(), *map(Path, self.command)]

    def started_by(self, wrapper: Sequence[str]) -> list[str]:
        """Return the command of a wrapper whose last arguments are the interpreter's command.

        The launcher's own arguments are not among them; see ``ARGUMENTS_VARIABLE``.
        """
        return [*self.adopter, *wrapper, *self.script]


def program_of(
    function: FunctionSpec, *, settings: FunctionSettings, host: Mapping[str, str]
) -> Program:
    """Return the program of an environment's process.

    Functions run on an interpreter of the version that their runtime names, if there is one on the
    PATH. Other Python functions run on the interpreter of the server, other Node functions on the
    first node. boto3 is the server's in any case, as it comes with Lambda's runtime.

    Parameters
    ----------
    function
        The function.
    settings
        The runtime clients.
    host
        The server's own environment variables.

    Raises
    ------
    UnsupportedRuntimeError
        The runtime is neither, or node or its runtime client is not installed.
    """
    if function.runtime.startswith("python"):
        return _python_program(function, settings.runtime_client, host)
    if _NODE_RUNTIME.fullmatch(function.runtime):
        return _node_program(function, settings.node_client, host)
    message = (
        f"runtime {function.runtime!r} of function {function.name} cannot be run here; "
        "use one of Lambda's python3.x or nodejs*.x runtimes"
    )
    raise UnsupportedRuntimeError(message)


def _python_program(
    function: FunctionSpec, runtime_client: RuntimeClient | str, host: Mapping[str, str]
) -> Program:
    python = python_for(function.runtime, host=host)
    client = resolved_client(runtime_client) if python.is_own else RuntimeClient.BUILTIN
    # -S: nothing of what is installed here; -P: the launcher's folder is not on the path, for which
    # the launcher itself sees to in Python 3.10; utf8: Lambda's locale is en_US.UTF-8
    safe_path = [] if python.version.startswith("3.10.") else ["-P"]
    options = ["-S", *safe_path, "-s", "-X", "utf8"]
    script = [str(python.program), *options, str(_FOLDER / "launcher.py")]
    version = ".".join(python.version.split(".")[:2])
    return Program(script, [client, *runtime_packages()], python.program, f"python{version}")


def _node_program(function: FunctionSpec, wanted: Path | None, host: Mapping[str, str]) -> Program:
    try:
        node_program(host)  # or why there is none
        client = client_folder(wanted, host=host)
    except NodeMissingError as error:
        message = f"runtime {function.runtime!r} of function {function.name}: {error}"
        raise UnsupportedRuntimeError(message) from error
    node = node_for(function.runtime, host=host)
    program = str(node.program) if node else node_program(host)
    options = [
        f"--max-old-space-size={int(function.memory_mb * _NODE_OLD_SPACE)}",
        f"--max-semi-space-size={max(1, int(function.memory_mb * _NODE_SEMI_SPACE))}",
    ]
    script = [program, *options, str(_FOLDER / "node_launcher.js")]
    adopter: tuple[str, ...] = ()
    if platform.system() == "Linux":  # where node itself cannot ask to adopt orphans
        adopter = (sys.executable, "-S", "-I", str(_FOLDER / "adopt_and_run.py"))
    major = node.version.partition(".")[0] if node else ""
    runtime = f"nodejs{major}.x" if major else function.runtime
    return Program(script, [str(client)], Path(program), runtime, adopter)


def resolved_client(runtime_client: RuntimeClient | str) -> RuntimeClient:
    """Return the runtime client: AWS's own if its compiled part is installed, else the built-in.

    Examples
    --------
    >>> resolved_client("builtin").value
    'builtin'
    """
    wanted = RuntimeClient(runtime_client)
    if wanted is not RuntimeClient.AUTO:
        return wanted
    found = all(map(importlib.util.find_spec, ("awslambdaric", "runtime_client")))
    return RuntimeClient.AWSLAMBDARIC if found else RuntimeClient.BUILTIN
