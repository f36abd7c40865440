"""A game while it begins: one process has the stack, and others can tell whether it still runs."""

from contextlib import suppress
from dataclasses import asdict, dataclass

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import FileError, GameDayError

from .beginner import Beginner
from .planning import GameIncident
from .stage import close
from .state import RUNNING, GameState, StateFile


@dataclass(frozen=True)
class Claim:
    """What lets this process begin a game on a stack.

    Parameters
    ----------
    state
        The game.
    file
        Its file, which others look at.
    beginner
        This process.
    """

    state: GameState
    file: StateFile
    beginner: Beginner

    @classmethod
    def of(cls, stack: str, incident: GameIncident, file: StateFile) -> "Claim":
        """Claim a stack for a game.

        Raises
        ------
        GameDayError
            If another process has done so meanwhile.
        FileError
            If the file cannot be written.
        """
        beginner = Beginner.this()
        state = GameState(stack, incident.seed, incident.level, beginner=asdict(beginner))
        if not file.create(state):
            msg = f"Another game has begun on {stack} meanwhile. Nothing was changed."
            raise GameDayError(msg)
        return cls(state, file, beginner)

    def check(self) -> None:
        """Raise if the stack is not claimed any more.

        Raises
        ------
        GameDayError
            If the game was abandoned.
        """
        if not self.file.is_of(self.beginner):
            msg = f"The game with seed {self.state.seed} was abandoned while it began."
            raise GameDayError(msg)

    def run(self, began: float) -> None:
        """Record that the game runs, from a time in seconds since 1970 on.

        Raises
        ------
        GameDayError
            If it was abandoned.
        FileError
            If the file cannot be written.
        """
        self.check()
        self.state.phase, self.state.began, self.state.beginner = RUNNING, began, {}
        self.file.write(self.state)

    def undo(self, config: Config, aws: Aws) -> None:
        """Restore the stack, unless another game has begun there.

        Parameters
        ----------
        config, aws
            As for `stage.close`.

        Raises
        ------
        GameDayError
            If the stack could not be restored; the next call of `begin` or `resume` tries again.
        """
        if not self.file.path.exists():  # abandoned, perhaps before the last change
            close(config, aws)
        elif self.file.is_of(self.beginner) or self.state.phase == RUNNING:
            with suppress(FileError):  # from now on others may undo it, though this process lives
                self.file.write(GameState(self.state.stack, self.state.seed, self.state.level))
            close(config, aws)
            self.file.remove()


def undo_interrupted(config: Config, aws: Aws, file: StateFile, state: GameState) -> None:
    """Restore the stack of a game that was interrupted while it began, and forget the game.

    Parameters
    ----------
    config, aws
        As for `stage.close`.
    file
        The game's file.
    state
        What it says.

    Raises
    ------
    GameDayError
        If the game is still beginning; nothing is changed then. If the stack could not be restored;
        the game is not forgotten then.
    """
    beginner = Beginner.of(state.beginner)
    if beginner is not None and beginner.may_live:
        unsure = "" if beginner.is_here else " if it still runs"
        msg = (
            f"The game with seed {state.seed} is beginning on {config.stack_name}, in {beginner}. "
            f"Wait until it has begun{unsure}, or end it with 'tracing-lab gameday abandon'."
        )
        raise GameDayError(msg)
    close(config, aws)
    file.remove()
