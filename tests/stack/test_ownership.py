"""What may be changed: that which carries the stack's tag."""

from dataclasses import replace
from typing import Any

from stacks import node

from tracing_lab.stack import Action, Observed, Plan, plan


def test_resource_without_our_tag_is_neither_changed_nor_deleted() -> None:
    items = {"a": node("a", Size=1)}
    foreign = {"a": Observed(items["a"], {"Size": 2}, owned=False)}
    assert plan([], foreign).steps == ()
    assert [resource.name for resource in plan(list(items.values()), foreign).foreign] == ["a"]


def test_resource_that_only_lost_its_tags_is_known_again() -> None:
    tags = {"tracing-lab:stack": "shop-test", "Owner": "me"}
    item = node("a", Size=1, Tags=tags)

    def found(**properties: Any) -> Plan:
        return plan([item], {"a": Observed(item, properties, owned=False)})

    lost = found(Size=1, Tags={"Owner": "me"})
    assert [(step.action, step.changed) for step in lost.steps] == [
        (Action.UPDATE, frozenset({"Tags"}))
    ]
    assert lost.foreign == ()
    for properties in ({"Size": 2, "Tags": {}}, {"Size": 1, "Tags": {"Owner": "else"}}):
        assert found(**properties).foreign == (item,)
    adopted = plan([item], {"a": Observed(item, {"Size": 2, "Tags": {}}, owned=False)}, adopt=True)
    assert [step.changed for step in adopted.steps] == [{"Size", "Tags"}]
    assert plan([], {"a": Observed(item, {"Size": 1, "Tags": {}}, owned=False)}).steps == ()


def test_part_belongs_to_whoever_owns_the_whole() -> None:
    whole, part = node("whole"), replace(node("part", "whole", Size=2), part_of="whole")
    theirs = {"whole": Observed(whole, {"Size": 1}, owned=False), "part": Observed(part, {})}
    assert plan([], theirs).steps == ()
    ours = {"whole": Observed(whole, {}), "part": Observed(part, {"Size": 1}, owned=False)}
    assert [step.action for step in plan([whole, part], ours).steps] == [Action.UPDATE]
