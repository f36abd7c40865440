"""A class: one stack per learner, in one account and region.

A learner's stack is the config's with the learner's name as its `environment`. The learner works
with it by the same settings: ``Config(environment="learner-07", target="aws")``.

>>> import tracing_lab as tl
>>> learners = tl.classroom.roster(30)
>>> learners[0], learners[-1]
('learner-01', 'learner-30')

All stacks are observed before anything is created, they share one schedule of calls, and any
command may be interrupted anywhere and run again.
"""

from .creating import create, plan
from .destroying import destroy, plan_removal
from .plans import ClassPlan, LearnerPlan
from .reports import ClassReport, LearnerStack
from .roster import MOST_LEARNERS, roster, roster_from_csv
from .status import status

__all__ = [
    "MOST_LEARNERS",
    "ClassPlan",
    "ClassReport",
    "LearnerPlan",
    "LearnerStack",
    "create",
    "destroy",
    "plan",
    "plan_removal",
    "roster",
    "roster_from_csv",
    "status",
]
