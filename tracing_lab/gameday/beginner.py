"""The process that begins a game: who it is, and whether it still does.

A game whose beginner has ended before the game ran is undone by the next call; one whose beginner
works must be left alone.
"""

import os
import platform
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psutil

_CLOCK_S: Final = 5.0
"""By how much the clock of a computer may be set without a process counting as another one."""


@dataclass(frozen=True)
class Beginner:
    """A process that begins a game.

    Parameters
    ----------
    game
        An id of the attempt.
    host
        Name of the computer.
    pid
        Id of the process on it.
    started_s
        When the process started, in seconds since 1970: ids of processes are used again.
    """

    game: str
    host: str
    pid: int
    started_s: float

    @classmethod
    def this(cls) -> "Beginner":
        """Return this process, for another game."""
        pid = os.getpid()
        started_s = psutil.Process(pid).create_time()
        return cls(uuid.uuid4().hex, platform.node(), pid, started_s)

    @classmethod
    def of(cls, members: dict[str, Any]) -> "Beginner | None":
        """Return a process of a game's file; None if there is none.

        Raises
        ------
        TypeError
            If it is no process.
        """
        return cls(**members) if members else None

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, a process of this computer."""
        return self.host == platform.node()

    @property
    def may_live(self) -> bool:
        """Whether it still runs; also if that cannot be known from this computer."""
        if not self.is_here:
            return True
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_s) <= _CLOCK_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:  # another user's
            return True

    def __str__(self) -> str:
        started = datetime.fromtimestamp(self.started_s, UTC).astimezone()
        where = "" if self.is_here else f" on {self.host}"
        return f"process {self.pid}{where}, which started at {started:%H:%M:%S}"
