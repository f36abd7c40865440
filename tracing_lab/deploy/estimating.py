"""Estimate the duration of a plan from its dependencies and the quotas of its calls."""

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import count

from tracing_lab.aws import ControlPlaneProfile
from tracing_lab.aws.calling.control_plane import Quota
from tracing_lab.aws.calling.pacing import Schedule
from tracing_lab.stack import Action, Step

_GATEWAY = "AWS::ApiGateway"
_METHODS = ("apigateway:GetResources", *["apigateway:CreateResource"] * 2, *["apigateway:Put"] * 6)
# The calls of steps that have more than a few, or scarce ones.
_CALLS: Mapping[tuple[str, Action], tuple[str, ...]] = {
    (f"{_GATEWAY}::Account", Action.CREATE): ("apigateway:GetAccount", "apigateway:UpdateAccount"),
    (f"{_GATEWAY}::Account", Action.DELETE): (
        *("apigateway:GetAccount", "apigateway:GetRestApis", "apigatewayv2:GetApis"),
        "apigateway:UpdateAccount",
    ),
    (f"{_GATEWAY}::ApiKey", Action.CREATE): ("apigateway:CreateApiKey",),
    (f"{_GATEWAY}::ApiKey", Action.DELETE): ("apigateway:DeleteApiKey",),
    (f"{_GATEWAY}::Deployment", Action.CREATE): ("apigateway:CreateDeployment",),
    (f"{_GATEWAY}::Deployment", Action.REPLACE): ("apigateway:CreateDeployment",),
    (f"{_GATEWAY}::RestApi", Action.CREATE): ("apigateway:CreateRestApi", *_METHODS),
    (f"{_GATEWAY}::RestApi", Action.UPDATE): _METHODS,
    (f"{_GATEWAY}::RestApi", Action.DELETE): ("apigateway:DeleteRestApi",),
    (f"{_GATEWAY}::Stage", Action.CREATE): ("apigateway:CreateStage", *["apigateway:Stage"] * 2),
    (f"{_GATEWAY}::UsagePlan", Action.UPDATE): ("apigateway:UpdateUsagePlan",),
    ("AWS::Lambda::Function", Action.DELETE): ("lambda:DeleteFunction",),
}
_ONE_CALL = frozenset({"AWS::Events::EventBus", "AWS::Lambda::Permission"})
_USUAL_CALLS = 2
_WAIT_FOR_ROLE = frozenset(("AWS::Lambda::Function", it) for it in (Action.CREATE, Action.REPLACE))


def estimate_s(steps: Iterable[Step], control_plane: ControlPlaneProfile) -> float:
    """Estimate how long steps will take.

    Parameters
    ----------
    steps
        In dependency order, as in a plan.
    control_plane
        Quotas and typical durations of the control plane.

    Returns
    -------
    float
        Seconds; 0 if there is nothing to do.

    Examples
    --------
    >>> from tracing_lab.aws import ControlPlaneProfile
    >>> estimate_s([], ControlPlaneProfile())
    0.0
    """
    return estimate_many_s([steps], control_plane)


def estimate_many_s(
    plans: Iterable[Iterable[Step]], control_plane: ControlPlaneProfile, *, at_once: int = 1
) -> float:
    """Estimate how long several plans will take that share the quotas of one account.

    Parameters
    ----------
    plans
        The steps of each, in dependency order.
    control_plane
        Quotas and typical durations of the control plane.
    at_once
        How many plans are executed at the same time.

    Examples
    --------
    >>> from tracing_lab.aws import ControlPlaneProfile
    >>> estimate_many_s([[], []], ControlPlaneProfile())
    0.0
    """
    return _Simulation(plans, control_plane).run(at_once)


class _Simulation:
    """A simulated execution of plans: every call is scheduled when the one before it has ended."""

    def __init__(self, plans: Iterable[Iterable[Step]], control_plane: ControlPlaneProfile) -> None:
        self._waiting = deque(_Progress(steps) for steps in plans)
        self._control_plane, self._schedule = control_plane, _schedule(control_plane)
        self._order = count()  # of equal times, the earlier entry comes first
        self._coming: list[tuple[float, int, _Progress, Step, tuple[str, ...]]] = []

    def run(self, at_once: int) -> float:
        now_s = 0.0
        for _ in range(at_once):
            self._begin_next(now_s)
        while self._coming:
            now_s, _, progress, step, calls = heapq.heappop(self._coming)
            if calls:
                called_s = self._schedule.book(calls[0], now_s) + self._control_plane.call_s
                self._push(called_s, progress, step, calls[1:])
            else:
                self._end(now_s, progress, step)
        return now_s

    def _begin_next(self, now_s: float) -> None:
        while self._waiting and not self._begin_ready(now_s, self._waiting.popleft()):
            pass  # a plan without steps

    def _begin_ready(self, now_s: float, progress: "_Progress") -> bool:
        ready = progress.ready()
        for step in ready:
            waits = (step.resource.type, step.action) in _WAIT_FOR_ROLE
            role_s = self._control_plane.role_s if waits else 0.0
            self._push(now_s + role_s, progress, step, _calls(step))
        return bool(ready)

    def _end(self, now_s: float, progress: "_Progress", step: Step) -> None:
        progress.ended.add(step.resource.logical)
        self._begin_ready(now_s, progress)
        if progress.is_complete:
            self._begin_next(now_s)

    def _push(self, at_s: float, progress: "_Progress", step: Step, calls: tuple[str, ...]) -> None:
        heapq.heappush(self._coming, (at_s, next(self._order), progress, step, calls))


def _schedule(control_plane: ControlPlaneProfile) -> Schedule:
    busy_s = control_plane.busy_s
    machine = (Quota("*", per_s=1 / busy_s),) if busy_s else ()
    return Schedule((*control_plane.quotas, *machine))


class _Progress:
    """The progress of one plan."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = list(steps)
        self._names = {step.resource.logical for step in self._steps}
        self._begun: set[str] = set()
        self.ended: set[str] = set()

    @property
    def is_complete(self) -> bool:
        return self.ended == self._names

    def ready(self) -> list[Step]:
        """Return the steps that can begin now; each is returned once."""
        ready = [
            step
            for step in self._steps
            if step.resource.logical not in self._begun
            and self._names.intersection(step.after) <= self.ended
        ]
        self._begun.update(step.resource.logical for step in ready)
        return ready


def urgency(steps: Iterable[Step]) -> dict[str, int]:
    """Return the number of calls of the longest chain that begins with each step.

    Parameters
    ----------
    steps
        In dependency order, as in a plan.

    Returns
    -------
    dict[str, int]
        Calls by logical name; the step with the most should begin first.
    """
    found: dict[str, int] = {}
    for step in reversed(list(steps)):
        name = step.resource.logical
        found[name] = found.get(name, 0) + len(_calls(step))
        for before in step.after:
            found[before] = max(found.get(before, 0), found[name])
    return found


def _calls(step: Step) -> tuple[str, ...]:
    if step.action is Action.DELETE and step.resource.part_of in step.after:
        return ()  # deleted with the resource that it is part of
    service = step.resource.type.removeprefix("AWS::").partition("::")[0].lower()
    usual = (f"{service}:Call",) * (1 if step.resource.type in _ONE_CALL else _USUAL_CALLS)
    return _CALLS.get((step.resource.type, step.action), usual)
