"""Zips of functions that stand in for recorded services."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tracing_lab.errors import PackageError

from .functions import DeploymentPackage
from .sources import STAND_IN_FOLDER, default_source_dir, read_sources
from .zips import code_sha256, zip_bytes

_HANDLER: Final = "stand_in.handler.lambda_handler"
_SCRIPT: Final = "script.json"


def build_stand_in(
    service: str, script: Mapping[str, Any], *, source_dir: Path | None = None
) -> DeploymentPackage:
    """Build the zip of a function that stands in for a recorded service.

    It has no distributions: Lambda's Python runtimes have all that it needs.

    Parameters
    ----------
    service
        The name of the stand-in.
    script
        What it plays, as `tracing_lab.replay` writes it.
    source_dir
        Where its modules are; the installed copy or the repository's if not given.

    Returns
    -------
    DeploymentPackage
        The zip, built in memory; the same bytes for the same script.

    Raises
    ------
    PackageError
        If the modules are missing.
    """
    folder = source_dir or default_source_dir()
    sources = read_sources(folder)
    files = {name: text for name, text in sources.items() if name.startswith(STAND_IN_FOLDER)}
    if not files:
        msg = f"{folder} has no {STAND_IN_FOLDER}; restore it from the repository"
        raise PackageError(msg)
    files[_SCRIPT] = json.dumps(script, separators=(",", ":"), sort_keys=True).encode()
    data = zip_bytes(files)
    return DeploymentPackage(
        service=service, data=data, sha256_base64=code_sha256(data), handler=_HANDLER
    )
