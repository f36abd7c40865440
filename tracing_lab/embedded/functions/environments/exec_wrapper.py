"""Starts a runtime through the wrapper script that a function's variables name.

The script gets the runtime's command as its arguments and replaces itself by it, after it has
changed the environment or inserted options of the interpreter before the last argument. Where it is
missing or not executable, the log has the line that Lambda's own start script writes, and the init
phase ends with its exit status.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper and
https://github.com/aws-observability/aws-otel-js-instrumentation/issues/227 for line and status
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from tracing_lab.embedded.functions.runtime.programs import ARGUMENTS_VARIABLE, Program

from .lambda_paths import with_real_paths
from .variables import Locations

EXEC_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"

_START = """
[ -f "$1" ] || { echo "$0: does not exist"; exit 127; }
[ -x "$1" ] || { echo "$0: is not an executable"; exit 126; }
exec "$@"
"""
_LONGEST_SCRIPT = 1 << 20
_FOLDER = ".tracing_lab"  # in the private folder


def wrapped(
    program: Program, wrapper: str, variables: Mapping[str, str], locations: Locations
) -> tuple[list[str], dict[str, str]]:
    """Return command and variables that start a program through a wrapper.

    Parameters
    ----------
    program
        The runtime's program.
    wrapper
        The wrapper's path as configured, for example ``/opt/otel-instrument``.
    variables
        All variables of the process.
    locations
        Its folders; a script that names Lambda's folders is copied to the private one.
    """
    source = _real_path(wrapper, locations)
    runnable = _runnable(source, locations)
    command = program.started_by(["/bin/sh", "-c", _START, wrapper, str(runnable)])
    changed = {ARGUMENTS_VARIABLE: "\n".join(program.arguments)}
    if program.runtime.startswith("python"):
        changed["PATH"] = _path_with_python(program.interpreter, variables["PATH"], locations)
    return command, {**variables, **changed}


def _real_path(wrapper: str, locations: Locations) -> Path:
    layers = locations.layers or locations.temp / "no-layers"  # never this machine's own /opt
    real = with_real_paths(wrapper, layers=layers, task_root=locations.task_root)
    return locations.task_root / real


def _runnable(source: Path, locations: Locations) -> Path:
    """Return the wrapper, or a copy with the function's own folders where its text names any."""
    text = _text_of(source)
    changed = with_real_paths(text, layers=locations.layers, task_root=locations.task_root)
    if changed == text:
        return source
    copy = _private(locations) / source.name
    copy.write_text(changed, encoding="utf-8", newline="")
    copy.chmod(stat.S_IMODE(source.stat().st_mode) | stat.S_IWUSR)
    return copy


def _text_of(source: Path) -> str:
    """Return a script's text; empty for a binary, or where there is none to be read."""
    try:
        with source.open("rb") as file:
            return file.read(_LONGEST_SCRIPT).decode() if _is_short(file.fileno()) else ""
    except (OSError, UnicodeDecodeError):  # the start script reports what is missing
        return ""


def _is_short(descriptor: int) -> bool:
    return os.fstat(descriptor).st_size <= _LONGEST_SCRIPT


def _path_with_python(interpreter: Path, path: str, locations: Locations) -> str:
    """Return a search path on which ``python3`` is the function's interpreter."""
    folder = interpreter.parent
    if (folder / "python3").resolve() == interpreter.resolve():
        return path
    link = _private(locations) / "python3"
    link.symlink_to(interpreter)
    parts = path.split(os.pathsep)
    at = parts.index(str(folder)) if str(folder) in parts else 0
    return os.pathsep.join([*parts[:at], str(link.parent), *parts[at:]])


def _private(locations: Locations) -> Path:
    folder = locations.temp / _FOLDER
    folder.mkdir(exist_ok=True)
    return folder
