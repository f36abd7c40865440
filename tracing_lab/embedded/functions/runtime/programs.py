"""Which program runs in an environment."""

import importlib.util
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tracing_lab.embedded.functions.settings import FunctionSettings, RuntimeClient
from tracing_lab.embedded.model import FunctionSpec

from .node import NodeMissingError, client_folder, node_program
from .packages import runtime_packages

_FOLDER = Path(__file__).parent
_NODE_RUNTIME = re.compile(r"nodejs[0-9]+\.x")
_NODE_OLD_SPACE, _NODE_SEMI_SPACE = 0.9, 0.05
"""Shares of a function's memory that node's heap may take, so that it collects in time."""


class UnsupportedRuntimeError(Exception):
    """The function's runtime cannot be run on this machine."""


@dataclass(frozen=True)
class Program:
    """What runs in an environment.

    Parameters
    ----------
    command
        The program and its arguments.
    interpreter
        Of the function's code; the program itself, or what that becomes.
    """

    command: list[str]
    interpreter: Path


def program_of(
    function: FunctionSpec, *, settings: FunctionSettings, host: Mapping[str, str]
) -> Program:
    """Return the program of an environment's process.

    Python functions run on the interpreter of the server, whichever python3.x they name, so that
    boto3 comes from the same installation, as it comes with Lambda's runtime. Node functions run
    on the node that is installed.

    Parameters
    ----------
    function
        What shall run.
    settings
        Which runtime clients to use.
    host
        The server's own environment variables.

    Raises
    ------
    UnsupportedRuntimeError
        It is neither, or node or its runtime client is not installed.
    """
    if function.runtime.startswith("python"):
        return _python_program(function, settings.runtime_client)
    if _NODE_RUNTIME.fullmatch(function.runtime):
        return _node_program(function, settings.node_client, host)
    message = (
        f"runtime {function.runtime!r} of function {function.name} cannot be run here; "
        "use one of Lambda's python3.x or nodejs*.x runtimes"
    )
    raise UnsupportedRuntimeError(message)


def _python_program(function: FunctionSpec, runtime_client: RuntimeClient | str) -> Program:
    client = resolved_client(runtime_client)
    # -S: nothing of what is installed here; -P: the launcher's folder is not on the path; utf8:
    # Lambda's locale is en_US.UTF-8
    options = ["-S", "-P", "-s", "-X", "utf8"]
    launcher = str(_FOLDER / "launcher.py")
    arguments = [launcher, client, function.handler, *runtime_packages()]
    return Program([sys.executable, *options, *arguments], Path(sys.executable))


def _node_program(function: FunctionSpec, wanted: Path | None, host: Mapping[str, str]) -> Program:
    try:
        program, client = node_program(host), client_folder(wanted, host=host)
    except NodeMissingError as error:
        message = f"runtime {function.runtime!r} of function {function.name}: {error}"
        raise UnsupportedRuntimeError(message) from error
    options = [
        f"--max-old-space-size={int(function.memory_mb * _NODE_OLD_SPACE)}",
        f"--max-semi-space-size={max(1, int(function.memory_mb * _NODE_SEMI_SPACE))}",
    ]
    launcher = str(_FOLDER / "node_launcher.js")
    command = [program, *options, launcher, str(client), function.handler]
    if platform.system() == "Linux":  # where node itself cannot ask to adopt orphans
        command = [sys.executable, "-S", "-I", str(_FOLDER / "adopt_and_run.py"), *command]
    return Program(command, Path(program))


def resolved_client(runtime_client: RuntimeClient | str) -> RuntimeClient:
    """Choose the runtime client: AWS's own if its compiled part is installed, else ours.

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
