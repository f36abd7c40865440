"""Plan, drift and outputs of a stack, without changing anything."""

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Plan, Step
from tracing_lab.stack.outputs import Outputs

from .interruption import interruptible
from .reports import Drift
from .session import Session


@interruptible()
def plan(config: Config, *, adopt: bool = False, aws: Aws | None = None) -> Plan:
    """Return what `apply` would do.

    Parameters
    ----------
    config
        The stack's variables.
    adopt
        Whether to take over resources that have the stack's names but lack its tag.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    Plan
        The steps; empty if the stack matches its config.

    Raises
    ------
    AwsError
        If AWS cannot be reached or rejects a call.
    PackageError
        If a deployment zip cannot be built.
    """
    return Session.open(config, aws).plan(adopt=adopt)


@interruptible()
def drift(config: Config, *, aws: Aws | None = None) -> Drift:
    """Return how the stack differs from what `apply` created.

    A resource that has lost the stack's tag is compared as well, though `apply` adopts it only if
    nothing else about it has changed.

    Parameters
    ----------
    config
        The variables that the stack was applied with.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    Drift
        What `apply` would do to correct it; empty if nothing differs.

    Raises
    ------
    AwsError
        If AWS cannot be reached or rejects a call.
    PackageError
        If a deployment zip cannot be built.
    """
    found = plan(config, adopt=True, aws=aws)
    return Drift(found.stack, _differing(found.steps), found.known, found.foreign)


def _differing(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps without those that only follow from another's: nobody changed these."""
    renewed = {step.resource.logical for step in steps if step.only_renews}
    return tuple(
        step
        for step in steps
        if step.resource.part_of not in renewed and (step.changes or not step.only_renews)
    )


def outputs(config: Config, *, aws: Aws | None = None) -> Outputs:
    """Return the outputs of a deployed stack.

    Parameters
    ----------
    config
        The stack's variables.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    Outputs
        URLs, names, links and commands.

    Raises
    ------
    NotFoundError
        If the stack is not deployed.
    AwsError
        If AWS cannot be reached or rejects a call.
    """
    session = Session.open_without_code(config, aws)
    found = session.observe("api")
    if found is None or not found.owned:
        msg = f"{config.stack_name} is not deployed. Run apply first."
        raise NotFoundError(msg, operation="apigateway:GetRestApis")
    return session.outputs(found.outputs["Id"])
