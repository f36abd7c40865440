"""The environment variables of a function's process. Pure.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracing_lab.embedded.model import FunctionSpec

_NEEDED_FROM_HOST = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""What the interpreter itself may need to start, and Windows for sockets."""
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_LAYERS = "TRACING_LAB_OPT"


@dataclass(frozen=True)
class Grant:
    """What one environment gets from its server.

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
        """The key that it may call with; empty without one."""
        return self.variables.get("AWS_ACCESS_KEY_ID", "")


@dataclass(frozen=True)
class Places:
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
    places: Places,
    *,
    extra: Mapping[str, str],
    host: Mapping[str, str],
) -> dict[str, str]:
    """Give all variables of the process.

    Of the host's variables only what the interpreter needs to start is passed on. The function's
    own variables win over ``extra``, the reserved ones, credentials among them, over both.

    Parameters
    ----------
    function
        Its settings and own variables.
    places
        Where its things are.
    extra
        Added to every function: endpoint, credentials, daemon address.
    host
        The server's own environment.
    """
    base = {name: host[name] for name in _NEEDED_FROM_HOST if name in host}
    base["PATH"] = _program_path(places.programs, host)
    reserved = _reserved(function, places)
    reserved |= {name: extra[name] for name in _CREDENTIALS if name in extra}
    merged = {
        **base,
        **_defaults(places, extra),
        **extra,
        **function.environment,
        **reserved,
    }
    return merged | _search_paths(function, places, merged)


def _program_path(programs: Path, host: Mapping[str, str]) -> str:
    root = host.get("SYSTEMROOT")
    system = (str(Path(root, "System32")), root) if root else _SYSTEM_PATH
    return _joined(str(programs), *system)


def _defaults(places: Places, extra: Mapping[str, str]) -> dict[str, str]:
    temp = str(places.temp)
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


def _reserved(function: FunctionSpec, places: Places) -> dict[str, str]:
    region = function.arn.split(":")[3]
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
        "AWS_LAMBDA_LOG_STREAM_NAME": places.log_stream,
        "AWS_LAMBDA_RUNTIME_API": places.runtime_api,
        "AWS_REGION": region,
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
        "LAMBDA_TASK_ROOT": str(places.task_root),
    }


def _search_paths(
    function: FunctionSpec, places: Places, merged: Mapping[str, str]
) -> dict[str, str]:
    """Put the layers' folders where programs look for libraries and commands.

    There can be no ``/opt`` of each function's own here; code that reads other files of its layers
    finds their folder in ``TRACING_LAB_OPT``.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
    """
    if places.layers is None:
        return {}
    python, node = places.layers / "python", places.layers / "nodejs"
    site_packages = python / "lib" / function.runtime / "site-packages"
    own_node = node / function.runtime.replace("nodejs", "node").removesuffix(".x")
    node_folders = [str(own_node / "node_modules"), str(node / "node_modules")]
    return {
        "PATH": _joined(str(places.layers / "bin"), merged.get("PATH")),
        "LD_LIBRARY_PATH": _joined(str(places.layers / "lib"), merged.get("LD_LIBRARY_PATH")),
        "PYTHONPATH": _joined(str(site_packages), str(python), merged.get("PYTHONPATH")),
        "NODE_PATH": _joined(*node_folders, merged.get("NODE_PATH")),
        _LAYERS: str(places.layers),
    }


def _joined(*parts: str | None) -> str:
    return os.pathsep.join(part for part in parts if part)
