"""Keeps the content of unpacked files once; the files of functions are hard links to it.

The packages of a service differ from each other, and from what they were before an update, in one
file of hundreds. Linking a file takes a small part of the time of writing it.
"""

import contextlib
import hashlib
import os
import threading
from pathlib import Path

BYTECODE_SUFFIX = ".pyc"

_State = tuple[int, int, int]


class Contents:
    """Files by their content, each with its bytecode beside it once that was compiled.

    Safe to use from several threads.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._written: dict[str, _State] = {}

    def place(self, path: str, content: bytes, *, mode: int, scope: str) -> str:
        """Make a file, and return the path of its shared content.

        Parameters
        ----------
        path
            Where the file shall be; a file that is there is replaced.
        content
            What it holds.
        mode
            Its permissions.
        scope
            Files of different scopes share nothing.
        """
        digest = hashlib.sha256(content).hexdigest()
        shared = f"{self._folder}{os.sep}{scope}{os.sep}{digest}-{mode:o}"
        with self._lock:
            if not self._is_intact(shared):
                os.makedirs(os.path.dirname(shared), exist_ok=True)
                _write(shared, content, mode)
                self._written[shared] = _state(shared)
            if not link(shared, path):
                _write(path, content, mode)
        return shared

    def remove_unused(self) -> None:
        """Remove the content of files that have all been removed, and its bytecode."""
        with self._lock:
            for scope in list(self._folder.glob("*")):
                self._remove_unused(scope)

    def _is_intact(self, shared: str) -> bool:
        """Return whether content is there and as it was written."""
        written = self._written.get(shared)
        return written is not None and os.path.exists(shared) and _state(shared) == written

    def _remove_unused(self, scope: Path) -> None:
        paths = {entry.path for entry in os.scandir(scope)}
        kept = {path for path in paths & self._written.keys() if os.stat(path).st_nlink > 1}
        kept |= {bytecode_of(path) for path in kept}
        for path in paths - kept:
            self._written.pop(path, None)
            _remove(path)
        with contextlib.suppress(OSError):  # there is content in it
            scope.rmdir()


def bytecode_of(shared: str) -> str:
    """Return where the bytecode of shared content belongs.

    Parameters
    ----------
    shared
        As `Contents.place` returned it.
    """
    return shared + BYTECODE_SUFFIX


def link(shared: str, path: str) -> bool:
    """Make a file that is a hard link to another, and return whether that worked.

    Parameters
    ----------
    shared
        The other file.
    path
        Where the link shall be; a file that is there is replaced.
    """
    try:
        os.link(shared, path)
    except FileExistsError:
        _remove(path)
        return link(shared, path)
    except OSError:  # not there, too many links, or a file system that has none
        return False
    return True


def _write(path: str, content: bytes, mode: int) -> None:
    _remove(path)  # others may share its content
    with open(path, "xb") as file:
        file.write(content)
    os.chmod(path, mode)


def _state(path: str) -> _State:
    """Return a state that changes with every change of a file."""
    stat = os.stat(path)
    return stat.st_mode, stat.st_size, stat.st_mtime_ns


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if os.name == "nt":  # which removes no read-only file
            os.chmod(path, 0o600)
        os.unlink(path)
