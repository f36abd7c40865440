"""The processor time of a function's start, as its wrapper script starts it."""

import io
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tracing_lab.package import DeploymentPackage

ROUNDS = 4


def unpacked_layer(layer: bytes, folder: Path) -> Path:
    """Unpack a layer, and return its wrapper script, which names that folder instead of /opt."""
    zipfile.ZipFile(io.BytesIO(layer)).extractall(folder)
    script = folder / "otel-instrument"
    script.write_text(script.read_text("utf-8").replace("/opt/", f"{folder}/"), "utf-8")
    return script


def start_cpu_ms(
    built: DeploymentPackage, folder: Path, script: Path | None = None, **variables: str
) -> float:
    """Return the processor time in ms until a handler is imported, of the best of some starts.

    Parameters
    ----------
    built
        The function's zip.
    folder
        Where it is unpacked.
    script
        The wrapper script; None without one.
    **variables
        More of the function's environment variables.
    """
    zipfile.ZipFile(io.BytesIO(built.data)).extractall(folder)
    module = built.handler.partition(".")[0]
    command = [sys.executable, "-c", f"import {'otel_wrapper' if script else module}"]
    if script is not None:
        command = ["bash", str(script), *command]
    environ = {**_environ(built, folder), **variables}
    return 1000 * min(_cpu_s(command, environ) for _ in range(ROUNDS))


def _environ(built: DeploymentPackage, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(folder),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": built.service,
        "EVENT_BUS_NAME": "bench",
        "LAMBDA_TASK_ROOT": str(folder),
        "_HANDLER": built.handler,
    }


def _cpu_s(command: Sequence[str], environ: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
