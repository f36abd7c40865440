"""The plan of a class: a plan per learner, and an estimate of the time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from tracing_lab.aws import ControlPlaneProfile
from tracing_lab.deploy import Plan
from tracing_lab.deploy.estimating import estimate_many_s
from tracing_lab.deploy.session import Session
from tracing_lab.stack import Action, Step
from tracing_lab.tables import html_table, text_table

from .running import AT_ONCE, Stop

_HEADERS = ("learner", "stack", "to do")
_ACTIONS = {Action.CREATE: "create", Action.UPDATE: "change", Action.REPLACE: "replace"}
_ACTIONS |= {Action.DELETE: "delete"}


@dataclass(frozen=True)
class LearnerPlan:
    """The plan of one learner's stack.

    Parameters
    ----------
    learner
        Name of the learner, the `environment` of the stack.
    session
        The observation of the stack that the plan was made from.
    plan
        The steps.
    exists
        Whether something of the stack exists.
    """

    learner: str
    session: Session = field(repr=False)
    plan: Plan
    exists: bool

    @property
    def obstacle(self) -> str:
        """Why the stack cannot be created; empty if it can."""
        wanted = {resource.logical for resource in self.session.wanted}
        foreign = [item for item in self.plan.foreign if item.logical in wanted]
        if not foreign:
            return ""
        names = ", ".join(f"{item.type} {item.name}" for item in foreign)
        return f"These exist without the tag of {self.plan.stack}, so they are not touched: {names}"

    @property
    def summary(self) -> str:
        """The plan in a few words."""
        counts = [(word, self.plan.count(action)) for action, word in _ACTIONS.items()]
        return ", ".join(f"{word} {number}" for word, number in counts if number) or "nothing to do"


@dataclass(frozen=True)
class ClassPlan:
    """The plan of a class.

    Parameters
    ----------
    learners
        A plan per learner.
    shared
        The plan of the stack that all learners share.
    control_plane
        Quotas and typical durations of the control plane.
    shortages
        Exceeded quotas; empty if there are none.
    notes
        Warnings, such as too little concurrency.
    stop
        Stops the execution.
    """

    learners: tuple[LearnerPlan, ...]
    shared: LearnerPlan
    control_plane: ControlPlaneProfile
    shortages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stop: Stop = field(default_factory=Stop, repr=False)

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.shared.plan) or any(learner.plan for learner in self.learners)

    @property
    def plans(self) -> dict[str, tuple[Step, ...]]:
        """Plans by learner, without stacks that cannot be created."""
        return {
            learner.learner: learner.plan.steps for learner in self.learners if not learner.obstacle
        }

    @property
    def estimate_s(self) -> float:
        """The estimated duration, in seconds."""
        shared_s = estimate_s([self.shared.plan.steps], self.control_plane)
        return shared_s + estimate_s(self.plans.values(), self.control_plane)

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            (learner.learner, learner.plan.stack, learner.obstacle or learner.summary)
            for learner in (self.shared, *self.learners)
            if learner.plan or learner is not self.shared
        ]

    def __str__(self) -> str:
        lines = [f"No room: {text}" for text in self.shortages]
        lines += [f"Note: {text}" for text in self.notes]
        return "\n".join([text_table(self._rows(), headers=_HEADERS), *lines])

    def _repr_html_(self) -> str:
        table = html_table(self._rows(), headers=_HEADERS, caption="Class")
        lines = [*(f"No room: {text}" for text in self.shortages), *self.notes]
        return table + "".join(f"<p>{escape(line)}</p>" for line in lines)


def estimate_s(plans: Iterable[Sequence[Step]], control_plane: ControlPlaneProfile) -> float:
    """Return the estimated duration of plans that are executed in parallel, in seconds."""
    return estimate_many_s(plans, control_plane, at_once=AT_ONCE)
