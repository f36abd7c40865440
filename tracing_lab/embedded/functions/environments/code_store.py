"""Unpacks the code and layers of functions, a folder for each function, read-only."""

import contextlib
import hashlib
import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tracing_lab.embedded.functions.isolation.mounts import Mounts
from tracing_lab.embedded.functions.zip_files import unzipped_bytes, zipped_files
from tracing_lab.embedded.model import MAX_UNZIPPED_BYTES, FunctionSpec
from tracing_lab.errors import EmbeddedError

from .bytecode import link_bytecode, start_compiler
from .contents import Contents

_COMPILE_FROM_BYTES = 16 * 1024
_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class CodeTooLargeError(EmbeddedError):
    """Unpacked code and layers of a function are larger than Lambda allows."""


@dataclass(eq=False)
class Code:
    """The unpacked code of one function.

    Parameters
    ----------
    key
        Function, version and digest of the archives.
    folder
        The folder with ``task``, the code, and ``opt``, the layers.
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

    Functions cannot write there, so no invocation finds what another left there. A folder is kept
    for the next cold start until the function has other code or is gone, or until the store is
    closed. Files with equal content are hard links to one: of all functions where folders can be
    mounted read-only, else of one function, since a function may change the modes of its files.
    Safe to use from several threads.

    Parameters
    ----------
    folder
        Where the code is unpacked; what a killed server left there is removed.
    mounts
        Makes folders read-only.
    compile_from_bytes
        How much Python there must be without bytecode for a process to be started that compiles
        it. Less than that, a function has compiled itself before such a process is up.
    """

    def __init__(
        self,
        folder: Path,
        mounts: Mounts | None = None,
        *,
        compile_from_bytes: int = _COMPILE_FROM_BYTES,
    ) -> None:
        self._folder = folder
        self._mounts = mounts or Mounts()
        self._compile_from_bytes = compile_from_bytes
        self._lock = threading.Lock()
        self._codes: dict[tuple[str, str, str], Code] = {}
        self._contents = Contents(folder / "contents")
        remove_tree(folder)

    def acquire(self, function: FunctionSpec) -> Code:
        """Return a function's unpacked code, which stays until it is released.

        Parameters
        ----------
        function
            The function with its archives.

        Raises
        ------
        zipfile.BadZipFile
            An archive is not a zip file.
        CodeTooLargeError
            The archives exceed Lambda's limit.
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
                    self._remove(code)  # left by a failed attempt
                    self._unpack(function, code)
        except BaseException:
            code.outdated = True
            self.release(code)
            raise
        self._remove_unused()
        return code

    def release(self, code: Code) -> None:
        """Release what `acquire` returned."""
        with self._lock:
            code.users -= 1
        self._remove_unused()

    def forget(self, name: str) -> None:
        """Remove a deleted function's code as soon as no environment uses it."""
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
            for code in unused:  # locked, so that no other thread unpacks there meanwhile
                self._remove(code)
        if unused:
            self._contents.remove_unused()

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
        folders = [code.task_root, *(code.folder / "opt" for _ in function.layer_zips)]
        sources: dict[str, str] = {}
        for archive, folder in zip(archives, folders, strict=True):  # later ones over earlier ones
            sources |= self._place(archive, folder, self._scope(function))
        to_compile = link_bytecode(sources) if function.runtime.startswith("python") else []
        if sum(os.path.getsize(file.source) for file in to_compile) < self._compile_from_bytes:
            to_compile = []
        if to_compile:  # before it is sealed, which it need not be for
            code.compiler = start_compiler(to_compile, code.folder)
            threading.Thread(target=code.compiler.wait, name="compiler", daemon=True).start()
        self._seal(code.folder, {Path(file.bytecode).parent for file in to_compile})
        code.ready = True

    def _scope(self, function: FunctionSpec) -> str:
        """Return which files may share content: where modes alone protect it, a function's own."""
        own = hashlib.sha256(function.name.encode()).hexdigest()[:32]
        return "all" if self._mounts.allowed else own

    def _place(self, archive: bytes, folder: Path, scope: str) -> dict[str, str]:
        """Unpack an archive over what is there, and return the Python files' shared content."""
        sources: dict[str, str] = {}
        made: set[str] = set()
        for file in zipped_files(archive):
            path = os.path.join(folder, file.path)
            parent = path if file.content is None else os.path.dirname(path)
            if parent not in made:
                os.makedirs(parent, exist_ok=True)
                made.add(parent)
            if file.content is not None:
                mode = file.mode if self._mounts.allowed else file.mode & ~_WRITE
                shared = self._contents.place(path, file.content, mode=mode, scope=scope)
                if path.endswith(".py"):
                    sources[path] = shared
        return sources

    def _seal(self, folder: Path, open_folders: set[Path]) -> None:
        if not self._mounts.make_read_only(folder):
            for path in _below(folder):
                if path not in open_folders and path.parent not in open_folders:
                    _forbid_writing(path)


def remove_tree(folder: Path) -> None:
    """Remove a folder that may be read-only, and everything in it.

    Parameters
    ----------
    folder
        The folder; nothing happens when it is not there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for path in _below(folder):  # what is left, since its folder is read-only
        with contextlib.suppress(OSError):  # it is gone, or rmtree will fail on it
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode) or os.name == "nt":  # files may be links to content in use
                path.chmod(mode | stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def _below(folder: Path) -> Iterator[Path]:
    """Yield a folder and all files and folders in it; a folder before what is in it."""
    if folder.is_dir():
        yield folder
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def _forbid_writing(path: Path) -> None:
    mode = path.stat().st_mode
    if mode & _WRITE:
        path.chmod(mode & ~_WRITE)


def _digest(function: FunctionSpec) -> str:
    digest = hashlib.sha256()
    for archive in (function.code_zip, *function.layer_zips):
        digest.update(hashlib.sha256(archive).digest())
    return digest.hexdigest()


def _check_size(archives: Sequence[bytes]) -> None:
    """Raise if archives are too large; they cannot have more content than their headers say."""
    size = sum(unzipped_bytes(archive) for archive in archives)
    if size >= MAX_UNZIPPED_BYTES:
        message = f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes"
        raise CodeTooLargeError(message)
