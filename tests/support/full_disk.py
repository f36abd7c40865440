"""A simulated disk that is full after some bytes."""

import errno
import os


class Disk:
    """Accepts as many bytes as there is space for.

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
