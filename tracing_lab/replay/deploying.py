"""Provision the stand-ins of a model, and delete them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.applying import OTHER_NAME, reject_foreign
from tracing_lab.deploy.destroying import remove
from tracing_lab.deploy.executor import OnStart, OnStep, Progress, execute
from tracing_lab.deploy.interruption import interruptible
from tracing_lab.deploy.observe import observe
from tracing_lab.deploy.providers import providers
from tracing_lab.deploy.reports import Teardown
from tracing_lab.deploy.session import Session
from tracing_lab.graph import node_key
from tracing_lab.package import DeploymentPackage, build_stand_in
from tracing_lab.stack import Names, Plan, Resource, Site, plan as plan_steps
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE
from tracing_lab.xray_model.nodes import CLIENT
from tracing_lab.xray_model.retries import MAX_RETRIES

from .existing import existing_shape
from .expected import graph_of_model
from .model import ReplayModel
from .recording import STAGE
from .resources import replay_resources, resources_of_shape
from .shape import ReplayNames, ReplayShape

ENVIRONMENT: Final = "replay"
"""What is added to a stack's environment for its replay."""

BEFORE_S: Final = 0.0008
AFTER_S: Final = 0.0006
"""What Lambda's runtime client takes before and after a handler, measured with the embedded AWS."""


@dataclass(frozen=True, repr=False)
class DeployedReplay:
    """The stand-ins of a model, as they are deployed.

    Parameters
    ----------
    config
        The settings of the replay's own stack.
    model
        The model.
    endpoint_url
        The emulator; None on a real account.
    api_urls
        Base URL of each API.
    node_names
        Keys of the model's nodes in the service graph, by those of the deployed ones.
    """

    config: Config
    model: ReplayModel
    endpoint_url: str | None
    api_urls: Mapping[str, str]
    node_names: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        apis = ", ".join(self.api_urls.values())
        return f"{self.config.stack_name}: {len(self.model.stand_ins)} stand-ins behind {apis}"


def config_of_replay(config: Config) -> Config:
    """Return the settings of a replay's own stack, beside that of a config.

    Parameters
    ----------
    config
        Says which AWS, and whose names the replay's are derived from.

    Raises
    ------
    ConfigError
        If the environment's name leaves no room for ``-replay``.
    """
    environment = f"{config.environment}-{ENVIRONMENT}"
    own = {"faults": {}, "lambda_reserved_concurrency": {}, "lambda_max_retries": MAX_RETRIES}
    return config.replace(environment=environment, **own)


@interruptible()
def plan(config: Config, model: ReplayModel, *, aws: Aws | None = None) -> Plan:
    """Return what `apply` would do.

    Parameters
    ----------
    config
        The stack beside which the replay is.
    model
        From `derive`.
    aws
        The AWS clients; created from `config` by default.

    Raises
    ------
    AwsError
        If AWS cannot be reached or rejects a call.
    PackageError
        If a deployment zip cannot be built.
    """
    return _ReplayStack.open(config, model, aws).plan()


