"""Finds ``node`` and AWS's runtime client for it on this machine.

The client is npm's ``aws-lambda-ric``, of any version. Its compiled part needs a C++ compiler and
is not needed here, so this is enough on any system:

    npm install --global --ignore-scripts aws-lambda-ric

Version 4, which npm installs for node 22 and later, rejects handlers with a callback, as Lambda
does from nodejs24.x on; version 3 accepts them, on any node.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from os import pathsep
from pathlib import Path

NODE_CLIENT_VARIABLE = "TRACING_LAB_EMBEDDED_NODE_CLIENT"
"""Environment variable of the server that names the client's folder."""

_CLIENT = "aws-lambda-ric"
_ADVICE = (
    f"install Node.js and then AWS's client: npm install --global --ignore-scripts {_CLIENT}; "
    f"or name its folder in {NODE_CLIENT_VARIABLE}"
)
_NPM_TIMEOUT_S = 10


class NodeMissingError(Exception):
    """There is no ``node``, or no runtime client for it."""


def node_program(host: Mapping[str, str]) -> str:
    """Return the path of ``node``.

    Parameters
    ----------
    host
        The server's environment variables.

    Raises
    ------
    NodeMissingError
        It is not on the search path.
    """
    program = shutil.which("node", path=host.get("PATH"))
    if program is None:
        message = f"node is not on the search path; {_ADVICE}"
        raise NodeMissingError(message)
    return program


def client_folder(wanted: Path | None, *, host: Mapping[str, str]) -> Path:
    """Return the folder of AWS's runtime client.

    Parameters
    ----------
    wanted
        The configured folder, if any.
    host
        The server's environment variables; ``NODE_PATH`` precedes npm's global packages.

    Raises
    ------
    NodeMissingError
        The client is not in the folder, or not on node's search path.
    """
    for folder in [wanted] if wanted is not None else _candidates(host):
        if (folder / "package.json").is_file():
            return folder
    place = "among node's global packages" if wanted is None else f"in {wanted}"
    message = f"{_CLIENT} is not {place}; {_ADVICE}"
    raise NodeMissingError(message)


def _candidates(host: Mapping[str, str]) -> Iterator[Path]:
    for root in host.get("NODE_PATH", "").split(pathsep):
        if root:
            yield Path(root, _CLIENT)
    yield Path(node_program(host)).resolve().parents[1] / "lib" / "node_modules" / _CLIENT
    root = _npm_root(host)
    if root:
        yield Path(root, _CLIENT)


def _npm_root(host: Mapping[str, str]) -> str:
    """Return npm's folder of global packages; slow."""
    npm = shutil.which("npm", path=host.get("PATH"))
    if npm is None:
        return ""
    # on Windows npm is a script for the shell
    command = [npm, "root", "--global"]
    try:
        answer = subprocess.run(  # noqa: S603 - the user's own npm
            command,
            shell=sys.platform == "win32",
            capture_output=True,
            text=True,
            timeout=_NPM_TIMEOUT_S,
            env=dict(host),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()
