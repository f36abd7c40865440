"""Delete the stacks of a class, and search for leftovers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy import Remains
from tracing_lab.deploy.keeping import noting_kept
from tracing_lab.deploy.session import Session
from tracing_lab.deploy.teardown import search, sweep
from tracing_lab.stack import Plan

from .executing import OnEnd, OnStep, ignore, reporting, run_steps, stack_of
from .observing import observe_class
from .plans import ClassPlan, LearnerPlan
from .reports import DESTROYED, FAILED, LEFT, ClassReport, LearnerStack
from .roster import SHARED
from .running import Stop, for_each


def plan_removal(config: Config, learners: Sequence[str], *, aws: Aws | None = None) -> ClassPlan:
    """Return what `destroy` would delete.

    Parameters
    ----------
    config
        The settings that all stacks share; its `environment` is ignored.
    learners
        The learners' names; see `roster` and `roster_from_csv`.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    ClassPlan
        A plan per learner and an estimate of the time.

    Raises
    ------
    ConfigError
        If a name is invalid or a duplicate.
    AwsError
        If AWS cannot be reached.
    """
    stop = Stop()
    observed = observe_class(
        config, learners, aws or Aws(config, sleep=stop.sleep), with_code=False
    )
    plans = observed.plans(_removal, lambda stack: Plan(stack.config.stack_name), stop)
    shared = LearnerPlan(SHARED, observed.shared, _removal(observed.shared), exists=True)
    return ClassPlan(plans, shared, observed.aws.control_plane, stop=stop)


def destroy(
    config: Config,
    learners: Sequence[str],
    *,
    planned: ClassPlan | None = None,
    on_step: OnStep = ignore,
    on_end: OnEnd = ignore,
    aws: Aws | None = None,
) -> ClassReport:
    """Delete the stacks of a class, and search for leftovers.

    Only resources with a stack's tag are deleted. The shared stack is deleted last, and only if all
    others are.

    Parameters
    ----------
    config
        The settings that all stacks share; its `environment` is ignored.
    learners
        The learners' names; see `roster` and `roster_from_csv`.
    planned
        The result of `plan_removal`; computed by default.
    on_step
        Called after each step with the learner and a `StepReport`, by several threads.
    on_end
        Called when a learner's stack is deleted or has failed, by several threads.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    ClassReport
        Whether each learner's stack is deleted.

    Raises
    ------
    ConfigError
        If a name is invalid or a duplicate.
    AwsError
        If AWS cannot be reached.
    """
    planned = planned or plan_removal(config, learners, aws=aws)

    def remove(learner: LearnerPlan) -> LearnerStack:
        run_steps(learner, planned.stop, on_step)
        swept = sweep(learner.session) if learner.plan else []
        again = f"Recreated and deleted again: {', '.join(swept)}." if swept else ""
        return stack_of(learner, DESTROYED, detail=again)

    kept: dict[str, str] = {}
    stacks = for_each(reporting(remove, on_end), planned.learners, stop=planned.stop)
    if all(stack.state == DESTROYED for stack in stacks):
        note = noting_kept(kept, partial(on_step, planned.shared.learner))
        run_steps(planned.shared, planned.stop, lambda _, report: note(report))
    everything = [planned.shared, *planned.learners]
    left = search([learner.session for learner in everything], kept=kept)
    checked = tuple(_checked(stack, left) for stack in stacks)
    shared = left[planned.shared.plan.stack]
    problem = str(shared) if shared else ""
    return ClassReport(checked, DESTROYED, problem, kept=shared.kept)


def _removal(session: Session) -> Plan:
    return session.plan_removal(session.everything)


def _checked(stack: LearnerStack, left: Mapping[str, Remains]) -> LearnerStack:
    """Return the report with leftovers of the search, unless it is a failure already."""
    remains = left[stack.stack]
    if stack.state == FAILED or not (remains or remains.not_searched):
        return stack
    return replace(stack, state=LEFT if remains else stack.state, detail=str(remains))
