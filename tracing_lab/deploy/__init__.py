"""Provisioning: see what would change, change it, take it all away again.

Every function looks at what exists first, so any of them may be interrupted anywhere and run
again. Only resources with the stack's ownership tag are ever changed or deleted.
"""

from collections.abc import Callable
from dataclasses import replace

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import DeployError, NotFoundError
from tracing_lab.outputs import Outputs
from tracing_lab.stack import Plan, Resource, Step

from .estimating import estimate_s
from .executor import Progress, StepReport, execute
from .interruption import interruptible
from .regions import in_all
from .reports import Drift, Remains, Teardown
from .session import Session
from .teardown import search, sweep

__all__ = [
    "Drift",
    "Outputs",
    "Plan",
    "Remains",
    "StepReport",
    "Teardown",
    "apply",
    "destroy",
    "drift",
    "estimate_s",
    "in_all",
    "outputs",
    "plan",
]

OnStart = Callable[[Step], None]
OnStep = Callable[[StepReport], None]


@interruptible()
def plan(config: Config, *, adopt: bool = False, aws: Aws | None = None) -> Plan:
    """Find what `apply` would do; changes nothing.

    Parameters
    ----------
    config
        The stack's variables.
    adopt
        Whether resources of the stack's names that lack its tag are to be taken over.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    Plan
        The steps; empty if the stack is as wanted.

    Raises
    ------
    AwsError
        If AWS cannot be asked.
    PackageError
        If a deployment zip cannot be built.
    """
    return Session.open(config, aws).plan(adopt=adopt)


@interruptible()
def drift(config: Config, *, aws: Aws | None = None) -> Drift:
    """Find what differs from what `apply` made; changes nothing.

    A resource that has lost the stack's tag is compared as well, though `apply` takes it back by
    itself only if nothing else about it has changed.

    Parameters
    ----------
    config
        The variables that the stack was applied with.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    Drift
        What `apply` would do to mend it; empty if nothing differs.

    Raises
    ------
    AwsError
        If AWS cannot be asked.
    PackageError
        If a deployment zip cannot be built.
    """
    found = plan(config, adopt=True, aws=aws)
    return Drift(found.stack, found.steps, found.known, found.foreign)


@interruptible()
def apply(
    config: Config,
    *,
    adopt: bool = False,
    progress: Progress | None = None,
    on_start: OnStart | None = None,
    on_step: OnStep | None = None,
    aws: Aws | None = None,
) -> Outputs:
    """Make the stack as the config wants it; does nothing if it is.

    Parameters
    ----------
    config
        The stack's variables.
    adopt
        Whether to take over resources of the stack's names that lack its tag.
    progress
        Called with the number of ended steps and of all steps.
    on_start
        Called before each step with the `Step`.
    on_step
        Called after each step with a `StepReport`.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    Outputs
        What the stack offers.

    Raises
    ------
    DeployError
        If a resource of one of our names belongs to someone else, before anything is changed;
        or if a step failed.
    DeployInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button; the next call goes on.
    AwsError
        If AWS cannot be asked.
    PackageError
        If a deployment zip cannot be built.
    """
    session = Session.open(config, aws)
    planned = session.plan(adopt=adopt)
    _refuse_foreign(planned, session.wanted)
    found = execute(
        planned,
        session.providers,
        progress=progress,
        on_start=on_start,
        on_step=on_step,
        sleep=session.aws.sleep,
    )
    return session.outputs(found["api"]["Id"])


@interruptible()
def destroy(
    config: Config,
    *,
    confirm: bool = False,
    progress: Progress | None = None,
    on_start: OnStart | None = None,
    on_step: OnStep | None = None,
    aws: Aws | None = None,
) -> Teardown:
    """Delete everything that the stack consists of and that carries its tag.

    Log groups go last, those that late invocations make again go once more, and then an
    independent search by tag and by name tells whether anything is left.

    Parameters
    ----------
    config
        The stack's variables.
    confirm
        Whether to do it; otherwise it is only planned.
    progress
        Called with the number of ended steps and of all steps.
    on_start
        Called before each step with the `Step`.
    on_step
        Called after each step with a `StepReport`.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    Teardown
        What was, or would be, deleted, and what the search found.

    Raises
    ------
    DeployError
        If a step failed.
    DeployInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button; the next call goes on.
    AwsError
        If AWS cannot be asked.
    """
    session = Session.open_without_code(config, aws)
    planned = session.plan_removal(session.everything)
    if not confirm:
        return Teardown(planned.stack, planned.steps, planned.known, planned.foreign)
    execute(
        planned,
        session.providers,
        progress=progress,
        on_start=on_start,
        on_step=on_step,
        sleep=session.aws.sleep,
    )
    swept = sweep(session) if planned else []
    remains = search([session])[planned.stack]
    remains = replace(remains, swept=(*swept, *remains.swept))
    return Teardown(planned.stack, planned.steps, planned.known, planned.foreign, remains)


def outputs(config: Config, *, aws: Aws | None = None) -> Outputs:
    """Say what a deployed stack offers; changes nothing.

    Parameters
    ----------
    config
        The stack's variables.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    Outputs
        URLs, names, links and commands.

    Raises
    ------
    NotFoundError
        If the stack is not deployed.
    AwsError
        If AWS cannot be asked.
    """
    session = Session.open_without_code(config, aws)
    found = session.observe("api")
    if found is None or not found.owned:
        msg = f"{config.stack_name} is not deployed. Run apply first."
        raise NotFoundError(msg, operation="apigateway:GetRestApis")
    return session.outputs(found.outputs["Id"])


def _refuse_foreign(planned: Plan, wanted: list[Resource]) -> None:
    logical = {resource.logical for resource in wanted}
    foreign = [item for item in planned.foreign if item.logical in logical]
    if foreign:
        names = ", ".join(f"{item.type} {item.name}" for item in foreign)
        msg = (
            f"These exist without the tag of {planned.stack}, so they are not touched: {names}. "
            "Choose another project_name or environment; or, if they are this stack's, take them "
            "over with apply --adopt."
        )
        raise DeployError(msg)
