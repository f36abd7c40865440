"""Steps run in parallel along their dependencies, by fake providers."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from tracing_lab.deploy.executor import StepReport, execute
from tracing_lab.errors import AwsError, DeployError, InUseError, NotFoundError
from tracing_lab.stack import Action, Observed, Plan, Resource, Step, output


class FakeProvider:
    """Notes what it is asked to do; fails for some names."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.done: list[tuple[str, str]] = []

    def observe(self, resource: Resource) -> Observed | None:
        return None

    def create(self, resource: Resource) -> Mapping[str, str]:
        self._note("create", resource.logical)
        return {"Id": f"{resource.logical}-{resource.properties.get('Needs', '')}"}

    def update(self, resource: Resource, observed: Observed, changed: frozenset[str]) -> None:
        self._note("update", resource.logical)

    def delete(self, observed: Observed) -> None:
        self._note("delete", observed.resource.logical)

    def _note(self, action: str, name: str) -> None:
        if name in self.failing:
            msg = f"lambda:Call on {name}: refused. Do this. Request id req-9."
            raise AwsError(msg, operation="lambda:Call", code="Refused", request_id="req-9")
        self.done.append((action, name))


def step(name: str, *after: str, action: Action = Action.CREATE, **more: Any) -> Step:
    properties = more.pop("properties", {})
    resource = Resource("T", name, name, properties, depends_on=after, **more)
    observed = None if action is Action.CREATE else Observed(resource, {}, {"Id": "old"})
    return Step(action, resource, after=after, observed=observed)


def test_outputs_of_one_step_are_carried_into_the_next() -> None:
    provider = FakeProvider()
    plan = Plan("s", (step("a"), step("b", "a", properties={"Needs": output("a")})))
    assert execute(plan, {"T": provider})["b"] == {"Id": "b-a-"}


def test_failed_step_stops_its_dependants_only() -> None:
    provider = FakeProvider("b")
    plan = Plan("s", (step("a"), step("b", "a"), step("c", "b"), step("d", "c"), step("e", "a")))
    with pytest.raises(DeployError) as caught:
        execute(plan, {"T": provider})
    assert provider.done == [("create", "a"), ("create", "e")]
    for part in ("create T b", "lambda:Call on b", "req-9", "c, d", "run the same again"):
        assert part in str(caught.value)
    assert isinstance(caught.value.__cause__, AwsError)


def test_independent_steps_run_at_the_same_time() -> None:
    class Meeting(FakeProvider):
        barrier = threading.Barrier(4, timeout=60)

        def create(self, resource: Resource) -> Mapping[str, str]:
            self.barrier.wait()
            return {}

    ended: list[StepReport] = []
    steps = tuple(step(name) for name in "abcd")
    execute(Plan("s", steps), {"T": Meeting()}, on_step=ended.append)
    assert [report.error for report in ended] == [None] * 4  # none of which would end alone


def test_part_goes_with_its_whole_without_a_call() -> None:
    provider = FakeProvider()
    whole = step("whole", action=Action.DELETE)
    part = step("part", "whole", action=Action.DELETE, part_of="whole")
    execute(Plan("s", (whole, part)), {"T": provider})
    assert provider.done == [("delete", "whole")]


def test_replacement_deletes_before_it_creates_unless_the_old_is_kept() -> None:
    provider = FakeProvider()
    execute(Plan("s", (step("a", action=Action.REPLACE),)), {"T": provider})
    execute(
        Plan("s", (step("b", action=Action.REPLACE, create_before_destroy=True),)), {"T": provider}
    )
    assert provider.done == [("delete", "a"), ("create", "a"), ("create", "b")]


def test_what_others_use_is_kept_with_what_it_needs() -> None:
    class Used(FakeProvider):
        def delete(self, observed: Observed) -> None:
            if observed.resource.logical == "setting":
                msg = "Others log by it."
                raise InUseError(msg)
            super().delete(observed)

    def deletion(name: str, *after: str, needs: tuple[str, ...] = ()) -> Step:
        resource = Resource("T", name, name, {}, depends_on=needs)
        return Step(Action.DELETE, resource, after=after, observed=Observed(resource, {}, {}))

    provider, reports, counted = Used(), list[StepReport](), list[tuple[int, int]]()
    steps = (
        deletion("other"),
        deletion("setting", needs=("role",)),
        deletion("role", "setting", needs=("policy",)),
        deletion("policy", "role"),
        deletion("last", "other", "setting", "role", "policy"),  # comes last, and is not needed
    )
    execute(
        Plan("s", steps),
        {"T": provider},
        on_step=reports.append,
        progress=lambda *done: counted.append(done),
    )
    assert provider.done == [("delete", "other"), ("delete", "last")]
    kept = {report.step.resource.logical: report.kept for report in reports if report.kept}
    assert kept == dict.fromkeys(("setting", "role", "policy"), "Others log by it.")
    assert counted[-1] == (5, 5)


def test_what_is_gone_already_counts_as_deleted() -> None:
    class Gone(FakeProvider):
        def delete(self, observed: Observed) -> None:
            msg = "gone"
            raise NotFoundError(msg)

    plan = Plan("s", (step("a", action=Action.DELETE),))
    reports: list[StepReport] = []
    execute(plan, {"T": Gone()}, on_step=reports.append, sleep=lambda _: None)
    assert [(report.step.resource.logical, report.error) for report in reports] == [("a", None)]


def test_unexpected_exception_is_not_swallowed() -> None:
    class Broken(FakeProvider):
        def create(self, resource: Resource) -> Mapping[str, str]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        execute(Plan("s", (step("a"),)), {"T": Broken()})
