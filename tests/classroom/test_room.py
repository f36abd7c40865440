"""What a class is told before anything is made, on an account that answers only in part."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tracing_lab.aws import AWS_CONTROL_PLANE
from tracing_lab.classroom.creating import _room
from tracing_lab.classroom.observing import ClassObservation
from tracing_lab.classroom.plans import LearnerPlan
from tracing_lab.config import Config
from tracing_lab.stack import Action, Plan, Resource, Step

BUS = Step(Action.CREATE, Resource("AWS::Events::EventBus", "bus", "bus", {}))
LISTED = {"events:ListEventBuses": [f"bus-{number}-00000000" for number in range(99)]}


def look(listed: Mapping[str, list[str]], *not_listed: str, **settings: Any) -> ClassObservation:
    """Return a look at a real account with 1,000 concurrent executions."""
    limits = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
    aws: Any = SimpleNamespace(
        config=Config(target="aws", **settings),
        control_plane=AWS_CONTROL_PLANE,
        account=SimpleNamespace(lambda_limits=lambda: limits),
    )
    session: Any = SimpleNamespace(names=SimpleNamespace(suffix="00000000"))
    return ClassObservation(aws, session, {"anna": session}, listed, not_listed)


def new(*steps: Step) -> LearnerPlan:
    """Return the plan of a learner of whom nothing exists."""
    session: Any = SimpleNamespace(wanted=[])
    return LearnerPlan("anna", session, Plan("shop-anna", steps), exists=False)


def test_stack_exists_if_something_ends_with_its_digits() -> None:
    seen = look(LISTED)
    assert seen.exists(seen.shared)
    assert not look({}).exists(seen.shared)


def test_what_could_not_be_listed_is_looked_at_and_noted() -> None:
    seen = look({}, "xray:GetGroups on everything: AccessDenied")
    assert seen.exists(seen.shared)
    assert _room(seen, [new(BUS)]) == (
        (),
        ("Not counted: xray:GetGroups on everything: AccessDenied",),
    )


def test_last_bus_of_an_account_is_given_and_no_more() -> None:
    assert _room(look(LISTED), [new(BUS)]) == ((), ())
    (short,), _ = _room(look(LISTED), [new(BUS), new(BUS)])
    assert short.startswith("2 more of AWS::Events::EventBus are needed, 99 exist and 100")


def test_reserved_concurrency_counts_for_each_new_stack() -> None:
    seen = look({}, lambda_reserved_concurrency={"order": 40, "payment": 5})
    assert _room(seen, [new()] * 20) == ((), ())
    (short,), _ = _room(seen, [new()] * 21)
    assert short.startswith("945 concurrent executions of Lambda are to be reserved and 900 can")
