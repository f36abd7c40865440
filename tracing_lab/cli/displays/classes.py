"""Progress of the stacks of a class in a terminal."""

import time
from threading import Lock

from tracing_lab.classroom.plans import ClassPlan, estimate_s
from tracing_lab.classroom.reports import LearnerStack
from tracing_lab.deploy import StepReport
from tracing_lab.stack import Step

from .bars import WORTH_SAYING_S, BarDisplay, duration_text

_BAR = "{n}/{total} steps |{bar:20}| {elapsed}"


class ClassDisplay(BarDisplay):
    """Prints a line per learner as each ends; a terminal also has a bar of steps."""

    def __init__(self, planned: ClassPlan) -> None:
        self._lock = Lock()  # several threads report
        self._control_plane = planned.control_plane
        self._left: dict[str, dict[str, Step]] = {
            learner: {step.resource.logical: step for step in steps}
            for learner, steps in planned.plans.items()
        }
        self._started = time.monotonic()
        self._ended, self._total = 0, len(planned.learners)
        steps = sum(len(steps) for steps in self._left.values())
        super().__init__(steps, _BAR)

    def step(self, learner: str, report: StepReport) -> None:
        """Count a completed step."""
        with self._lock:
            steps = self._left.get(learner, {})
            if steps.pop(report.step.resource.logical, None):
                self._bar.update()

    def end(self, stack: LearnerStack) -> None:
        """Print the state of a learner's stack."""
        with self._lock:
            self._ended += 1
            self._left.pop(stack.learner, None)
            self.write(self._line(stack))

    def _line(self, stack: LearnerStack) -> str:
        left_s = max(self._modelled_s(), self._measured_s())
        later = f", {duration_text(left_s)} left" if left_s >= WORTH_SAYING_S else ""
        number = f"[{self._ended}/{self._total}]"
        return f"{number} {stack.learner}: {stack.state} after {stack.duration_s:.1f} s{later}"

    def _modelled_s(self) -> float:
        """Return the remaining time according to the quotas."""
        return estimate_s([[*steps.values()] for steps in self._left.values()], self._control_plane)

    def _measured_s(self) -> float:
        """Return the remaining time at the speed so far."""
        pace_s = (time.monotonic() - self._started) / self._ended
        return pace_s * (self._total - self._ended)
