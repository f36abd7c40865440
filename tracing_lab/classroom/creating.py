"""Plan and create the stacks of a class."""

from collections.abc import Sequence

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.session import Session
from tracing_lab.errors import DeployError

from . import limits
from .executing import OnEnd, OnStep, ignore, reporting, run_steps, stack_of
from .observing import ClassObservation, observe_class
from .plans import ClassPlan, LearnerPlan
from .reports import FAILED, READY, ClassReport, LearnerStack
from .roster import SHARED
from .running import Stop, for_each


def plan(config: Config, learners: Sequence[str], *, aws: Aws | None = None) -> ClassPlan:
    """Return what `create` would do, and whether the account's quotas allow it.

    Parameters
    ----------
    config
        The settings that all stacks share; its `environment` is ignored.
    learners
        The learners' names; see `roster`.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    ClassPlan
        A plan per learner, exceeded quotas, and an estimate of the time.

    Raises
    ------
    ConfigError
        If a name is invalid or a duplicate.
    AwsError
        If AWS cannot be reached.
    PackageError
        If a deployment zip cannot be built.
    """
    stop = Stop()
    observed = observe_class(config, learners, aws or Aws(config, sleep=stop.sleep), with_code=True)
    shared = LearnerPlan(SHARED, observed.shared, observed.shared.plan(), exists=True)
    plans = observed.plans(Session.plan, Session.plan_from_nothing, stop)
    short, notes = _room(observed, (shared, *plans))
    return ClassPlan(plans, shared, observed.aws.control_plane, short, notes, stop)


def create(
    config: Config,
    learners: Sequence[str],
    *,
    planned: ClassPlan | None = None,
    ignore_limits: bool = False,
    on_step: OnStep = ignore,
    on_end: OnEnd = ignore,
    aws: Aws | None = None,
) -> ClassReport:
    """Create or update the stacks of a class.

    A learner whose stack fails does not stop the others. After an interruption or a failure, the
    same call continues.

    Parameters
    ----------
    config
        The settings that all stacks share; its `environment` is ignored.
    learners
        The learners' names; see `roster`.
    planned
        The result of `plan`; computed by default.
    ignore_limits
        Whether to continue if AWS's default quotas are exceeded, because the account's own are
        higher.
    on_step
        Called after each step with the learner and a `StepReport`, by several threads.
    on_end
        Called when a learner's stack is done or has failed, by several threads.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    ClassReport
        The state of each learner's stack.

    Raises
    ------
    ConfigError
        If a name is invalid or a duplicate.
    DeployError
        If the account's quotas are exceeded, before anything is created; or if the shared stack
        cannot be created.
    """
    planned = planned or plan(config, learners, aws=aws)
    if planned.shortages and not ignore_limits:
        msg = "The account's quotas are too low for the class; nothing was created.\n"
        raise DeployError(msg + "\n".join(f"- {text}" for text in planned.shortages))
    run_steps(planned.shared, planned.stop, on_step)

    def make(learner: LearnerPlan) -> LearnerStack:
        if learner.obstacle:
            return stack_of(learner, FAILED, detail=f"{learner.obstacle}. Choose another name.")
        made = run_steps(learner, planned.stop, on_step)
        outputs = learner.session.outputs(made["api"]["Id"])
        return stack_of(learner, READY, api_url=outputs.api_endpoint)

    stacks = for_each(reporting(make, on_end), planned.learners, stop=planned.stop)
    return ClassReport(tuple(stacks))


def _room(
    observed: ClassObservation, plans: Sequence[LearnerPlan]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return exceeded quotas, and warnings."""
    wanted = limits.demand(learner.plan.steps for learner in plans)
    short = limits.shortages(wanted, observed.aws.control_plane.limits, observed.listed)
    notes = tuple(f"Not counted: {reason}" for reason in observed.not_listed)
    if observed.aws.config.target != "aws":  # the embedded AWS has no limit of concurrency
        return short, notes
    concurrency = observed.aws.account.lambda_limits()
    reserved = sum(observed.aws.config.lambda_reserved_concurrency.values())
    new = sum(not learner.exists for learner in plans)
    refused = limits.concurrency_shortage(concurrency, reserved * new)
    note = limits.concurrency_note(concurrency, len(observed.learners))
    return (*short, *filter(None, [refused])), (*notes, *filter(None, [note]))
