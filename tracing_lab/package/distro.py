"""The layer with AWS's distribution of OpenTelemetry, for functions that run on this machine.

AWS publishes its own for functions in an account. This one is built once, from the pinned packages
of ``layer/requirements.txt``, and kept in the user's cache folder. ``layer/files`` has the script
that ``AWS_LAMBDA_EXEC_WRAPPER`` names, and the wrapper of the handler.
"""

import hashlib
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import platformdirs

from tracing_lab import files
from tracing_lab.errors import PackageError

from .pip_install import pip_install
from .zips import zip_bytes

Install = Callable[[Path, Path], None]
"""Installs the packages of a requirements file into a folder."""

REQUIREMENTS: Final = Path(__file__).parent / "layer" / "requirements.txt"

_OWN_FILES = Path(__file__).parent / "layer" / "files"
_PROGRAMS = ("otel-instrument",)
# what differs between two installations of the same, or between folders, and is not needed to run
_LEFT_OUT = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})


def otel_layer(*, cache_dir: Path | None = None, install: Install = pip_install) -> bytes:
    """Return the layer's zip, built if it is not in the cache folder.

    Parameters
    ----------
    cache_dir
        Where it is kept; the user's cache folder if not given.
    install
        How packages are installed.

    Raises
    ------
    PackageError
        If packages cannot be installed, or the cache folder is not writable.
    """
    path = layer_path(cache_dir)
    try:
        if path.is_file():
            return path.read_bytes()
        data = _built(install)
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(path, data)
    except OSError as error:
        msg = f"OpenTelemetry's layer cannot be kept in {path.parent}: {error}; make it writable"
        raise PackageError(msg) from error
    return data


def layer_path(cache_dir: Path | None = None) -> Path:
    """Return where the layer's zip is kept; its name changes with all that the layer depends on.

    Parameters
    ----------
    cache_dir
        The folder; the user's cache folder if not given.
    """
    folder = cache_dir or platformdirs.user_cache_path("tracing_lab", appauthor=False)
    return folder / f"otel_layer-{_key()}.zip"


def layer_zip(tree: Path) -> bytes:
    """Return the layer's zip with packages that are installed in a folder.

    Parameters
    ----------
    tree
        The folder, as ``pip install --target`` leaves it.
    """
    packages = {f"python/{name}": content for name, content in _files(tree) if _belongs(name)}
    return zip_bytes({**packages, **dict(_files(_OWN_FILES))}, programs=_PROGRAMS)


def _built(install: Install) -> bytes:
    with tempfile.TemporaryDirectory(prefix="tracing-lab-otel-") as folder:
        tree = Path(folder)
        install(REQUIREMENTS, tree)
        return layer_zip(tree)


def _key() -> str:
    """Return a digest of all that the layer depends on."""
    parts = [REQUIREMENTS.read_bytes(), zip_bytes(dict(_files(_OWN_FILES)))]
    parts += [f"{sys.implementation.cache_tag}|{sysconfig.get_platform()}".encode()]
    return hashlib.sha256(b"|".join(parts)).hexdigest()[:16]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _belongs(name: str) -> bool:
    # scripts name the interpreter that installed them
    top, _, rest = name.partition("/")
    return top != "bin" and not (top.endswith(".dist-info") and rest in _LEFT_OUT)
