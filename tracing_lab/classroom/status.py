"""How the stacks of a class are."""

from collections.abc import Sequence

from tracing_lab.aws import Aws
from tracing_lab.config import Config

from .carrying_out import ignore, reported, stack_of
from .creating import plan
from .plans import LearnerPlan
from .reports import ABSENT, FAILED, INCOMPLETE, READY, ClassReport, LearnerStack
from .running import for_each


def status(config: Config, learners: Sequence[str], *, aws: Aws | None = None) -> ClassReport:
    """Find out which learners' stacks are as they should be; changes nothing.

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
    ClassReport
        ``ready``, ``incomplete`` or ``absent`` for each learner, and ``failed`` where the names
        belong to someone else.

    Raises
    ------
    ConfigError
        If a name cannot be a learner's, or is there twice.
    AwsError
        If AWS cannot be asked.
    """
    planned = plan(config, learners, aws=aws)
    stacks = for_each(reported(_state, ignore), planned.learners, stop=planned.stop)
    return ClassReport(tuple(stacks))


def _state(planned: LearnerPlan) -> LearnerStack:
    if planned.obstacle:
        return stack_of(planned, FAILED, detail=planned.obstacle)
    if not planned.exists:
        return stack_of(planned, ABSENT)
    api = planned.plan.known.get("api", {}).get("Id")
    url = planned.session.outputs(api).api_endpoint if api else ""
    if planned.plan:
        return stack_of(planned, INCOMPLETE, api_url=url, detail=planned.summary)
    return stack_of(planned, READY, api_url=url)
