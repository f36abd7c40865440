"""Making the stacks of a class."""

from collections.abc import Sequence

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.session import Session
from tracing_lab.errors import DeployError

from . import limits
from .carrying_out import OnEnd, OnStep, ignore, reported, run_steps, stack_of
from .looking import Look, look
from .plans import ClassPlan, LearnerPlan
from .reports import FAILED, READY, ClassReport, LearnerStack
from .roster import SHARED
from .running import Stop, for_each


def plan(config: Config, learners: Sequence[str], *, aws: Aws | None = None) -> ClassPlan:
    """Find what `create` would do, and whether the account has room for it; changes nothing.

    Parameters
    ----------
    config
        What all stacks have in common; its `environment` does not count.
    learners
        The learners' names; see `roster`.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    ClassPlan
        A plan per learner, what there is no room for, and an estimate of the time.

    Raises
    ------
    ConfigError
        If a name cannot be a learner's, or is there twice.
    AwsError
        If AWS cannot be asked.
    PackageError
        If a deployment zip cannot be built.
    """
    stop = Stop()
    seen = look(config, learners, aws or Aws(config, sleep=stop.sleep), with_code=True)
    shared = LearnerPlan(SHARED, seen.shared, seen.shared.plan(), exists=True)
    plans = seen.plans(Session.plan, Session.plan_from_nothing, stop)
    short, notes = _room(seen, (shared, *plans))
    return ClassPlan(plans, shared, seen.aws.control_plane, short, notes, stop)


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
    """Make the stacks of a class; what exists and is as it should be stays as it is.

    A learner whose stack fails does not stop the others. After an interruption or a failure,
    the same call goes on where it was.

    Parameters
    ----------
    config
        What all stacks have in common; its `environment` does not count.
    learners
        The learners' names; see `roster`.
    planned
        What `plan` found; it is looked for by default.
    ignore_limits
        Whether to go on if there is no room by AWS's default quotas, because the account's own
        are higher.
    on_step
        Called after each step with the learner and a `StepReport`, by several threads.
    on_end
        Called when a learner's stack is done or has failed, by several threads.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    ClassReport
        How each learner's stack is.

    Raises
    ------
    ConfigError
        If a name cannot be a learner's, or is there twice.
    DeployError
        If the account has no room for all, before anything is made; or if what the class shares
        cannot be made.
    """
    planned = planned or plan(config, learners, aws=aws)
    if planned.shortages and not ignore_limits:
        msg = "The account has no room for the class, and nothing was made.\n"
        raise DeployError(msg + "\n".join(f"- {text}" for text in planned.shortages))
    run_steps(planned.shared, planned.stop, on_step)

    def make(one: LearnerPlan) -> LearnerStack:
        if one.obstacle:
            return stack_of(one, FAILED, detail=f"{one.obstacle}. Choose another name.")
        made = run_steps(one, planned.stop, on_step)
        outputs = one.session.outputs(made["api"]["Id"])
        return stack_of(one, READY, api_url=outputs.api_endpoint)

    stacks = for_each(reported(make, on_end), planned.learners, stop=planned.stop)
    return ClassReport(tuple(stacks))


def _room(seen: Look, plans: Sequence[LearnerPlan]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what there is no room for, and what may go wrong later."""
    wanted = limits.demand(one.plan.steps for one in plans)
    short = limits.shortages(wanted, seen.aws.control_plane.limits, seen.listed)
    notes = tuple(f"Not counted: {reason}" for reason in seen.not_listed)
    if seen.aws.config.target != "aws":  # the embedded AWS has no limit of concurrency
        return short, notes
    concurrency = seen.aws.account.lambda_limits()
    reserved = sum(seen.aws.config.lambda_reserved_concurrency.values())
    new = sum(not one.exists for one in plans)
    refused = limits.concurrency_shortage(concurrency, reserved * new)
    note = limits.concurrency_note(concurrency, len(seen.learners))
    return (*short, *filter(None, [refused])), (*notes, *filter(None, [note]))
