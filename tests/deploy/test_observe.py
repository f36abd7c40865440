"""Looking at what exists: resources one by one, or several with one call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracing_lab.deploy.observe import observe
from tracing_lab.stack import Observed, Resource, output


class OneByOne:
    """Finds everything, and gives an id."""

    def __init__(self) -> None:
        self.looked: list[Any] = []

    def observe(self, resource: Resource) -> Observed | None:
        self.looked.append(resource.logical)
        return Observed(resource, resource.properties, {"Id": f"{resource.logical}-id"})

    def create(self, resource: Resource) -> Mapping[str, str]:
        raise NotImplementedError

    def update(self, resource: Resource, observed: Observed, changed: frozenset[str]) -> None:
        raise NotImplementedError

    def delete(self, observed: Observed) -> None:
        raise NotImplementedError


class Together(OneByOne):
    """Finds those with an even number."""

    def observe_many(self, resources: Sequence[Resource]) -> list[Observed | None]:
        self.looked.append(len(resources))
        found = [Observed(one, one.properties) for one in resources]
        return [one if int(one.resource.name) % 2 == 0 else None for one in found]


def node(type_: str, number: int, **properties: Any) -> Resource:
    return Resource(type_, f"{type_}{number}", str(number), properties)


def test_provider_that_can_is_asked_for_several_at_once() -> None:
    one, many = OneByOne(), Together()
    resources = [node("a", 1), *(node("b", number) for number in range(20)), node("a", 2)]
    found = observe(resources, {"a": one, "b": many})
    assert sorted(one.looked) == ["a1", "a2"]
    assert sum(many.looked) == 20
    assert len(many.looked) <= 4
    assert set(found) == {"a1", "a2", *(f"b{number}" for number in range(0, 20, 2))}


def test_references_are_resolved_first_and_stay_in_the_description() -> None:
    many = Together()
    resources = [node("b", 2, Needs=output("a")), Resource("a", "a", "x", {})]
    found = observe(resources, {"a": OneByOne(), "b": many})
    assert found["b2"].properties == {"Needs": "a-id"}
    assert found["b2"].resource.properties == {"Needs": "${a.Id}"}


def test_without_what_it_refers_to_a_resource_exists_unless_that_identifies_it() -> None:
    needs = node("b", 2, Needs=output("gone"))
    of_it = replace(needs, logical="b4", create_only=frozenset({"Needs"}))
    found = observe([needs, of_it], {"b": Together()})
    assert {name: item.properties for name, item in found.items()} == {
        "b2": {"Needs": "${gone.Id}"}
    }
