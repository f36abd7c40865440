"""One step against a world that does the work and loses the answer, or was changed meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.deploy.performing import perform
from tracing_lab.errors import AwsError, NotFoundError
from tracing_lab.stack import Action, Change, Observed, Resource, Step

LOST = AwsError("lost", operation="s:Create", outcome_unknown=True)
EXISTS = AwsError("exists", operation="s:Create", code="EntityAlreadyExists")
ITEM = Resource("T", "item", "item", {"Size": 1}, create_only=frozenset({"Fixed"}))


class World:
    """Has things of a size; each call may fail before or after it did its work."""

    def __init__(self, *things: int, owned: bool = True) -> None:
        self.things, self.owned = list(things), owned
        self.failures: list[tuple[Exception | None, bool]] = []
        self.made = 0
        self.waits_s: list[float] = []

    def fail(self, error: Exception, *, after_work: bool) -> "World":
        self.failures.append((error, after_work))
        return self

    def observe(self, resource: Resource) -> Observed | None:
        if not self.things:
            return None
        return Observed(ITEM, {"Size": self.things[0]}, {"Id": "id-1"}, owned=self.owned)

    def create(self, resource: Resource) -> Mapping[str, str]:
        self._do(lambda: self._make(resource.properties["Size"]))
        return {"Id": "id-1"}

    def update(self, resource: Resource, observed: Observed, changed: frozenset[str]) -> None:
        assert changed == {"Size"}
        self._do(lambda: self._resize(resource.properties["Size"]))

    def delete(self, observed: Observed) -> None:
        self._do(self._remove)

    def _make(self, size: int) -> None:
        self.things.append(size)
        self.made += 1

    def _resize(self, size: int) -> None:
        self._remove()
        self.things.append(size)

    def _remove(self) -> None:
        if not self.things:
            msg = "gone"
            raise NotFoundError(msg)
        self.things.pop()

    def _do(self, work: Callable[[], None]) -> None:
        error, after_work = self.failures.pop(0) if self.failures else (None, True)
        if after_work:
            work()
        if error is not None:
            raise error


def run(world: World, step: Step) -> Mapping[str, str]:
    provider: Any = world
    return perform(step, {}, provider, sleep=world.waits_s.append)


CREATE = Step(Action.CREATE, ITEM)
FOUND = Observed(ITEM, {"Size": 7}, {"Id": "id-1"})
UPDATE = Step(Action.UPDATE, ITEM, (Change("Size", 7, 1),), observed=FOUND)
DELETE = Step(Action.DELETE, ITEM, observed=FOUND)


@pytest.mark.parametrize("after_work", [True, False])
def test_creation_whose_answer_is_lost_makes_one_thing(*, after_work: bool) -> None:
    world = World().fail(LOST, after_work=after_work)
    assert run(world, CREATE) == {"Id": "id-1"}
    assert world.things == [1]
    assert len(world.waits_s) == 1


def test_what_is_half_made_is_finished() -> None:
    # GIVEN a thing of another size that an earlier try has left
    world = World(7).fail(EXISTS, after_work=False)
    assert run(world, CREATE) == {"Id": "id-1"}
    assert world.things == [1]


def test_thing_of_someone_else_is_neither_taken_nor_changed() -> None:
    world = World(1, owned=False).fail(EXISTS, after_work=False)
    with pytest.raises(AwsError, match="exists"):
        run(world, CREATE)
    assert world.things == [1]


def test_what_vanished_before_its_update_is_made_anew() -> None:
    world = World()
    assert run(world, UPDATE) == {"Id": "id-1"}
    assert world.things == [1]


@pytest.mark.parametrize("after_work", [True, False])
def test_deletion_whose_answer_is_lost_ends_with_nothing(*, after_work: bool) -> None:
    world = World(1).fail(LOST, after_work=after_work)
    assert run(world, DELETE) == {}
    assert world.things == []


@pytest.mark.parametrize("after_work", [True, False])
@pytest.mark.parametrize("lost", [1, 2])
def test_renewal_whose_answer_is_lost_leaves_one_new_thing(*, lost: int, after_work: bool) -> None:
    # GIVEN a thing that is as wanted and must be made anew, and a lost deletion or creation
    bound = replace(ITEM, bound_to="other")
    world = World(1)
    for _ in range(lost - 1):
        world.failures.append((None, True))
    world.fail(LOST, after_work=after_work)
    run(world, Step(Action.REPLACE, bound, observed=Observed(ITEM, {"Size": 1})))
    assert world.things == [1]
    assert world.made


def test_part_that_is_gone_does_not_pass_for_the_whole() -> None:
    # GIVEN a deletion that does not find something on its way, such as a role's policy
    world = World(1).fail(NotFoundError("policy"), after_work=False)
    run(world, DELETE)
    assert world.things == []


def test_looks_are_bounded() -> None:
    world = World()
    for _ in range(99):
        world.fail(LOST, after_work=False)
    with pytest.raises(AwsError, match="lost"):
        run(world, CREATE)
    assert len(world.waits_s) < 10


def test_refusal_is_final() -> None:
    world = World().fail(AwsError("no", code="AccessDenied"), after_work=False)
    with pytest.raises(AwsError, match="no"):
        run(world, CREATE)
    assert world.waits_s == []
