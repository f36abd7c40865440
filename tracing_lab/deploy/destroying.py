"""Delete a stack, and search for leftovers."""

from dataclasses import replace

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.stack import Resource

from .executor import OnStart, OnStep, Progress, execute
from .interruption import interruptible
from .keeping import noting_kept
from .reports import Teardown
from .session import Session
from .teardown import search, sweep


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
    """Delete all resources of the stack that carry its tag.

    Log groups are deleted last, and again if late invocations recreate them. Then an independent
    search by tag and by name shows whether anything is left. API Gateway's log role stays while
    APIs of others log by it.

    Parameters
    ----------
    config
        The stack's variables.
    confirm
        Whether to delete; otherwise the deletion is only planned.
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
    Teardown
        What was, or would be, deleted, and what the search found.

    Raises
    ------
    DeployError
        If a step failed.
    DeployInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button; the next call goes on.
    AwsError
        If AWS cannot be reached or rejects a call.
    """
    session = Session.open_without_code(config, aws)
    return remove(
        session,
        session.everything,
        confirm=confirm,
        progress=progress,
        on_start=on_start,
        on_step=on_step,
    )


def remove(
    session: Session,
    resources: list[Resource],
    *,
    confirm: bool,
    progress: Progress | None,
    on_start: OnStart | None,
    on_step: OnStep | None,
) -> Teardown:
    """Delete resources of a stack that carry its tag, and search for leftovers.

    Parameters
    ----------
    session
        The stack.
    resources
        What to delete.
    confirm, progress, on_start, on_step
        As of `destroy`.
    """
    kept: dict[str, str] = {}
    planned = session.plan_removal(resources)
    if not confirm:
        return Teardown(planned.stack, planned.steps, planned.known, planned.foreign)
    execute(
        planned,
        session.providers,
        progress=progress,
        on_start=on_start,
        on_step=noting_kept(kept, on_step),
        sleep=session.aws.sleep,
    )
    swept = sweep(session) if planned else []
    remains = search([session], kept=kept)[planned.stack]
    remains = replace(remains, swept=(*swept, *remains.swept))
    return Teardown(planned.stack, planned.steps, planned.known, planned.foreign, remains)
