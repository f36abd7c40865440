"""A disk that is full after so many bytes."""

import errno
import os


class Disk:
    """Takes as many bytes as there is room for.

    Parameters
    ----------
    room
        Bytes until it is full.
    """

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, fd: int, data: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = os.write(fd, data[: self.room])
        self.room -= taken
        return taken
