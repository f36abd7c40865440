"""Taking the stacks of a class down, and a search that proves that nothing is left."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy import Remains
from tracing_lab.deploy.session import Session
from tracing_lab.deploy.teardown import search, sweep
from tracing_lab.stack import Plan

from .carrying_out import OnEnd, OnStep, ignore, reported, run_steps, stack_of
from .looking import look
from .plans import ClassPlan, LearnerPlan
from .reports import DESTROYED, FAILED, LEFT, ClassReport, LearnerStack
from .roster import SHARED
from .running import Stop, for_each


def plan_removal(config: Config, learners: Sequence[str], *, aws: Aws | None = None) -> ClassPlan:
    """Find what `destroy` would delete; changes nothing.

    Parameters
    ----------
    config
        What all stacks have in common; its `environment` does not count.
    learners
        The learners' names; see `roster` and `roster_from_csv`.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    ClassPlan
        A plan per learner and an estimate of the time.

    Raises
    ------
    ConfigError
        If a name cannot be a learner's, or is there twice.
    AwsError
        If AWS cannot be asked.
    """
    stop = Stop()
    seen = look(config, learners, aws or Aws(config, sleep=stop.sleep), with_code=False)
    plans = seen.plans(_removal, lambda one: Plan(one.config.stack_name), stop)
    shared = LearnerPlan(SHARED, seen.shared, _removal(seen.shared), exists=True)
    return ClassPlan(plans, shared, seen.aws.control_plane, stop=stop)


def destroy(
    config: Config,
    learners: Sequence[str],
    *,
    planned: ClassPlan | None = None,
    on_step: OnStep = ignore,
    on_end: OnEnd = ignore,
    aws: Aws | None = None,
) -> ClassReport:
    """Delete the stacks of a class, and search for what is left of them.

    Only what carries a stack's tag is deleted. What the class shares goes last, and stays while
    a stack is not destroyed.

    Parameters
    ----------
    config
        What all stacks have in common; its `environment` does not count.
    learners
        The learners' names; see `roster` and `roster_from_csv`.
    planned
        What `plan_removal` found; it is looked for by default.
    on_step
        Called after each step with the learner and a `StepReport`, by several threads.
    on_end
        Called when a learner's stack is gone or has failed, by several threads.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    ClassReport
        Whether each learner's stack is gone.

    Raises
    ------
    ConfigError
        If a name cannot be a learner's, or is there twice.
    AwsError
        If AWS cannot be asked.
    """
    planned = planned or plan_removal(config, learners, aws=aws)

    def remove(one: LearnerPlan) -> LearnerStack:
        run_steps(one, planned.stop, on_step)
        swept = sweep(one.session) if one.plan else []
        again = f"Came back and was deleted again: {', '.join(swept)}." if swept else ""
        return stack_of(one, DESTROYED, detail=again)

    stacks = for_each(reported(remove, on_end), planned.learners, stop=planned.stop)
    if all(one.state == DESTROYED for one in stacks):
        run_steps(planned.shared, planned.stop, on_step)
    everything = [planned.shared, *planned.learners]
    left = search([one.session for one in everything])
    checked = tuple(_checked(one, left) for one in stacks)
    shared = left[planned.shared.plan.stack]
    return ClassReport(checked, DESTROYED, str(shared) if shared else "")


def _removal(session: Session) -> Plan:
    return session.plan_removal(session.everything)


def _checked(stack: LearnerStack, left: Mapping[str, Remains]) -> LearnerStack:
    """Add what the search found; a failure says more."""
    remains = left[stack.stack]
    if stack.state == FAILED or not (remains or remains.not_searched):
        return stack
    return replace(stack, state=LEFT if remains else stack.state, detail=str(remains))
