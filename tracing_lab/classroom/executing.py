"""Execute one learner's plan; report a failure without stopping the others."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from tracing_lab.deploy import StepReport
from tracing_lab.deploy.executor import execute
from tracing_lab.errors import TracingLabError

from .plans import LearnerPlan
from .reports import FAILED, LearnerStack
from .running import Stop

OnStep = Callable[[str, StepReport], None]
OnEnd = Callable[[LearnerStack], None]
Outputs = Mapping[str, Mapping[str, str]]


def ignore(*_: object) -> None:
    """Do nothing."""


def stack_of(planned: LearnerPlan, state: str, **more: str | float) -> LearnerStack:
    """Return the report of a learner's stack."""
    config = planned.session.config
    return LearnerStack(
        learner=planned.learner,
        project_name=config.project_name,
        environment=config.environment,
        region=config.aws_region,
        state=state,
        **more,  # type: ignore[arg-type] # the texts and the number of the last three fields
    )


def run_steps(planned: LearnerPlan, stop: Stop, on_step: OnStep) -> Outputs:
    """Execute the steps of one plan.

    Raises
    ------
    DeployError
        If a step failed or it was stopped.
    """
    stop.check()
    return execute(
        planned.plan,
        planned.session.providers,
        on_start=lambda _: stop.check(),
        on_step=partial(on_step, planned.learner),
        sleep=planned.session.aws.sleep,
    )


def reporting(
    work: Callable[[LearnerPlan], LearnerStack], on_end: OnEnd
) -> Callable[[LearnerPlan], LearnerStack]:
    """Return a function that works for a learner and reports the outcome, failures included."""

    def run(planned: LearnerPlan) -> LearnerStack:
        started = time.monotonic()
        try:
            stack = work(planned)
        except TracingLabError as error:
            stack = stack_of(planned, FAILED, detail=str(error))
        stack = stack.after(time.monotonic() - started)
        on_end(stack)
        return stack

    return run
