"""The report of a class: a row per learner, as a table and as CSV."""

import csv
import io
from dataclasses import dataclass, replace
from html import escape

from tracing_lab.tables import html_table, text_table

READY, INCOMPLETE, ABSENT, FAILED = "ready", "incomplete", "absent", "failed"
DESTROYED, LEFT = "destroyed", "something is left"

_COLUMNS = ("learner", "stack", "project_name", "environment", "region", "state", "api_url")
_SHOWN = ("learner", "stack", "region", "state", "API URL")


@dataclass(frozen=True, kw_only=True)
class LearnerStack:
    """The state of one learner's stack.

    Parameters
    ----------
    learner
        Name of the learner.
    project_name, environment, region
        The settings by which the learner works with the stack.
    state
        ``ready``, ``incomplete``, ``absent``, ``failed``, ``destroyed`` or ``something is left``.
    api_url
        Base URL of the API's stage; empty if there is none.
    detail
        The problem and its remedy; empty if there is none.
    duration_s
        How long it took, in seconds.
    """

    learner: str
    project_name: str
    environment: str
    region: str
    state: str
    api_url: str = ""
    detail: str = ""
    duration_s: float = 0.0

    @property
    def stack(self) -> str:
        """Name of the stack, the value of its ownership tag."""
        return f"{self.project_name}-{self.environment}"

    def after(self, seconds: float) -> "LearnerStack":
        """Return the same with its duration."""
        return replace(self, duration_s=seconds)


@dataclass(frozen=True)
class ClassReport:
    """The states of the stacks of a class.

    Parameters
    ----------
    learners
        One per learner, in the order of the roster.
    wanted
        The state that all stacks should have.
    shared
        The problem of the shared stack; empty if there is none.
    kept
        What the class shares and others use, too, each with the reason why it was not deleted.
    """

    learners: tuple[LearnerStack, ...]
    wanted: str = READY
    shared: str = ""
    kept: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether all stacks have the wanted state."""
        return not self.shared and all(learner.state == self.wanted for learner in self.learners)

    def to_csv(self) -> str:
        """Return a row per learner as CSV.

        Returns
        -------
        str
            The text, with a header.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows([getattr(learner, name) for name in _COLUMNS] for learner in self.learners)
        return text.getvalue()

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (learner.learner, learner.stack, learner.region, learner.state, learner.api_url)
            for learner in self.learners
        ]

    def _details(self) -> list[str]:
        lines = [
            f"{learner.learner}: {learner.detail}" for learner in self.learners if learner.detail
        ]
        lines += [f"Kept: {reason}" for reason in self.kept]
        return [*lines, *([f"What the class shares: {self.shared}"] if self.shared else [])]

    def __str__(self) -> str:
        done = sum(learner.state == self.wanted for learner in self.learners)
        summary = f"{done} of {len(self.learners)} are {self.wanted}."
        return "\n".join([text_table(self._rows(), headers=_SHOWN), *self._details(), summary])

    def _repr_html_(self) -> str:
        table = html_table(self._rows(), headers=_SHOWN, caption="Class")
        return table + "".join(f"<p>{escape(line)}</p>" for line in self._details())
