"""Progress of a plan in a terminal: a line per resource, and the remaining time."""

from tracing_lab.aws import ControlPlaneProfile
from tracing_lab.deploy import Plan, StepReport, estimate_s
from tracing_lab.stack import Step

from .bars import WORTH_SAYING_S, BarDisplay, duration_text

_MOST_NAMES = 4  # of running steps in one line
_BAR = "{n}/{total} |{bar:20}| {elapsed} {postfix}"


class StepDisplay(BarDisplay):
    """Prints each completed step; a terminal also shows running steps and the remaining time.

    Parameters
    ----------
    plan
        The plan.
    control_plane
        Quotas and typical durations of the control plane.
    """

    def __init__(self, plan: Plan, control_plane: ControlPlaneProfile) -> None:
        self._left = {step.resource.logical: step for step in plan.steps}
        self._running: list[str] = []
        self._total, self._control_plane = len(plan), control_plane
        super().__init__(len(plan), _BAR)

    def start(self, step: Step) -> None:
        """Show a running step."""
        self._running.append(step.resource.logical)
        self._show()

    def end(self, report: StepReport) -> None:
        """Print the result of a step."""
        logical = report.step.resource.logical
        self._running.remove(logical)
        self._left.pop(logical, None)
        self.write(self._line(report))
        self._bar.update()
        self._show()

    def _line(self, report: StepReport) -> str:
        step, resource = report.step, report.step.resource
        number = f"[{self._total - len(self._left)}/{self._total}]"
        what = f"{step.action.symbol} {resource.type} {resource.name}"
        left = eta_text(list(self._left.values()), self._control_plane)
        later = f", {left} left" if left else ""
        return f"{number} {what}: {report.outcome} after {report.duration_s:.1f} s{later}"

    def _show(self) -> None:
        names = self._running[:_MOST_NAMES]
        more = len(self._running) - len(names)
        text = ", ".join(names) + (f" and {more} more" if more else "")
        left = eta_text(list(self._left.values()), self._control_plane)
        self._bar.set_postfix_str(f"{left}  {text}".strip())


def eta_text(steps: list[Step], control_plane: ControlPlaneProfile) -> str:
    """Return the estimated duration of steps as text; empty if it is short.

    Returns
    -------
    str
        For example ``about 40 s``.
    """
    seconds = estimate_s(steps, control_plane)
    return duration_text(seconds) if seconds >= WORTH_SAYING_S else ""
