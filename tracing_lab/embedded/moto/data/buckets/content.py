"""The content of an object in a file, in place of moto's buffer in memory."""

import io
import os
import uuid
from pathlib import Path

from tracing_lab.embedded.storage.append_log import AppendFile, Write


class StoredContent:
    """A part of a file, read like an open file; the file is opened for each read only.

    Parameters
    ----------
    path
        The file.
    start
        Where the content begins in it.
    size
        How many bytes it has.
    """

    def __init__(self, path: Path, start: int, size: int) -> None:
        self.path, self.start, self.size = path, start, size
        self._offset = 0

    def seek(self, offset: int) -> int:
        """Set the position, from the beginning."""
        self._offset = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, all of them by default."""
        rest = max(0, self.size - self._offset)
        wanted = rest if size < 0 else min(size, rest)
        with self.path.open("rb") as file:
            file.seek(self.start + self._offset)
            found = file.read(wanted)
        self._offset += len(found)
        return found

    def write(self, _data: bytes) -> int:
        """Raise, for content is never changed."""
        msg = "stored content is not changed"
        raise io.UnsupportedOperation(msg)

    def truncate(self) -> int:
        """Raise as `write` does."""
        return self.write(b"")

    def close(self) -> None:
        """Do nothing: the file is not open."""


def write_content(folder: Path, content: bytes, *, write: Write = os.write) -> StoredContent:
    """Write content to a new file.

    Raises
    ------
    OSError
        If it could not be written; there is no such file then.
    """
    path = folder / uuid.uuid4().hex
    file = AppendFile(path, write=write)
    try:
        if content:
            file.append(content)
    except BaseException:
        file.close()
        path.unlink(missing_ok=True)
        raise
    file.close()
    return StoredContent(path, 0, len(content))
