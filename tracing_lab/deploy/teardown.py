"""Delete log groups that late invocations recreate, and search for leftovers of a stack.

The search queries the services themselves and AWS's index of tags; it does not depend on what
`destroy` has deleted.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tracing_lab.aws import Inventory
from tracing_lab.aws.inventory import LISTINGS
from tracing_lab.config import OWNERSHIP_TAG
from tracing_lab.errors import AwsError

from .executor import execute
from .keeping import without_kept
from .reports import Remains
from .session import Session

_LOG_GROUP = "AWS::Logs::LogGroup"
_LOGS_ARN = ":logs:"
_MOST_LAGS = 6  # a search is repeated for this many times the usual lag
_QUEUE_LAGS = 14  # and for so many while queues are listed: on AWS, deleted ones are for a minute
_LOOKS_PER_LAG = 4


def sweep(session: Session, *, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """Delete log groups that late invocations recreate, until no more are recreated.

    Parameters
    ----------
    session
        Provides the log groups' names, and how late they may be recreated.
    clock
        Returns the time in seconds.

    Returns
    -------
    list[str]
        The names of the recreated groups.
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


def search(
    sessions: Sequence[Session],
    *,
    kept: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Remains]:
    """Search for leftovers of some stacks; repeat for a while if there are any, as indexes lag.

    Log groups that late invocations have recreated by then are deleted, too.

    Parameters
    ----------
    sessions
        The stacks, all of one account and region.
    kept
        What was not deleted because others use it: the reasons by name. It does not count as left.
    clock
        Returns the time in seconds.

    Returns
    -------
    dict[str, Remains]
        Leftovers by name of the stack.
    """
    aws = sessions[0].aws
    lag_s = aws.control_plane.lag_s
    started_s = clock()
    swept: dict[str, list[str]] = {session.config.stack_name: [] for session in sessions}
    while True:
        left = {
            name: without_kept(remains, kept or {})
            for name, remains in _look(sessions, aws.inventory).items()
        }
        if clock() >= started_s + _most_lags(left.values()) * lag_s:
            break
        for session in sessions:
            name = session.config.stack_name
            swept[name] += sweep(session, clock=clock) if _is_late_log(left[name]) else []
        aws.sleep(lag_s / _LOOKS_PER_LAG)
    return {name: replace(remains, swept=tuple(swept[name])) for name, remains in left.items()}


def _most_lags(found: Iterable[Remains]) -> int:
    """Return for how many lags what was found may be listed after its deletion; 0 for nothing."""
    left = [remains for remains in found if remains]
    queues = any(name.startswith("sqs ") for remains in left for name in remains.by_name)
    return _QUEUE_LAGS if queues else _MOST_LAGS * bool(left)


def _is_late_log(remains: Remains) -> bool:
    """Return whether only log groups are left, and nothing that could write to them."""
    tagged = all(_LOGS_ARN in arn for arn in remains.by_tag)
    return bool(remains) and tagged and all(name.startswith("logs ") for name in remains.by_name)


def _look(sessions: Sequence[Session], inventory: Inventory) -> dict[str, Remains]:
    stacks = [session.config.stack_name for session in sessions]
    listed, failures = inventory.names()
    try:
        by_tag = inventory.tagged(OWNERSHIP_TAG, stacks)
    except AwsError as error:  # everything is deleted; only the check is incomplete
        by_tag, failures = {stack: [] for stack in stacks}, [*failures, str(error)]
    return {
        session.config.stack_name: _remains(session, listed, by_tag, failures)
        for session in sessions
    }


def _remains(
    session: Session,
    listed: Mapping[str, Sequence[str]],
    by_tag: Mapping[str, Sequence[str]],
    failures: Sequence[str],
) -> Remains:
    stack = session.config.stack_name
    existing = tuple(arn for arn in by_tag[stack] if may_exist(arn, listed))
    return Remains(
        stack,
        existing,
        tuple(names_of(session, listed)),
        tuple(failures),
        only_indexed=tuple(arn for arn in by_tag[stack] if arn not in existing),
    )


def may_exist(arn: str, listed: Mapping[str, Iterable[str]]) -> bool:
    """Return whether a resource of the index of tags exists, as far as its own service tells.

    The index also has "previously tagged resources": deleted ones, for up to some hours.
    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    Parameters
    ----------
    arn
        The resource.
    listed
        Names and ids by the operation that lists them.

    Returns
    -------
    bool
        False only if the service's list has neither the resource nor the one that it is a part of.
    """
    _, _, service, _, _, resource = arn.split(":", 5)
    for listing in LISTINGS:
        known = listing.operation.startswith(f"{service}:") and listing.operation in listed
        if known and resource.startswith(listing.arns):
            return any(_names(resource, name) for name in listed[listing.operation])
    return True


def _names(resource: str, name: str) -> bool:
    """Return whether the last part of an ARN has a name, or the end of a URL or ARN, as a part."""
    known = name if name.startswith("/") else name.rpartition("/")[2].rpartition(":")[2]
    return bool(known) and known in resource and f"/{known}/" in f"/{resource}/".replace(":", "/")


def names_of(session: Session, listed: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names of one stack's resources, which end with the stack's own eight digits.

    Parameters
    ----------
    session
        The stack.
    listed
        Names by the operation that lists them.

    Returns
    -------
    list[str]
        ``service name`` of each, sorted.
    """
    ending = f"-{session.names.suffix}"
    return sorted(
        f"{operation.partition(':')[0]} {name}"
        for operation, names in listed.items()
        for name in names
        if name.endswith(ending)
    )