@interruptible()
def apply(
    config: Config,
    model: ReplayModel,
    *,
    progress: Progress | None = None,
    on_start: OnStart | None = None,
    on_step: OnStep | None = None,
    aws: Aws | None = None,
) -> DeployedReplay:
    """Create the stand-ins of a model, or update those of an earlier one.

    They are a stack of their own, whose environment is that of `config` with ``-replay``: nothing
    else is touched.

    Parameters
    ----------
    config
        The stack beside which the replay is; it need not be deployed.
    model
        From `derive`.
    progress
        Called with the number of completed steps and of all steps.
    on_start
        Called before each step with the `Step`.
    on_step
        Called after each step with a `StepReport`.
    aws
        The AWS clients; created from `config` by default.

    Raises
    ------
    DeployError
        If a resource with one of the names belongs to someone else, before anything is changed; or
        if a step failed.
    DeployInterruptedError
        If Ctrl-C was pressed; the next call goes on.
    AwsError
        If AWS cannot be reached or rejects a call.
    PackageError
        If a deployment zip cannot be built.
    """
    stack = _ReplayStack.open(config, model, aws)
    planned = stack.plan()
    reject_foreign(planned, stack.session.wanted, OTHER_NAME)
    found = execute(
        planned,
        stack.session.providers,
        progress=progress,
        on_start=on_start,
        on_step=on_step,
        sleep=stack.session.aws.sleep,
    )
    urls = {
        api: _resolved(stack.names, api, found[api]["Id"]) for api in ReplayShape.of(model).routes
    }
    endpoint_url = stack.session.aws.endpoint_url
    names = _node_names(stack.names, model)
    return DeployedReplay(stack.session.config, model, endpoint_url, urls, names)


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
    """Delete all stand-ins beside a stack that carry the replay's tag, whatever model they have.

    Parameters
    ----------
    config
        The stack beside which the replay is, which itself stays.
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
        What was, or would be, deleted, and what an independent search found afterwards.

    Raises
    ------
    DeployError
        If a step failed.
    DeployInterruptedError
        If Ctrl-C was pressed; the next call goes on.
    AwsError
        If AWS cannot be reached or rejects a call.
    """
    session = _ReplayStack.open(config, None, aws).session
    return remove(
        session,
        session.wanted,
        confirm=confirm,
        progress=progress,
        on_start=on_start,
        on_step=on_step,
    )


@dataclass(frozen=True)
class _ReplayStack:
    """One observation of a replay's stack."""

    session: Session
    names: ReplayNames
    existing: list[Resource]

    @classmethod
    def open(cls, config: Config, model: ReplayModel | None, aws: Aws | None) -> "_ReplayStack":
        """Return the stack with the wanted resources: those of a model, else those that exist."""
        own, aws = config_of_replay(config), aws or Aws(config)
        identity = aws.sts.caller_identity()
        site = Site(identity.account_id, own.aws_region, identity.partition)
        names = ReplayNames(Names(own, site), aws.endpoint_url)
        existing = resources_of_shape(names, existing_shape(names, aws.inventory))
        code = {} if model is None else _packages(model)
        wanted = existing if model is None else replay_resources(names, model, code)
        zips = {built.sha256_base64: built.data for built in code.values()}
        return cls(Session(own, aws, site, wanted, providers(aws, zips, site)), names, existing)

    def plan(self) -> Plan:
        """Return the plan after which exactly the wanted resources exist."""
        wanted = {resource.logical for resource in self.session.wanted}
        older = [resource for resource in self.existing if resource.logical not in wanted]
        observed = observe([*self.session.wanted, *older], self.session.providers)
        return plan_steps(self.session.wanted, observed, stack=self.session.config.stack_name)


def _packages(model: ReplayModel) -> dict[str, DeploymentPackage]:
    return {
        name: build_stand_in(name, stand_in.script(before_s=BEFORE_S, after_s=AFTER_S))
        for name, stand_in in model.stand_ins.items()
    }


def _resolved(names: ReplayNames, api: str, api_id: str) -> str:
    return str(names.api_url(api)).replace(f"${{{api}.Id}}", api_id)


def _node_names(names: ReplayNames, model: ReplayModel) -> dict[str, str]:
    """Return the keys of the model's nodes by those of the deployed ones."""
    found: dict[str, str] = {}
    for key, node in graph_of_model(model).nodes(data=True):
        name, kind = node["name"], node["kind"]
        found[node_key(_deployed_name(names, model, name, kind), kind)] = key
    return found


def _deployed_name(names: ReplayNames, model: ReplayModel, name: str, kind: str) -> str:
    """Return the name of a node as it is deployed; stand-ins for other services keep theirs."""
    if kind in {STAGE, CLIENT} and name in model.apis:
        return names.stage(name)
    stand_in = model.stand_ins.get(name)
    is_function = stand_in is not None and stand_in.segment is None
    return str(names.stack.function(name)) if is_function and kind in _OURS else name


_OURS: Final = frozenset({SERVICE, FUNCTION, CLIENT})
