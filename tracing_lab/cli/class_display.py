"""What the terminal shows while the stacks of a class are made or deleted."""

import sys
import time
from threading import Lock
from types import TracebackType
from typing import Self

from tqdm import tqdm

from tracing_lab.classroom.plans import ClassPlan, estimate_s
from tracing_lab.classroom.reports import LearnerStack
from tracing_lab.deploy import StepReport
from tracing_lab.stack import Step

_MINUTE_S = 60.0
_LONG_S = 90.0
_WORTH_SAYING_S = 2.0
_BAR = "{n}/{total} steps |{bar:20}| {elapsed}"


class ClassDisplay:
    """Prints a line per learner as each ends; a terminal also has a bar of steps.

    Parameters
    ----------
    planned
        What is carried out.
    """

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
        # Without a terminal there is no bar (`disable=None`), only lines.
        self._bar = tqdm(total=steps, bar_format=_BAR, disable=None, leave=False, file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()

    def step(self, learner: str, report: StepReport) -> None:
        """Note that a step has ended."""
        with self._lock:
            steps = self._left.get(learner, {})
            if steps.pop(report.step.resource.logical, None):
                self._bar.update()

    def end(self, stack: LearnerStack) -> None:
        """Print how a learner's stack is."""
        with self._lock:
            self._ended += 1
            self._left.pop(stack.learner, None)
            tqdm.write(self._line(stack), file=sys.stdout)
            sys.stdout.flush()

    def _line(self, stack: LearnerStack) -> str:
        left_s = max(self._modelled_s(), self._measured_s())
        later = f", {duration_text(left_s)} left" if left_s >= _WORTH_SAYING_S else ""
        number = f"[{self._ended}/{self._total}]"
        return f"{number} {stack.learner}: {stack.state} after {stack.duration_s:.1f} s{later}"

    def _modelled_s(self) -> float:
        """Return how long the rest takes by the quotas."""
        return estimate_s([[*steps.values()] for steps in self._left.values()], self._control_plane)

    def _measured_s(self) -> float:
        """Return how long the rest takes if it goes on as it went so far."""
        pace_s = (time.monotonic() - self._started) / self._ended
        return pace_s * (self._total - self._ended)


def duration_text(seconds: float) -> str:
    """Return a duration in words.

    Parameters
    ----------
    seconds
        The duration.

    Returns
    -------
    str
        For example ``about 40 s`` or ``about 16 min``.

    Examples
    --------
    >>> duration_text(0.2), duration_text(40.4), duration_text(960)
    ('about 1 s', 'about 40 s', 'about 16 min')
    """
    if seconds < _LONG_S:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / _MINUTE_S)} min"
