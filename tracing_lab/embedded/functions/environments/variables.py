"""The environment variables of a function's process. Pure.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.model import FunctionSpec

from .lambda_paths import with_real_paths

_NEEDED_FROM_HOST = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""What the interpreter itself may need to start, and Windows for sockets."""
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_LAYERS = "TRACING_LAB_OPT"


@dataclass(frozen=True)
class Grant:
    """What an environment gets from its server.

    Parameters
    ----------
    variables
        Beside the function's own: endpoint, credentials of its role, daemon address.
    revoke
        Ends the credentials.
    """

    variables: Mapping[str, str]
    revoke: Callable[[], None] = lambda: None

    @property
    def access_key(self) -> str:
        """The access key of its credentials; empty if it has none."""
        return self.variables.get("AWS_ACCESS_KEY_ID", "")


@dataclass(frozen=True)
class Locations:
    """Folders and addresses of one environment.

    Parameters
    ----------
    task_root
        The function's unpacked code.
    temp
        Its private folder for temporary files; also its home, so that no AWS profile of the user
        is found there.
    runtime_api
        ``host:port`` of its Runtime API.
    log_stream
        Name of its log stream.
    programs
        Folder of the interpreter.
    layers
        The unpacked layers (``/opt`` on Lambda); None without layers.
    """

    task_root: Path
    temp: Path
    runtime_api: str
    log_stream: str
    programs: Path = Path(sys.executable).parent
    layers: Path | None = None


def process_variables(
    function: FunctionSpec,
    locations: Locations,
    *,
    extra: Mapping[str, str],
    host: Mapping[str, str],
) -> dict[str, str]:
    """Return all variables of the process.

    Of the host's variables only what the interpreter needs to start is passed on. The function's
    own variables win over ``extra``, the reserved ones, credentials among them, over both. Paths in
    them that begin with ``/opt/`` or ``/var/task/`` are the real ones.

    Parameters
    ----------
    function
        Its settings and own variables.
    locations
        Its folders and addresses.
    extra
        Added to every function: endpoint, credentials, daemon address.
    host
        The server's own environment.
    """
    base = {name: host[name] for name in _NEEDED_FROM_HOST if name in host}
    base["PATH"] = _program_path(locations.programs, host)
    reserved = _reserved(function, locations)
    reserved |= {name: extra[name] for name in _CREDENTIALS if name in extra}
    merged = {
        **base,
        **_defaults(locations, extra),
        **extra,
        **_own(function, locations),
        **reserved,
    }
    return merged | _search_paths(function, locations, merged)


def _own(function: FunctionSpec, locations: Locations) -> dict[str, str]:
    layers, task_root = locations.layers, locations.task_root
    return {
        name: with_real_paths(value, layers=layers, task_root=task_root)
        for name, value in function.environment.items()
    }


def _program_path(programs: Path, host: Mapping[str, str]) -> str:
    root = host.get("SYSTEMROOT")
    system = (str(Path(root, "System32")), root) if root else _SYSTEM_PATH
    return _joined(str(programs), *system)


def _defaults(locations: Locations, extra: Mapping[str, str]) -> dict[str, str]:
    temp = str(locations.temp)
    daemon = extra.get("AWS_XRAY_DAEMON_ADDRESS", "")
    host, _, port = daemon.split(" ")[0].rpartition(":")
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": temp,
        "USERPROFILE": temp,
        "TMPDIR": temp,
        "TEMP": temp,
        "TMP": temp,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        **({"_AWS_XRAY_DAEMON_ADDRESS": host, "_AWS_XRAY_DAEMON_PORT": port} if host else {}),
    }


def _reserved(function: FunctionSpec, locations: Locations) -> dict[str, str]:
    region = parse_arn(function.arn).region
    level = function.logging.application_level if function.logging.json else None
    return {
        "_HANDLER": function.handler,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON" if function.logging.json else "Text",
        **({"AWS_LAMBDA_LOG_LEVEL": level} if level else {}),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": locations.log_stream,
        "AWS_LAMBDA_RUNTIME_API": locations.runtime_api,
        "AWS_REGION": region,
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
        "LAMBDA_TASK_ROOT": str(locations.task_root),
    }


def _search_paths(
    function: FunctionSpec, locations: Locations, merged: Mapping[str, str]
) -> dict[str, str]:
    """Return the search paths of libraries and commands with the layers' folders first.

    There can be no ``/opt`` of each function's own here; code that reads other files of its layers
    finds their folder in ``TRACING_LAB_OPT``.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
    """
    if locations.layers is None:
        return {}
    python, node = locations.layers / "python", locations.layers / "nodejs"
    site_packages = python / "lib" / function.runtime / "site-packages"
    own_node = node / function.runtime.replace("nodejs", "node").removesuffix(".x")
    node_folders = [str(own_node / "node_modules"), str(node / "node_modules")]
    return {
        "PATH": _joined(str(locations.layers / "bin"), merged.get("PATH")),
        "LD_LIBRARY_PATH": _joined(str(locations.layers / "lib"), merged.get("LD_LIBRARY_PATH")),
        "PYTHONPATH": _joined(str(site_packages), str(python), merged.get("PYTHONPATH")),
        "NODE_PATH": _joined(*node_folders, merged.get("NODE_PATH")),
        _LAYERS: str(locations.layers),
    }


def _joined(*parts: str | None) -> str:
    return os.pathsep.join(part for part in parts if part)
