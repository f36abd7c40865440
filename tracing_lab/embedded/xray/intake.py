"""Documents between their acknowledgement and their commit, in files that survive ``kill -9``.

Appending to a file costs a tenth of a commit to SQLite. So whoever sends documents waits for the
append only, and commits are made beside, many calls at a time. What a killed process had not
committed is read from the files by the next one; a document that is committed twice does no harm,
because documents of one id replace each other.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_PATTERN = "intake-*.log"


class Intake:
    """Files of documents, each with its length before it.

    Parameters
    ----------
    folder
        Where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.left = sorted(folder.glob(_PATTERN), key=_number)
        self._next = 1 + max(map(_number, self.left), default=0)
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._fd = -1

    def keep(self, bodies: Iterable[bytes]) -> None:
        """Append documents; they survive the process when this returns.

        Raises
        ------
        OSError
            If they could not be written.
        """
        data = b"".join([b"%d\n%b" % (len(body), body) for body in bodies])
        with self._lock:
            if self._path is None:
                self._path = self._folder / f"intake-{self._next}.log"
                self._fd = os.open(self._path, _FLAGS, 0o600)
                self._next += 1
            if os.write(self._fd, data) < len(data):
                message = f"{self._path} took only a part of {len(data)} bytes"
                self._close()  # what comes after a torn document could not be read
                raise OSError(message)

    def turn_over(self) -> Path | None:
        """Begin a new file with the next document; gives the old one, if there is one."""
        with self._lock:
            path = self._path
            self._close()
            return path

    def _close(self) -> None:
        self._path = None
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


def documents_in(path: Path) -> Iterator[bytes]:
    """Read the documents of a file, up to one that was not written to its end."""
    content, place = path.read_bytes(), 0
    while (end := content.find(b"\n", place)) > 0 and content[place:end].isdigit():
        size = int(content[place:end])
        place = end + 1 + size
        if place > len(content):
            return
        yield content[end + 1 : place]


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[2])
