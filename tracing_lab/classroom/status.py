"""Report the states of the stacks of a class."""

from collections.abc import Sequence

from tracing_lab.aws import Aws
from tracing_lab.config import Config

from .creating import plan
from .executing import ignore, reporting, stack_of
from .plans import LearnerPlan
from .reports import ABSENT, FAILED, INCOMPLETE, READY, ClassReport, LearnerStack
from .running import for_each


def status(config: Config, learners: Sequence[str], *, aws: Aws | None = None) -> ClassReport:
    """Return which learners' stacks are ready, without changing anything.

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
    ClassReport
        ``ready``, ``incomplete`` or ``absent`` for each learner, and ``failed`` where the resources
        belong to someone else.

    Raises
    ------
    ConfigError
        If a name is invalid or a duplicate.
    AwsError
        If AWS cannot be reached.
    """
    planned = plan(config, learners, aws=aws)
    stacks = for_each(reporting(_state, ignore), planned.learners, stop=planned.stop)
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
