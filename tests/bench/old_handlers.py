"""The deployment zips of the handlers before they showed the X-Ray SDK, from git's history."""

import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import tracing_lab as tl
from tracing_lab.package import SERVICES, DeploymentPackage

LAST_COMMIT = "8e3f026^"  # before "lambda_src: show the X-Ray SDK in the handlers"
VENDORED = ("aws_xray_sdk", "wrapt")
_REPOSITORY = Path(__file__).parents[2]
_FOLDER = "lambda_src/"
_HANDLER = "_service.py"


def old_packages() -> dict[str, DeploymentPackage] | None:
    """Return the old handlers' packages by service; None where git has no such commit."""
    sources = _sources()
    if sources is None:
        return None
    vendored = {
        name: content
        for name, content in files(tl.package.build("order").data).items()
        if name.startswith(VENDORED)
    }
    return {service: package(service, {**vendored, **sources}) for service in SERVICES}


def package(service: str, contents: Mapping[str, bytes]) -> DeploymentPackage:
    """Return the package of one service: its handler, and what is no handler."""
    entry = service + _HANDLER
    data = tl.package.zip_bytes({
        name: content
        for name, content in contents.items()
        if name == entry or not name.endswith(_HANDLER)
    })  # fmt: skip
    return DeploymentPackage(
        service=service,
        data=data,
        sha256_base64=tl.package.code_sha256(data),
        handler=f"{service}_service.lambda_handler",
    )


def files(archive: bytes) -> dict[str, bytes]:
    """Return the files of a zip."""
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        return {name: content.read(name) for name in content.namelist()}


def _sources() -> dict[str, bytes] | None:
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "archive", LAST_COMMIT, _FOLDER]
    done = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, check=False)
    if done.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        opened = {member.name: archive.extractfile(member) for member in archive.getmembers()}
    return {
        name.removeprefix(_FOLDER): content.read()
        for name, content in opened.items()
        if content is not None
    }
