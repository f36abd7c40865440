"""After a stack was deleted: what came back goes again, and a search proves that nothing is left.

The search asks the services themselves and AWS's index of tags; it knows nothing of what `destroy`
has deleted, nor of how.
"""

import time
from collections.abc import Callable

from tracing_lab.config import OWNERSHIP_TAG
from tracing_lab.errors import AwsError

from .executor import execute
from .reports import Remains
from .session import Session

_LOG_GROUP = "AWS::Logs::LogGroup"
_MOST_LAGS = 6  # so many times the usual lag until a search gives up
_LOOKS_PER_LAG = 4


def sweep(session: Session, *, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """Delete log groups that late invocations made again, until none has come back for a while.

    Parameters
    ----------
    session
        Says which log groups, and how late they may come back.
    clock
        Gives seconds.

    Returns
    -------
    list[str]
        The names of the groups that came back.
    """
    groups = [resource for resource in session.everything if resource.type == _LOG_GROUP]
    lag_s, swept = session.aws.control_plane.lag_s, []
    quiet_since_s = started_s = clock()
    while clock() - quiet_since_s < lag_s and clock() - started_s < _MOST_LAGS * lag_s:
        planned = session.plan_removal(groups)
        if planned:
            execute(planned, session.providers, sleep=session.aws.sleep)
            swept += [step.resource.name for step in planned.steps]
            quiet_since_s = clock()
        else:
            session.aws.sleep(lag_s / _LOOKS_PER_LAG)
    return swept


def search(session: Session, *, clock: Callable[[], float] = time.monotonic) -> Remains:
    """Search for what is left of a stack; again for a while if something is, as indexes lag.

    Parameters
    ----------
    session
        Says which stack.
    clock
        Gives seconds.

    Returns
    -------
    Remains
        What was found.
    """
    lag_s = session.aws.control_plane.lag_s
    give_up_s = clock() + _MOST_LAGS * lag_s
    while (found := _look(session)) and clock() < give_up_s:
        session.aws.sleep(lag_s / _LOOKS_PER_LAG)
    return found


def _look(session: Session) -> Remains:
    stack, inventory = session.config.stack_name, session.aws.inventory
    by_name, failures = inventory.named(f"{stack}-", f"-{session.names.suffix}")
    try:
        by_tag = inventory.tagged(OWNERSHIP_TAG, stack)
    except AwsError as error:  # everything is deleted; only the proof is not complete
        by_tag, failures = [], [*failures, str(error)]
    return Remains(stack, tuple(by_tag), tuple(by_name), tuple(failures))
