"""What is known of a game, in a file: so it goes on after a kernel or a computer has stopped.

What the learner has to find is not in the file: it follows from seed and level.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tracing_lab import files
from tracing_lab.check.store import default_path
from tracing_lab.errors import FileError, GameDayError

from .beginner import Beginner

VERSION: Final = 1
"""Of the form of the file, and of what follows from seed and level."""

BEGINNING, RUNNING = "beginning", "running"


@dataclass
class GameState:
    """A game that has begun.

    Parameters
    ----------
    stack, seed, level
        Which game it is.
    phase
        ``beginning`` until the incident is there, then ``running``.
    began
        When the incident was there, in seconds since 1970.
    windows
        Name to the orders of a window: ``start`` and ``end`` in seconds since 1970, the ids of
        their traces, what customers saw, and the vital signs of the services.
    queries
        What was looked at: seconds since the beginning, and what.
    answers
        Each with ``cause``, ``kind``, ``path`` and ``at_s``.
    changes
        Each with the ``services`` that were restored, ``at_s``, and ``holds``: whether the trouble
        went; None until that is measured.
    beginner
        The process that begins the game, as the members of `Beginner`; empty once the game runs.
    version
        `VERSION` of the program that began it.
    """

    stack: str
    seed: int
    level: int
    phase: str = BEGINNING
    began: float = 0.0
    windows: dict[str, dict[str, Any]] = field(default_factory=dict)
    queries: list[tuple[float, str]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    beginner: dict[str, Any] = field(default_factory=dict)
    version: int = VERSION


class StateFile:
    """The file of a stack's game.

    Parameters
    ----------
    path
        The file; it and its folder are made when a game begins.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, state: GameState) -> bool:
        """Write the file of a game that begins; return False if there is one already.

        Raises
        ------
        FileError
            If it cannot be written.
        """
        files.check_folder(self.path.parent)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("xb") as file:  # so that of two that begin only one does
                file.write(_content(state))
        except FileExistsError:
            return False
        except OSError as error:
            msg = f"{self.path} cannot be written: {error.strerror}. Make room, or another folder."
            raise FileError(msg) from error
        return True

    def is_of(self, beginner: Beginner) -> bool:
        """Return whether the file is that of the game that a process begins."""
        try:
            state = self.read()
        except GameDayError:
            return False
        return state is not None and state.beginner == asdict(beginner)

    def write(self, state: GameState) -> None:
        """Replace the file.

        Raises
        ------
        FileError
            If it cannot be written.
        """
        files.write_bytes(self.path, _content(state))

    def read(self) -> GameState | None:
        """Return the state of the game; None if there is none.

        Raises
        ------
        GameDayError
            If the file cannot be read as a game.
        """
        if not self.path.exists():
            return None
        try:
            state = GameState(**json.loads(files.read_bytes(self.path, remedy="Try again")))
            Beginner.of(state.beginner)
        except (TypeError, ValueError) as error:
            msg = f"{self.path} is not a game ({error}). {_REMEDY}"
            raise GameDayError(msg) from error
        if state.version != VERSION:
            msg = f"{self.path} is a game of another version of tracing_lab. {_REMEDY}"
            raise GameDayError(msg)
        return state

    def remove(self) -> None:
        """Delete the file.

        Raises
        ------
        FileError
            If it cannot be deleted.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            msg = f"{self.path} cannot be deleted: {error.strerror}. Delete it by hand."
            raise FileError(msg) from error


_REMEDY: Final = "'tracing-lab gameday abandon' repairs the stack and deletes the file."


def _content(state: GameState) -> bytes:
    return json.dumps(asdict(state)).encode()


def state_file(stack: str, folder: Path | None = None) -> StateFile:
    """Return the file of a stack's game.

    Parameters
    ----------
    stack
        A name that no other stack of this user has.
    folder
        Where games are; beside the learner's progress by default.
    """
    return StateFile((folder or default_path().parent / "gameday") / f"{stack}.json")
