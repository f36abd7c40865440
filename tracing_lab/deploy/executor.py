"""Carrying out a plan: independent steps in parallel, each after what it depends on."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from tracing_lab.errors import DeployError, NotFoundError, TracingLabError
from tracing_lab.stack import Action, Plan, Step, resolve

from .providers import Provider

_LOG = logging.getLogger(__name__)
_WORKERS = 16

Outputs = dict[str, Mapping[str, str]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class StepReport:
    """How a step went.

    Parameters
    ----------
    step
        What was done.
    duration_s
        How long it took, in seconds.
    error
        Why it failed; None if it did not.
    """

    step: Step
    duration_s: float
    error: Exception | None = None


def execute(
    plan: Plan,
    providers: Mapping[str, Provider],
    *,
    progress: Progress | None = None,
    on_step: Callable[[StepReport], None] | None = None,
) -> Outputs:
    """Carry out all steps of a plan.

    A failed step stops those that come after it and no others. An interruption lets the running
    steps end; the next plan sees what they did.

    Parameters
    ----------
    plan
        What to do.
    providers
        Type to provider.
    progress
        Called with the number of ended steps and of all steps.
    on_step
        Called after each step.

    Returns
    -------
    dict[str, Mapping[str, str]]
        The outputs of all resources, by logical name.

    Raises
    ------
    DeployError
        If a step failed.
    """
    run = _Run(plan, providers)
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="deploy")
    try:
        for report in run.reports(pool):
            _log(report)
            if on_step is not None:
                on_step(report)
            if progress is not None:
                progress(run.ended, len(plan))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    run.raise_failures()
    return run.outputs


class _Run:
    """The state of one execution; used by the calling thread only."""

    def __init__(self, plan: Plan, providers: Mapping[str, Provider]) -> None:
        self.outputs: Outputs = dict(plan.known)
        self._waiting = {step.resource.logical: step for step in plan.steps}
        self._deleted = {
            step.resource.logical for step in plan.steps if step.action is Action.DELETE
        }
        self._done: set[str] = set()
        self._failed: list[StepReport] = []
        self._running: dict[Future[tuple[Mapping[str, str], float]], Step] = {}
        self._providers = providers

    @property
    def ended(self) -> int:
        """How many steps have ended."""
        return len(self._done) + len(self._failed)

    def reports(self, pool: ThreadPoolExecutor) -> Iterator[StepReport]:
        """Run all steps that can be run and report each as it ends."""
        self._start_ready(pool)
        while self._running:
            ended, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield self._collect(future)
            self._start_ready(pool)

    def raise_failures(self) -> None:
        """Raise what failed, if anything did."""
        if self._failed:
            first = self._failed[0].error
            raise DeployError(_failure_text(self._failed, list(self._waiting.values()))) from first

    def _start_ready(self, pool: ThreadPoolExecutor) -> None:
        gone = self._done
        ready = [step for step in self._waiting.values() if set(step.after) <= gone]
        for step in ready:
            del self._waiting[step.resource.logical]
            self._running[pool.submit(self._perform, step, dict(self.outputs))] = step

    def _collect(self, future: Future[tuple[Mapping[str, str], float]]) -> StepReport:
        step = self._running.pop(future)
        try:
            outputs, duration_s = future.result()
        except TracingLabError as error:
            report = StepReport(step=step, duration_s=0.0, error=error)
            self._failed.append(report)
            return report
        self._done.add(step.resource.logical)
        if outputs:
            self.outputs[step.resource.logical] = outputs
        return StepReport(step=step, duration_s=duration_s)

    def _perform(self, step: Step, outputs: Outputs) -> tuple[Mapping[str, str], float]:
        started = time.monotonic()
        provider = self._providers[step.resource.type]
        if step.action is Action.DELETE and step.resource.part_of in self._deleted:
            return {}, 0.0  # it went with the whole
        made = _act(step, outputs, provider)
        return made, time.monotonic() - started


def _act(step: Step, outputs: Outputs, provider: Provider) -> Mapping[str, str]:
    properties = resolve(step.resource.properties, outputs)
    resource, found = replace(step.resource, properties=properties), step.observed
    if found is not None and step.action is Action.UPDATE:
        changed = frozenset(change.path.split(".")[0] for change in step.changes)
        provider.update(resource, found, changed)
        return found.outputs
    if found is not None and not (step.action is Action.REPLACE and step.resource.keeps_old):
        try:
            provider.delete(found)
        except NotFoundError:
            _LOG.info("%s was gone already", step.resource.name)
    return {} if step.action is Action.DELETE else provider.create(resource)


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


def _log(report: StepReport) -> None:
    step = report.step
    if report.error is None:
        _LOG.info("%s %s (%.2f s)", step.action, step.resource.name, report.duration_s)
    else:
        _LOG.error("%s %s failed: %s", step.action, step.resource.name, report.error)
