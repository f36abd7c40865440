"""Steps from what exists to what is wanted, in a working order."""

from dataclasses import replace

from hypothesis import given, strategies as st
from stacks import CONFIG, node, wanted

from tracing_lab.config import SERVICES
from tracing_lab.stack import Action, Observed, Resource, plan, resolve
from tracing_lab.stack.planning import in_order


def existing(items: dict[str, Resource]) -> dict[str, Observed]:
    """Everything as wanted, with made-up ids."""
    outputs = {name: {"Id": f"{name}-id"} for name in items}
    return {
        name: Observed(item, resolve(item.properties, outputs), outputs[name])
        for name, item in items.items()
    }


def test_nothing_exists_so_everything_is_created_in_order() -> None:
    steps = plan(list(wanted().values()), {}).steps
    assert len(steps) == 26
    assert {step.action for step in steps} == {Action.CREATE}
    done: set[str] = set()
    for step in steps:
        assert set(step.after) <= done
        done.add(step.resource.logical)


def test_everything_is_as_wanted_so_nothing_is_done() -> None:
    items = wanted()
    found = plan(list(items.values()), existing(items))
    assert not found
    assert found.steps == ()


def test_changed_attribute_is_updated_and_shown() -> None:
    before, after = wanted(), wanted(CONFIG.replace(lambda_memory_size=256))
    found = plan(list(after.values()), existing(before))
    assert [step.resource.logical for step in found.steps] == [f"{s}-function" for s in SERVICES]
    assert [(c.path, c.old, c.new) for c in found.steps[0].changes] == [("MemorySize", 128, 256)]


def test_stage_follows_a_new_deployment() -> None:
    items = wanted()
    found = existing(items)
    stale = {"Description": "older", "RestApiId": "api-id"}
    found["deployment"] = replace(found["deployment"], properties=stale)
    steps = {step.resource.logical: step for step in plan(list(items.values()), found).steps}
    assert [step.action for step in steps.values()] == [Action.REPLACE, Action.UPDATE]
    assert steps["stage"].after == ("deployment",)
    assert steps["stage"].changes[0].new == "${deployment.Id}"


def test_lost_api_is_made_anew_with_its_permission() -> None:
    items = wanted()
    found = existing(items)
    for name in ("api", "deployment", "stage"):
        del found[name]
    steps = plan(list(items.values()), found).steps
    actions = {step.resource.logical: step.action.value for step in steps}
    assert actions == {
        "api": "create",
        "deployment": "create",
        "stage": "create",
        "order-permission": "replace",
    }


def test_part_of_a_replaced_whole_is_made_anew() -> None:
    whole, part = node("whole", Fixed=2), replace(node("part", "whole", Size=2), part_of="whole")
    observed = {"whole": Observed(whole, {"Fixed": 1}), "part": Observed(part, {"Size": 2})}
    actions = [step.action for step in plan([whole, part], observed).steps]
    assert actions == [Action.REPLACE, Action.CREATE]


def test_function_is_replaced_with_its_role_since_its_grant_was_for_the_old_one() -> None:
    items = wanted()
    found = existing(items)
    del found["order-role"]
    function = found["order-function"]
    other = {**function.properties, "MemorySize": 512}
    found["order-function"] = replace(function, properties=other)
    del found["payment-role"]
    steps = {step.resource.logical: step for step in plan(list(items.values()), found).steps}
    assert {name: step.action.value for name, step in steps.items()} == {
        "order-role": "create",
        "order-function": "replace",
        "order-permission": "create",
        "payment-role": "create",
        "payment-function": "replace",
        "payment-permission": "create",
    }
    assert [change.path for change in steps["order-function"].changes] == ["MemorySize"]
    assert steps["payment-function"].changes == ()
    assert steps["payment-function"].after == ("payment-role",)
    assert steps["payment-function"].observed == found["payment-function"]
    assert steps["payment-function"].reason == (
        "payment-role is created anew, and AWS's grant was for the old one"
    )


def test_function_stays_when_its_role_is_changed_only() -> None:
    items = wanted()
    found = existing(items)
    found["order-role"].properties["ManagedPolicyArns"].append("arn:aws:iam::aws:policy/Any")
    steps = plan(list(items.values()), found).steps
    assert [(step.resource.logical, step.action) for step in steps] == [
        ("order-role", Action.UPDATE)
    ]


def test_deletion_goes_from_dependants_to_dependencies() -> None:
    items = wanted()
    steps = plan([], existing(items)).steps
    position = {step.resource.logical: number for number, step in enumerate(steps)}
    assert len(steps) == 26
    assert position["payment-rule"] < position["bus"]
    assert position["payment-rule"] < position["payment-function"]
    assert position["order-function"] < position["order-log-group"]
    assert position["order-function"] < position["order-role"]
    assert position["api"] < position["stage"] < position["access-log-group"]
    last = {step.resource.type for step in steps[-5:]}
    assert last == {"AWS::Logs::LogGroup"}


def test_retired_resource_goes_after_all_changes() -> None:
    old, new = node("old"), node("new")
    steps = plan([new], {"old": Observed(old, {})}).steps
    assert [(step.action, step.after) for step in steps] == [
        (Action.CREATE, ()),
        (Action.DELETE, ("new",)),
    ]


def test_change_of_a_fixed_property_is_a_replacement() -> None:
    found = plan([node("a", Fixed=2)], {"a": Observed(node("a"), {"Fixed": 1})})
    assert found.steps[0].action is Action.REPLACE


@given(st.lists(st.sets(st.integers(0, 7)), min_size=8, max_size=8), st.data())
def test_any_partial_stack_is_completed_in_a_working_order(
    needs: list[set[int]], data: st.DataObject
) -> None:
    items = [
        node(str(number), *(str(other) for other in sorted(needed) if other < number))
        for number, needed in enumerate(needs)
    ]
    present = data.draw(st.sets(st.sampled_from([item.logical for item in items])))
    observed = {item.logical: Observed(item, {}) for item in items if item.logical in present}
    steps = plan(items, observed).steps
    assert {step.resource.logical for step in steps} == {i.logical for i in items} - present
    done: set[str] = set()
    for step in steps:
        assert set(step.after) <= done
        assert set(step.resource.depends_on) - done <= present
        done.add(step.resource.logical)
    assert {item.logical for item in in_order(items)} == {item.logical for item in items}
