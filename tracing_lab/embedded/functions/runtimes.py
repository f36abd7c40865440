"""Which program runs in an environment."""

import importlib.util
import site
import sys
from pathlib import Path

from tracing_lab.embedded.model import FunctionSpec

from .settings import RuntimeClient

_FOLDER = Path(__file__).parent


class UnsupportedRuntimeError(Exception):
    """The function's runtime cannot be run on this machine."""


def command(function: FunctionSpec, *, runtime_client: RuntimeClient | str) -> list[str]:
    """Give the command line of an environment's process.

    Python functions run on the interpreter of the server, whichever python3.x they name, so that
    boto3 comes from the same installation, as it comes with Lambda's runtime.

    Parameters
    ----------
    function
        What shall run.
    runtime_client
        AWS's runtime client, ours, or whichever there is.

    Raises
    ------
    UnsupportedRuntimeError
        It is not a Python function.
    """
    if not function.runtime.startswith("python"):
        message = (
            f"runtime {function.runtime!r} of function {function.name} cannot be run here; "
            "use one of Lambda's python3.x runtimes"
        )
        raise UnsupportedRuntimeError(message)
    client = resolved_client(runtime_client)
    # -P: the launcher's folder is not on the path; utf8: Lambda's locale is en_US.UTF-8
    options = ["-P", "-s", "-X", "utf8"]
    launcher = str(_FOLDER / "launcher.py")
    return [sys.executable, *options, launcher, client, function.handler, *_user_packages()]


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
