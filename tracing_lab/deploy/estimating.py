"""How long a plan will take, from its dependencies and the quotas of its calls."""

from collections.abc import Iterable, Mapping

from tracing_lab.aws import ControlPlane
from tracing_lab.aws.pacing import Schedule
from tracing_lab.stack import Action, Step

_GATEWAY = "AWS::ApiGateway"
_METHODS = ("apigateway:GetResources", *["apigateway:CreateResource"] * 2, *["apigateway:Put"] * 6)
# The calls of steps that have more than a few, or scarce ones.
_CALLS: Mapping[tuple[str, Action], tuple[str, ...]] = {
    (f"{_GATEWAY}::Account", Action.CREATE): ("apigateway:GetAccount", "apigateway:UpdateAccount"),
    (f"{_GATEWAY}::Account", Action.DELETE): ("apigateway:GetAccount", "apigateway:UpdateAccount"),
    (f"{_GATEWAY}::ApiKey", Action.CREATE): ("apigateway:CreateApiKey",),
    (f"{_GATEWAY}::ApiKey", Action.DELETE): ("apigateway:DeleteApiKey",),
    (f"{_GATEWAY}::Deployment", Action.CREATE): ("apigateway:CreateDeployment",),
    (f"{_GATEWAY}::Deployment", Action.REPLACE): ("apigateway:CreateDeployment",),
    (f"{_GATEWAY}::RestApi", Action.CREATE): ("apigateway:CreateRestApi", *_METHODS),
    (f"{_GATEWAY}::RestApi", Action.UPDATE): _METHODS,
    (f"{_GATEWAY}::RestApi", Action.DELETE): ("apigateway:DeleteRestApi",),
    (f"{_GATEWAY}::Stage", Action.CREATE): ("apigateway:CreateStage", *["apigateway:Stage"] * 2),
    (f"{_GATEWAY}::UsagePlan", Action.UPDATE): ("apigateway:UpdateUsagePlan",),
}
_ONE_CALL = frozenset({"AWS::Events::EventBus", "AWS::Lambda::Function", "AWS::Lambda::Permission"})
_USUAL_CALLS = 2
_WAITS_FOR_ROLE = ("AWS::Lambda::Function", Action.CREATE)


def estimate_s(steps: Iterable[Step], control_plane: ControlPlane) -> float:
    """Estimate how long steps will take.

    Parameters
    ----------
    steps
        In an order that works one by one, as a plan has them.
    control_plane
        How fast changes may come.

    Returns
    -------
    float
        Seconds; 0 if there is nothing to do.

    Examples
    --------
    >>> from tracing_lab.aws import ControlPlane
    >>> estimate_s([], ControlPlane())
    0.0
    """
    schedule = Schedule(control_plane.quotas)
    ended_s: dict[str, float] = {}
    for step in steps:
        now_s = max((ended_s.get(name, 0.0) for name in step.after), default=0.0)
        if (step.resource.type, step.action) == _WAITS_FOR_ROLE:
            now_s += control_plane.role_s
        for operation in _calls(step):
            now_s = schedule.book(operation, now_s) + control_plane.call_s
        ended_s[step.resource.logical] = now_s
    return max(ended_s.values(), default=0.0)


def urgency(steps: Iterable[Step]) -> dict[str, int]:
    """Count the calls of the longest chain that begins with each step.

    Parameters
    ----------
    steps
        In an order that works one by one, as a plan has them.

    Returns
    -------
    dict[str, int]
        Logical name to calls; what has the most should begin first.
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
        return ()  # it goes with the whole
    service = step.resource.type.removeprefix("AWS::").partition("::")[0].lower()
    usual = (f"{service}:Call",) * (1 if step.resource.type in _ONE_CALL else _USUAL_CALLS)
    return _CALLS.get((step.resource.type, step.action), usual)
