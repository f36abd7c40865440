"""Execute a plan: independent steps in parallel, each after its dependencies."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from tracing_lab.errors import DeployError, DeployInterruptedError, InUseError, TracingLabError
from tracing_lab.stack import Action, Plan, Step

from .estimating import urgency
from .performing import perform
from .providers import Provider

_LOG = logging.getLogger(__name__)
_WORKERS = 32  # more than the independent steps of a stack

Outputs = dict[str, Mapping[str, str]]
Progress = Callable[[int, int], None]
OnStart = Callable[[Step], None]


@dataclass(frozen=True)
class StepReport:
    """The result of a step.

    Parameters
    ----------
    step
        What was done.
    duration_s
        How long it took, in seconds.
    error
        Why it failed; None if it did not.
    kept
        Who else uses the resource, so that it was not deleted; empty if it was.
    """

    step: Step
    duration_s: float
    error: Exception | None = None
    kept: str = ""

    @property
    def outcome(self) -> str:
        """``done``, ``kept``, or ``failed`` with the reason."""
        return f"failed: {self.error}" if self.error else "kept" if self.kept else "done"


OnStep = Callable[[StepReport], None]


def execute(
    plan: Plan,
    providers: Mapping[str, Provider],
    *,
    progress: Progress | None = None,
    on_start: OnStart | None = None,
    on_step: OnStep | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outputs:
    """Execute all steps of a plan.

    A failed step prevents only the steps that depend on it. What somebody else uses is kept, with
    what it depends on. An interruption waits for the running steps; the next plan observes what
    they did.

    Parameters
    ----------
    plan
        What to do.
    providers
        Provider by type.
    progress
        Called with the number of completed steps and of all steps.
    on_start
        Called before each step.
    on_step
        Called after each step.
    sleep
        Waits, in seconds.

    Returns
    -------
    dict[str, Mapping[str, str]]
        The outputs of all resources, by logical name.

    Raises
    ------
    DeployError
        If a step failed.
    DeployInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button.
    """
    run = _Run(plan, providers, on_start or _ignore, sleep)
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="deploy")
    try:
        for report in run.reports(pool):
            _log(report)
            if on_step is not None:
                on_step(report)
            if progress is not None:
                progress(run.ended, len(plan))
    except KeyboardInterrupt as error:
        raise DeployInterruptedError(_interrupted(run.ended, len(plan))) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    run.raise_failures()
    return run.outputs


class _Run:
    """The state of one execution; used by the calling thread only."""

    def __init__(
        self,
        plan: Plan,
        providers: Mapping[str, Provider],
        on_start: OnStart,
        sleep: Callable[[float], None],
    ) -> None:
        self.outputs: Outputs = dict(plan.known)
        self._waiting = {step.resource.logical: step for step in plan.steps}
        self._deleted = {
            step.resource.logical for step in plan.steps if step.action is Action.DELETE
        }
        self._urgency = urgency(plan.steps)
        self._done: set[str] = set()
        self._in_use: dict[str, str] = {}
        """Why resources are kept, by logical name."""
        self._failed: list[StepReport] = []
        self._running: dict[Future[Mapping[str, str]], tuple[Step, float]] = {}
        self._providers, self._on_start, self._sleep = providers, on_start, sleep

    @property
    def ended(self) -> int:
        """The number of completed steps."""
        return len(self._done) + len(self._failed)

    def reports(self, pool: ThreadPoolExecutor) -> Iterator[StepReport]:
        """Run all steps that can be run, and yield the report of each as it ends."""
        self._start_ready(pool)
        while self._running:
            ended, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield self._collect(future)
            self._start_ready(pool)

    def raise_failures(self) -> None:
        """Raise a DeployError if a step failed."""
        if self._failed:
            first = self._failed[0].error
            raise DeployError(_failure_text(self._failed, list(self._waiting.values()))) from first

    def _start_ready(self, pool: ThreadPoolExecutor) -> None:
        ready = [step for step in self._waiting.values() if set(step.after) <= self._done]
        for step in sorted(ready, key=lambda step: -self._urgency[step.resource.logical]):
            del self._waiting[step.resource.logical]
            self._on_start(step)
            reason = self._in_use.get(step.resource.logical, "")
            future = pool.submit(self._perform, step, dict(self.outputs), reason)
            self._running[future] = step, time.monotonic()

    def _collect(self, future: Future[Mapping[str, str]]) -> StepReport:
        step, started = self._running.pop(future)
        duration_s = time.monotonic() - started
        try:
            outputs = future.result()
        except InUseError as error:
            self._done.add(step.resource.logical)
            self._in_use |= dict.fromkeys(step.resource.depends_on, str(error))
            return StepReport(step=step, duration_s=duration_s, kept=str(error))
        except TracingLabError as error:
            report = StepReport(step=step, duration_s=duration_s, error=error)
            self._failed.append(report)
            return report
        self._done.add(step.resource.logical)
        if outputs:
            self.outputs[step.resource.logical] = outputs
        return StepReport(step=step, duration_s=duration_s)

    def _perform(self, step: Step, outputs: Outputs, in_use: str) -> Mapping[str, str]:
        if in_use and step.action is Action.DELETE:
            raise InUseError(in_use)
        if step.action is Action.DELETE and step.resource.part_of in self._deleted:
            return {}  # deleted with the resource that it is part of
        provider = self._providers[step.resource.type]
        return perform(step, outputs, provider, sleep=self._sleep)


def _ignore(_step: Step) -> None:
    """Do nothing."""


def _failure_text(failed: Sequence[StepReport], not_started: Sequence[Step]) -> str:
    lines = [
        f"{report.step.action} {report.step.resource.type} {report.step.resource.name}: "
        f"{report.error}"
        for report in failed
    ]
    if not_started:
        names = ", ".join(step.resource.logical for step in not_started)
        lines.append(f"Not started because of that: {names}.")
    lines.append("Everything else is done and stays; run the same again to continue.")
    return "\n".join(lines)


def _interrupted(ended: int, steps: int) -> str:
    return (
        f"Interrupted: {ended} of {steps} steps had ended; those that were running, too. "
        "What was done stays; run the same again to continue."
    )


def _log(report: StepReport) -> None:
    step = report.step
    if report.kept:
        _LOG.info("%s was kept: %s", step.resource.name, report.kept)
    elif report.error is None:
        _LOG.info("%s %s (%.2f s)", step.action, step.resource.name, report.duration_s)
    else:
        _LOG.error("%s %s failed: %s", step.action, step.resource.name, report.error)
