"""Provisioning: see what would change, change it, take it all away again.

Every function looks at what exists first, so any of them may be interrupted anywhere and run
again. Only resources with the stack's ownership tag are ever changed or deleted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tracing_lab import package
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.errors import DeployError, NotFoundError
from tracing_lab.outputs import Outputs, outputs_from_names
from tracing_lab.stack import (
    FunctionCode,
    Names,
    Observed,
    Plan,
    Resource,
    Site,
    plan as plan_steps,
    resources,
    retired,
)

from .executor import Progress, StepReport, execute
from .observe import observe
from .providers import Provider, providers

__all__ = ["Outputs", "Plan", "StepReport", "apply", "destroy", "drift", "outputs", "plan"]

OnStep = Callable[[StepReport], None]


def plan(config: Config, *, aws: Aws | None = None) -> Plan:
    """Find what `apply` would do; changes nothing.

    Parameters
    ----------
    config
        The stack's variables.
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
    return _planned(_Session.open(config, aws))


def drift(config: Config, *, aws: Aws | None = None) -> Plan:
    """Find what differs from what `apply` made; changes nothing.

    Parameters
    ----------
    config
        The variables that the stack was applied with.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    Plan
        What `apply` would do to mend it; empty if nothing differs.

    Raises
    ------
    AwsError
        If AWS cannot be asked.
    PackageError
        If a deployment zip cannot be built.
    """
    return plan(config, aws=aws)


def apply(
    config: Config,
    *,
    progress: Progress | None = None,
    on_step: OnStep | None = None,
    aws: Aws | None = None,
) -> Outputs:
    """Make the stack as the config wants it; does nothing if it is.

    Parameters
    ----------
    config
        The stack's variables.
    progress
        Called with the number of ended steps and of all steps.
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
    AwsError
        If AWS cannot be asked.
    PackageError
        If a deployment zip cannot be built.
    """
    session = _Session.open(config, aws)
    planned = _planned(session)
    _refuse_foreign(planned, session.wanted)
    found = execute(
        planned, session.providers, progress=progress, on_step=on_step, sleep=session.aws.sleep
    )
    return session.outputs(found["api"]["Id"])


def destroy(
    config: Config,
    *,
    confirm: bool = False,
    progress: Progress | None = None,
    on_step: OnStep | None = None,
    aws: Aws | None = None,
) -> Plan:
    """Delete everything that the stack consists of and that carries its tag.

    Parameters
    ----------
    config
        The stack's variables.
    confirm
        Whether to do it; otherwise it is only planned.
    progress
        Called with the number of ended steps and of all steps.
    on_step
        Called after each step with a `StepReport`.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    Plan
        What was, or would be, deleted.

    Raises
    ------
    DeployError
        If a step failed.
    AwsError
        If AWS cannot be asked.
    """
    session = _Session.open(config, aws, code=dict.fromkeys(SERVICES, _NoCode()))
    planned = plan_steps([], session.observe(), stack=config.stack_name)
    if confirm:
        execute(
            planned, session.providers, progress=progress, on_step=on_step, sleep=session.aws.sleep
        )
    return planned


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
    session = _Session.open(config, aws, code=dict.fromkeys(SERVICES, _NoCode()))
    api = [resource for resource in session.wanted if resource.logical == "api"]
    found = observe(api, session.providers)
    if "api" not in found:
        msg = f"{config.stack_name} is not deployed. Run apply first."
        raise NotFoundError(msg, operation="apigateway:GetRestApis")
    return session.outputs(found["api"].outputs["Id"])


@dataclass(frozen=True)
class _NoCode:
    """Stands for a deployment zip where only names matter."""

    sha256_base64: str = ""
    handler: str = ""


@dataclass(frozen=True)
class _Session:
    """One look at one stack: where it lives, what is wanted, and who does the work."""

    config: Config
    aws: Aws
    site: Site
    wanted: list[Resource]
    providers: Mapping[str, Provider]

    @classmethod
    def open(
        cls, config: Config, aws: Aws | None, *, code: Mapping[str, FunctionCode] | None = None
    ) -> "_Session":
        """Find out what is wanted where; builds the deployment zips unless `code` is given."""
        zips: dict[str, bytes] = {}
        if code is None:
            packages = package.build_all()
            zips = {built.sha256_base64: built.data for built in packages.values()}
            code = packages
        aws = aws or Aws(config)
        site = _site(config, aws)
        return cls(
            config=config,
            aws=aws,
            site=site,
            wanted=resources(config, site, code),
            providers=providers(aws, zips, site),
        )

    def observe(self) -> dict[str, Observed]:
        """Read everything that exists of what any settings would make."""
        return observe([*self.wanted, *retired(self.config, self.site)], self.providers)

    def outputs(self, api_id: str) -> Outputs:
        """Collect the stack's outputs."""
        names = Names(self.config, self.site)
        return outputs_from_names(names, api_id=api_id, endpoint_url=self.aws.endpoint_url)


def _site(config: Config, aws: Aws) -> Site:
    identity = aws.sts.caller_identity()
    site = Site(identity.account_id, config.aws_region, identity.partition)
    names = Names(config, site)
    log_role = aws.gateway.log_role_arn()
    foreign = log_role not in {"", names.role_arn(names.api_log_role)}
    return Site(site.account_id, site.region, site.partition, foreign_log_role=foreign)


def _planned(session: _Session) -> Plan:
    return plan_steps(session.wanted, session.observe(), stack=session.config.stack_name)


def _refuse_foreign(planned: Plan, wanted: list[Resource]) -> None:
    logical = {resource.logical for resource in wanted}
    foreign = [item for item in planned.foreign if item.logical in logical]
    if foreign:
        names = ", ".join(f"{item.type} {item.name}" for item in foreign)
        msg = (
            f"These exist without the tag of {planned.stack}, so they are not touched: {names}. "
            "Choose another project_name or environment, or tag them if they are this stack's."
        )
        raise DeployError(msg)
