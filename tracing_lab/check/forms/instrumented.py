"""Answers that are the spans of a run of the learner's own code."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from .base import Reading, Slip

STEP = "has_step"
OTHER_STEP = "has_other_step"
ANNOTATED = "has_annotation"
VALUED = "has_value"
TIMED = "takes_time"
PATCHED = "has_call"
FAULT = "has_fault"

_COLUMNS = frozenset({"name", "kind", "duration_s", "annotations", "fault", "error"})
_LAMBDAS_OWN = frozenset({"Initialization", "Init", "Invocation", "Overhead"})


@dataclass(frozen=True, kw_only=True)
class Instrumented:
    """A span frame in which a step of the learner's code has a subsegment.

    The answer's plain value is the list of what the frame shows, such as ``has_step``, so that
    it can be judged again without the frame.

    Parameters
    ----------
    step
        Name of the subsegment that is wanted.
    annotation, value
        Key and value of the annotation that it is to have.
    takes_s
        Seconds that the step's work takes at least.
    call
        Name of the subsegment of the AWS call that is traced as well.

    Examples
    --------
    >>> form = Instrumented(step="pack", annotation="kg", value=3, takes_s=0.02, call="ssm")
    >>> form.distance(["has_step", "takes_time"], ["takes_time"])
    0.0
    """

    step: str
    annotation: str
    value: float | str
    takes_s: float
    call: str

    def read(self, answer: Any) -> Reading:
        """Return what a span frame shows, as a sorted list."""
        if type(answer) is list and all(isinstance(item, str) for item in answer):  # as recorded
            return Reading(answer)
        if not isinstance(answer, pd.DataFrame) or not _COLUMNS.issubset(answer.columns):
            return Reading(slip=Slip("frame", "The answer is the span frame of a run."))
        return Reading(sorted(self._shown(answer)))

    def distance(self, value: Any, target: Any) -> float | None:
        """Return 0 when a frame shows all that is wanted, and no fault."""
        if not isinstance(target, list) or FAULT in value:
            return None
        return 0.0 if set(target) <= set(value) else None

    def slip(self, value: Any, truth: Any) -> Slip | None:  # noqa: ARG002 - none is common
        """Return None: what is missing is the exercise's to explain."""
        return None

    def miss(self, value: Any, truth: Any) -> str:  # noqa: ARG002 - the same for all
        """Return that something is missing."""
        return "These spans do not show what was asked for."

    def _shown(self, spans: pd.DataFrame) -> set[str]:
        parts = spans[spans["kind"] == "subsegment"]
        steps = parts[parts["name"] == self.step]
        shown = {
            STEP: len(steps) > 0,
            OTHER_STEP: bool((~parts["name"].isin({*_LAMBDAS_OWN, self.step, self.call})).any()),
            ANNOTATED: any(self.annotation in notes for notes in steps["annotations"]),
            VALUED: any(notes.get(self.annotation) == self.value for notes in steps["annotations"]),
            TIMED: bool((steps["duration_s"] >= self.takes_s).any()),
            PATCHED: bool((parts["name"] == self.call).any()),
            FAULT: bool((spans["fault"] | spans["error"]).any()),
        }
        return {name for name, is_shown in shown.items() if is_shown}
