"""Installs pinned packages into a folder of their own with pip."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from tracing_lab.errors import PackageError


def pip_install(requirements: Path, folder: Path) -> None:
    """Install the packages of a requirements file, and nothing else, into a folder.

    Parameters
    ----------
    requirements
        The file, which pins each package.
    folder
        Where to.

    Raises
    ------
    PackageError
        If there is no pip, or a package cannot be downloaded or installed.
    """
    if importlib.util.find_spec("pip") is None:
        msg = (
            f"{sys.executable} has no pip, which installs OpenTelemetry's layer; add it with: "
            f"{sys.executable} -m ensurepip, or install tracing-lab[otel]"
        )
        raise PackageError(msg)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
    command += ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"]
    command += ["--target", str(folder), "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise PackageError(_message(done.stderr))


def _message(output: str) -> str:
    errors = [line for line in output.splitlines() if line.startswith("ERROR: ")]
    reason = errors[0].removeprefix("ERROR: ") if errors else output.strip()[-500:]
    return (
        f"the packages of OpenTelemetry's layer cannot be installed: {reason}; check that this "
        "machine reaches PyPI or the index of its pip configuration, then repeat; or name a layer "
        "by otel_layer_arn, or use tracer='xray-sdk'"
    )
