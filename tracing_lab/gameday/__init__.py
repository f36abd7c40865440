"""Game day: find a hidden incident in the running shop, mend it, and get a score and a report.

::

    game = tl.gameday.begin(config, seed=7, level=2)     half a minute; then the clock runs
    game.spans(), game.spans("healthy")                  orders in the incident, and before it
    game.logs(pattern="ERROR"), game.metrics()           the other two views
    game.answer(cause="payment", kind="latency", path="payment -> notification")
    game.mend("payment")                                 restore a service, and see what changes
    game.finish("report.html")                           undo everything; score and report

The same seed and level make the same incident. A game goes on after a kernel was restarted:
`resume` finds it, `abandon` undoes it. What X-Ray, logs and metrics show is allowed;
`tracing_lab.faults.active`, `deploy.plan` and `deploy.drift` show the solution.
"""

import random
import time
from collections.abc import Callable
from pathlib import Path

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import GameDayError
from tracing_lab.traffic import Progress

from .claim import Claim, undo_interrupted
from .game import Game
from .investigation import HEALTHY, INCIDENT
from .levels import LEVELS, THROTTLING, GameLevel, reject_small_account
from .planning import planned_incident
from .reading import NOTHING
from .report import GameReport
from .results import GameResult, Remark, Repair
from .scoring import Score
from .stage import Stage, close
from .state import RUNNING, StateFile, state_file
from .vital_signs import vital_signs

__all__ = [
    "HEALTHY",
    "INCIDENT",
    "LEVELS",
    "NOTHING",
    "Game",
    "GameLevel",
    "GameReport",
    "GameResult",
    "Remark",
    "Repair",
    "Score",
    "abandon",
    "begin",
    "resume",
    "vital_signs",
]

_SEEDS = 1_000_000


def begin(
    config: Config,
    *,
    seed: int | None = None,
    level: int = 1,
    folder: Path | None = None,
    progress: Progress | None = None,
    aws: Aws | None = None,
    clock: Callable[[], float] = time.time,
) -> Game:
    """Begin a game: send orders while all is well, let an incident happen, and send them again.

    Parameters
    ----------
    config
        The stack's variables. The stack has to be as they describe it.
    seed
        Which incident of the level it is; another one each time by default.
    level
        From 1 (loud) to 5 (hidden); see `LEVELS`.
    folder
        Where games are kept; beside the learner's progress by default.
    progress
        Called with the number of completed and of all orders.
    aws
        The AWS clients; created from `config` by default.
    clock
        Returns seconds since 1970; for tests.

    Returns
    -------
    Game
        The game, whose clock runs.

    Raises
    ------
    GameDayError
        If there is no such level, a game is running or beginning already, or the stack differs from
        its config, or the account is too small for the level; nothing is changed then. If the
        game is abandoned while it begins.
    AwsError
        If AWS rejects a call; what was changed is undone.
    """
    incident = planned_incident(random.randrange(_SEEDS) if seed is None else seed, level)
    aws = aws or Aws(config)
    file = _file(config, aws, folder)
    _reject_running(config, aws, file)
    if THROTTLING in LEVELS[level].kinds:
        reject_small_account(level, aws.account.lambda_limits())
    _reject_differences(config, aws)
    claim = Claim.of(config.stack_name, incident, file)  # so that what is changed can be undone
    try:
        stage = Stage.of(config, incident, aws)
        _happen(stage, claim, progress)
        claim.run(clock())
    except BaseException:
        claim.undo(config, aws)
        raise
    return Game(stage, claim.state, file, clock)


def resume(
    config: Config,
    *,
    folder: Path | None = None,
    aws: Aws | None = None,
    clock: Callable[[], float] = time.time,
) -> Game:
    """Return the game that is running on a stack.

    Parameters
    ----------
    config, folder, aws, clock
        As for `begin`.

    Raises
    ------
    GameDayError
        If there is none, or it is still beginning. One that was interrupted while it began is
        undone.
    """
    aws = aws or Aws(config)
    file = _file(config, aws, folder)
    state = file.read()
    if state is None:
        msg = f"No game is running on {config.stack_name}. Begin one with tl.gameday.begin."
        raise GameDayError(msg)
    if state.phase != RUNNING:
        undo_interrupted(config, aws, file, state)
        msg = (
            f"The game with seed {state.seed} was interrupted while it began. The stack is as "
            "before. Begin it again."
        )
        raise GameDayError(msg)
    incident = planned_incident(state.seed, state.level)
    return Game(Stage.of(config, incident, aws), state, file, clock)


def abandon(config: Config, *, folder: Path | None = None, aws: Aws | None = None) -> bool:
    """Undo the game of a stack, whatever has become of it, and forget it.

    Parameters
    ----------
    config, folder, aws
        As for `begin`.

    Returns
    -------
    bool
        Whether there was a game.

    Raises
    ------
    GameDayError
        If the stack could not be restored; the game is not forgotten then.
    """
    aws = aws or Aws(config)
    file = _file(config, aws, folder)
    if not file.path.exists():
        return False
    close(config, aws)
    file.remove()
    return True


def _happen(stage: Stage, claim: Claim, progress: Progress | None) -> None:
    """Send orders while all is well, let the incident happen, and send them again."""
    both, state = _Both(progress), claim.state
    orders = LEVELS[state.level].orders
    stage.open()
    state.windows[HEALTHY] = stage.serve(orders=orders, disturbed=False, progress=both.of(0))
    claim.check()
    stage.strike()
    state.windows[INCIDENT] = stage.serve(orders=orders, disturbed=True, progress=both.of(1))


class _Both:
    """The progress of both windows as one."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def of(self, number: int) -> Progress | None:
        if self._progress is None:
            return None
        report = self._progress
        return lambda done, orders: report(number * orders + done, 2 * orders)


def _file(config: Config, aws: Aws, folder: Path | None) -> StateFile:
    names = OwnFunctions.of(config, aws).names
    return state_file(names.name("game"), folder)


def _reject_running(config: Config, aws: Aws, file: StateFile) -> None:
    """Raise if a game is running; undo one that was interrupted while it began."""
    state = file.read()
    if state is None:
        return
    if state.phase == RUNNING:
        msg = (
            f"A game is running on {config.stack_name}: seed {state.seed}, level {state.level}. Go "
            "on with tl.gameday.resume(config), or end it with tl.gameday.abandon(config)."
        )
        raise GameDayError(msg)
    undo_interrupted(config, aws, file, state)


def _reject_differences(config: Config, aws: Aws) -> None:
    planned = deploy.plan(config, aws=aws)
    if planned.steps:
        msg = (
            f"Nothing was changed: {config.stack_name} differs from its settings in "
            f"{len(planned.steps)} resources, which the end of a game could not restore. Run "
            "'tracing-lab apply' first."
        )
        raise GameDayError(msg)
