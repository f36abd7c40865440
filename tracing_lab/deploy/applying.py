"""Create or update a stack to match its config."""

from typing import Final

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import DeployError
from tracing_lab.stack import Plan, Resource
from tracing_lab.stack.outputs import Outputs

from .executor import OnStart, OnStep, Progress, execute
from .interruption import interruptible
from .session import Session

OTHER_NAME: Final = "Choose another project_name or environment"
"""What helps if somebody else has the names."""

_ADOPT: Final = "or, if they are this stack's, take them over with apply --adopt"


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
    """Create or update the stack to match its config; do nothing if it does.

    Parameters
    ----------
    config
        The stack's variables.
    adopt
        Whether to take over resources that have the stack's names but lack its tag.
    progress
        Called with the number of completed steps and of all steps.
    on_start
        Called before each step with the `Step`.
    on_step
        Called after each step with a `StepReport`.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    Outputs
        The outputs of the stack.

    Raises
    ------
    DeployError
        If a resource with one of the stack's names belongs to someone else, before anything is
        changed; or if a step failed.
    DeployInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button; the next call goes on.
    AwsError
        If AWS cannot be reached or rejects a call.
    PackageError
        If a deployment zip cannot be built.
    """
    session = Session.open(config, aws)
    planned = session.plan(adopt=adopt)
    reject_foreign(planned, session.wanted, f"{OTHER_NAME}; {_ADOPT}")
    found = execute(
        planned,
        session.providers,
        progress=progress,
        on_start=on_start,
        on_step=on_step,
        sleep=session.aws.sleep,
    )
    return session.outputs(found["api"]["Id"])


def reject_foreign(planned: Plan, wanted: list[Resource], remedy: str) -> None:
    """Raise if something of somebody else's has the name of a wanted resource.

    Parameters
    ----------
    planned
        What would be done.
    wanted
        The stack's resources.
    remedy
        What the user may do.

    Raises
    ------
    DeployError
        With the names of all of them.
    """
    logical = {resource.logical for resource in wanted}
    foreign = [item for item in planned.foreign if item.logical in logical]
    if foreign:
        names = ", ".join(f"{item.type} {item.name}" for item in foreign)
        msg = (
            f"These exist without the tag of {planned.stack}, so they are not touched: {names}. "
            f"{remedy}."
        )
        raise DeployError(msg)
