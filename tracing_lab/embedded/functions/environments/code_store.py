"""Unpacks the code and layers of functions, each for one function and read-only."""

import contextlib
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tracing_lab.embedded.functions.zip_files import extract, unzipped_bytes
from tracing_lab.embedded.model import MAX_UNZIPPED_BYTES, FunctionSpec
from tracing_lab.errors import EmbeddedError

from .mounts import Mounts

_COMPILER = Path(__file__).parent / "compiling.py"
_CACHE = "__pycache__"
_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class CodeTooLargeError(EmbeddedError):
    """Code and layers of a function have more than Lambda allows when unpacked."""


@dataclass(eq=False)
class Code:
    """The unpacked code of one function.

    Parameters
    ----------
    key
        Function, version and digest of the archives.
    folder
        With everything; ``task`` has the code and ``opt`` the layers.
    """

    key: tuple[str, str, str]
    folder: Path
    layers: Path | None
    users: int = 0
    outdated: bool = False
    ready: bool = False
    compiler: "subprocess.Popen[bytes] | None" = None
    unpacking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def task_root(self) -> Path:
        """The folder with the function's own code."""
        return self.folder / "task"


class CodeStore:
    """Folders with unpacked code, each of one version of one function.

    Functions cannot write there, so what one run leaves is not found by another. A folder is kept
    for the next cold start until the function has other code or is gone, or until the store is
    closed. Safe to use from several threads.

    Parameters
    ----------
    folder
        Where the unpacked code goes; emptied of what a killed server left.
    mounts
        Makes folders read-only.
    """

    def __init__(self, folder: Path, mounts: Mounts | None = None) -> None:
        self._folder = folder
        self._mounts = mounts or Mounts()
        self._lock = threading.Lock()
        self._codes: dict[tuple[str, str, str], Code] = {}
        remove_tree(folder)

    def check_out(self, function: FunctionSpec) -> Code:
        """Return a function's unpacked code, which stays until it is given back.

        Parameters
        ----------
        function
            With its archives.

        Raises
        ------
        zipfile.BadZipFile
            One of them is not a zip file.
        CodeTooLargeError
            They are over Lambda's limit.
        """
        key = (function.name, function.version, _digest(function))
        with self._lock:
            code = self._codes.setdefault(key, self._new(key, function))
            code.users += 1
            code.outdated = False
            for other in self._codes.values():
                other.outdated |= other.key[:2] == key[:2] and other is not code
        try:
            with code.unpacking:
                if not code.ready:
                    self._remove(code)  # what an attempt that failed has left
                    self._unpack(function, code)
        except BaseException:
            code.outdated = True
            self.give_back(code)
            raise
        self._remove_unused()
        return code

    def give_back(self, code: Code) -> None:
        """Take back what `check_out` returned.

        Parameters
        ----------
        code
            As it was returned.
        """
        with self._lock:
            code.users -= 1
        self._remove_unused()

    def forget(self, name: str) -> None:
        """Remove a deleted function's code, once nobody uses it.

        Parameters
        ----------
        name
            The function's name.
        """
        with self._lock:
            for code in self._codes.values():
                code.outdated |= code.key[0] == name
        self._remove_unused()

    def close(self) -> None:
        """Remove everything."""
        with self._lock:
            codes, self._codes = list(self._codes.values()), {}
        for code in codes:
            self._remove(code)
        remove_tree(self._folder)

    def _new(self, key: tuple[str, str, str], function: FunctionSpec) -> Code:
        folder = self._folder / hashlib.sha256(repr(key).encode()).hexdigest()[:32]
        return Code(key, folder, folder / "opt" if function.layer_zips else None)

    def _remove_unused(self) -> None:
        with self._lock:
            unused = [code for code in self._codes.values() if code.outdated and not code.users]
            for code in unused:
                del self._codes[code.key]
            for code in unused:  # locked, so that nobody unpacks there meanwhile
                self._remove(code)

    def _remove(self, code: Code) -> None:
        if code.compiler is not None:
            code.compiler.kill()
            code.compiler.wait()
        self._mounts.release(code.folder)
        remove_tree(code.folder)

    def _unpack(self, function: FunctionSpec, code: Code) -> None:
        archives = [function.code_zip, *function.layer_zips]
        _check_size(archives)
        code.task_root.mkdir(parents=True)
        extract(function.code_zip, code.task_root)
        for layer in function.layer_zips:  # later ones over earlier ones
            extract(layer, code.folder / "opt")
        if function.runtime.startswith("python"):
            _make_caches(code.folder)
            code.compiler = _compiling(code.folder)  # before it is sealed, which it need not be for
        self._seal(code.folder)
        code.ready = True

    def _seal(self, folder: Path) -> None:
        if not self._mounts.make_read_only(folder):
            for path in _below(folder):
                if _CACHE not in {path.name, path.parent.name}:
                    _forbid_writing(path)


def remove_tree(folder: Path) -> None:
    """Remove a folder that may be read-only, and everything in it.

    Parameters
    ----------
    folder
        The folder; nothing happens when it is not there.
    """
    for path in _below(folder):
        with contextlib.suppress(OSError):  # it is gone, or rmtree will fail on it
            path.chmod(path.stat().st_mode | stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def _below(folder: Path) -> Iterator[Path]:
    """Yield a folder and all files and folders in it; a folder before what is in it."""
    if folder.is_dir():
        yield folder
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def _forbid_writing(path: Path) -> None:
    path.chmod(path.stat().st_mode & ~_WRITE)


def _digest(function: FunctionSpec) -> str:
    digest = hashlib.sha256()
    for archive in (function.code_zip, *function.layer_zips):
        digest.update(hashlib.sha256(archive).digest())
    return digest.hexdigest()


def _check_size(archives: Sequence[bytes]) -> None:
    """Raise when archives are too large; they cannot give more than their headers say."""
    size = sum(unzipped_bytes(archive) for archive in archives)
    if size >= MAX_UNZIPPED_BYTES:
        message = f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes"
        raise CodeTooLargeError(message)


def _make_caches(folder: Path) -> None:
    """Make the folders that compiled files go to, which their compiler closes."""
    for parent in {path.parent for path in folder.rglob("*.py")}:
        parent.joinpath(_CACHE).mkdir(exist_ok=True)


def _compiling(folder: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-S", "-I", "-X", "utf8", str(_COMPILER), str(folder)]
    return subprocess.Popen(  # noqa: S603 - our own script
        command,
        cwd=folder,
        env={name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
