"""Which program runs in an environment."""

import importlib.util
import re
import site
import sys
from collections.abc import Mapping
from pathlib import Path

from tracing_lab.embedded.model import FunctionSpec

from .node import NodeMissingError, client_folder, node_program
from .settings import FunctionSettings, RuntimeClient

_FOLDER = Path(__file__).parent
_NODE_RUNTIME = re.compile(r"nodejs[0-9]+\.x")
_NODE_OLD_SPACE, _NODE_SEMI_SPACE = 0.9, 0.05
"""Shares of a function's memory that node's heap may take, so that it collects in time."""


class UnsupportedRuntimeError(Exception):
    """The function's runtime cannot be run on this machine."""


def command(
    function: FunctionSpec, *, settings: FunctionSettings, host: Mapping[str, str]
) -> list[str]:
    """Give the command line of an environment's process.

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
        return _python_command(function, settings.runtime_client)
    if _NODE_RUNTIME.fullmatch(function.runtime):
        return _node_command(function, settings.node_client, host)
    message = (
        f"runtime {function.runtime!r} of function {function.name} cannot be run here; "
        "use one of Lambda's python3.x or nodejs*.x runtimes"
    )
    raise UnsupportedRuntimeError(message)


def _python_command(function: FunctionSpec, runtime_client: RuntimeClient | str) -> list[str]:
    client = resolved_client(runtime_client)
    # -P: the launcher's folder is not on the path; utf8: Lambda's locale is en_US.UTF-8
    options = ["-P", "-s", "-X", "utf8"]
    launcher = str(_FOLDER / "launcher.py")
    return [sys.executable, *options, launcher, client, function.handler, *_user_packages()]


def _node_command(
    function: FunctionSpec, wanted: Path | None, host: Mapping[str, str]
) -> list[str]:
    try:
        program, client = node_program(host), client_folder(wanted, host=host)
    except NodeMissingError as error:
        message = f"runtime {function.runtime!r} of function {function.name}: {error}"
        raise UnsupportedRuntimeError(message) from error
    options = [
        f"--max-old-space-size={int(function.memory_mb * _NODE_OLD_SPACE)}",
        f"--max-semi-space-size={max(1, int(function.memory_mb * _NODE_SEMI_SPACE))}",
    ]
    return [program, *options, str(_FOLDER / "node_launcher.js"), str(client), function.handler]


def _user_packages() -> list[str]:
    """Give the folder of ``pip install --user``: functions have another home, so they miss it."""
    folder = site.getusersitepackages()
    return [folder] if folder in sys.path else []


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
