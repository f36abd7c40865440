"""The stack as plain data: resources, names, policies and plans."""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.config import SERVICES, Config
from tracing_lab.stack import (
    Action,
    Names,
    Observed,
    Plan,
    Resource,
    Site,
    plan,
    resolve,
    resources,
    retired,
)
from tracing_lab.stack.planning import in_order
from tracing_lab.stack.rendering import drift_text

SITE = Site("123456789012", "us-east-1")
CONFIG = Config(project_name="shop", environment="test")


@dataclass(frozen=True)
class Zip:
    """A deployment zip of which only names matter."""

    sha256_base64: str = "c2hh"
    handler: str = "app.handler"


def wanted(config: Config = CONFIG, site: Site = SITE) -> dict[str, Resource]:
    code = dict.fromkeys(SERVICES, Zip())
    return {resource.logical: resource for resource in resources(config, site, code)}


def existing(items: dict[str, Resource]) -> dict[str, Observed]:
    """Everything as wanted, with made-up ids."""
    outputs = {name: {"Id": f"{name}-id"} for name in items}
    return {
        name: Observed(item, resolve(item.properties, outputs), outputs[name])
        for name, item in items.items()
    }


def node(name: str, *needs: str, **properties: Any) -> Resource:
    return Resource(
        type="T",
        logical=name,
        name=name,
        properties=properties,
        depends_on=needs,
        create_only=frozenset({"Fixed"}),
    )


def test_stack_has_the_resources_of_the_original_system() -> None:
    count: dict[str, int] = {}
    for resource in wanted().values():
        count[resource.type] = count.get(resource.type, 0) + 1
    assert count == {
        "AWS::ApiGateway::Account": 1,
        "AWS::ApiGateway::Deployment": 1,
        "AWS::ApiGateway::RestApi": 1,
        "AWS::ApiGateway::Stage": 1,
        "AWS::Events::EventBus": 1,
        "AWS::Events::Rule": 3,
        "AWS::IAM::Role": 5,
        "AWS::Lambda::Function": 4,
        "AWS::Lambda::Permission": 4,
        "AWS::Logs::LogGroup": 5,
    }


def test_names_are_derived_from_account_region_and_config() -> None:
    names = Names(CONFIG, SITE)
    suffix = names.suffix
    assert names.function("order") == f"shop-test-order-{suffix}"
    assert names.bus_arn.endswith(f"event-bus/shop-test-bus-{suffix}")
    assert len(suffix) == 8
    others = [Site("210987654321", "us-east-1"), Site("123456789012", "eu-west-1")]
    assert len({suffix, *(Names(CONFIG, other).suffix for other in others)}) == 3


def test_arns_follow_the_partition() -> None:
    china = Names(CONFIG, Site("123456789012", "cn-north-1", "aws-cn"))
    assert china.function_arn("order").startswith("arn:aws-cn:lambda:cn-north-1:123456789012:")


def test_everything_that_can_be_tagged_carries_owner_and_user_tags() -> None:
    tagless = {
        "AWS::ApiGateway::Account",
        "AWS::ApiGateway::Deployment",
        "AWS::Lambda::Permission",
    }
    for resource in wanted(CONFIG.replace(tags={"Owner": "me"})).values():
        expected = {"Owner": "me", "tracing-lab:stack": "shop-test"}
        if resource.type not in tagless:
            assert resource.properties["Tags"] == expected, resource.logical


def test_rules_let_exactly_the_right_events_through() -> None:
    rules = {name: r for name, r in wanted().items() if r.type == "AWS::Events::Rule"}
    patterns = {name: rule.properties["EventPattern"] for name, rule in rules.items()}
    order = {"source": ["order.service"], "detail-type": ["Order Created"]}
    assert patterns == {
        "payment-rule": order,
        "inventory-rule": order,
        "notification-rule": {
            "source": ["payment.service", "inventory.service"],
            "detail-type": ["Payment Processed", "Inventory Updated"],
        },
    }


def test_functions_know_bus_service_and_faults() -> None:
    items = wanted(CONFIG.replace(faults={"payment": {"error_rate": 0.5}}))
    environment = items["payment-function"].properties["Environment"]["Variables"]
    assert environment == {
        "EVENT_BUS_NAME": Names(CONFIG, SITE).bus,
        "SERVICE_NAME": "payment",
        "LOG_LEVEL": "INFO",
        "METRICS_NAMESPACE": "TracingLab",
        "FAULTS": '{"error_rate": 0.5}',
    }
    assert "FAULTS" not in items["order-function"].properties["Environment"]["Variables"]


@pytest.mark.parametrize("service", SERVICES)
def test_roles_allow_only_own_log_traces_and_own_bus(service: str) -> None:
    names = Names(CONFIG, SITE)
    policy = wanted()[f"{service}-role"].properties["Policies"]["least-privilege"]
    granted = {item["Sid"]: item["Resource"] for item in policy["Statement"]}
    expected = {
        "WriteOwnLog": names.log_group_arn(f"/aws/lambda/{names.function(service)}") + ":*",
        "WriteTraces": "*",
    }
    if service != "notification":
        expected["PublishToOwnBus"] = names.bus_arn
    assert granted == expected


def test_permissions_are_scoped_to_rule_and_api() -> None:
    items, names = wanted(), Names(CONFIG, SITE)
    payment = items["payment-permission"].properties
    assert (payment["Principal"], payment["SourceArn"]) == (
        "events.amazonaws.com",
        names.rule_arn("payment"),
    )
    arn = resolve(items["order-permission"].properties["SourceArn"], {"api": {"Id": "abc"}})
    assert arn == "arn:aws:execute-api:us-east-1:123456789012:abc/prod/POST/orders/*"


def test_monitoring_decides_on_metrics_access_log_and_account_role() -> None:
    items = wanted(CONFIG.replace(enable_detailed_monitoring=False))
    assert items["stage"].properties["AccessLogSetting"] == {}
    assert items["stage"].properties["MetricsEnabled"] is False
    assert not {"api-account", "api-log-role"} & set(items)
    off = retired(CONFIG.replace(enable_detailed_monitoring=False), SITE)
    on = retired(CONFIG, SITE)
    assert {one.logical for one in off} - {one.logical for one in on} == {
        "api-account",
        "api-log-role",
    }


def test_log_role_that_someone_else_set_is_left_alone() -> None:
    site = replace(SITE, foreign_log_role=True)
    items = wanted(site=site)
    assert not {"api-account", "api-log-role"} & set(items)
    assert items["stage"].properties["AccessLogSetting"]["Format"].startswith('{"requestId"')


def test_pass_through_switches_functions_and_stage() -> None:
    items = wanted(CONFIG.replace(x_ray_tracing_mode="PassThrough"))
    assert items["order-function"].properties["TracingConfig"] == {"Mode": "PassThrough"}
    assert items["stage"].properties["TracingEnabled"] is False
    assert wanted()["stage"].properties["TracingEnabled"] is True


def test_references_are_always_among_the_dependencies() -> None:
    for resource in wanted().values():
        text = json.dumps(resource.properties)
        for name in wanted():
            if f"${{{name}." in text:
                assert name in resource.depends_on, resource.logical


def test_properties_survive_json() -> None:
    for resource in wanted().values():
        assert json.loads(json.dumps(resource.properties)) == resource.properties


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
    assert [(step.action, step.changed) for step in lost.steps] == [(Action.UPDATE, {"Tags"})]
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


def test_part_of_a_replaced_whole_is_made_anew() -> None:
    whole, part = node("whole", Fixed=2), replace(node("part", "whole", Size=2), part_of="whole")
    observed = {"whole": Observed(whole, {"Fixed": 1}), "part": Observed(part, {"Size": 2})}
    actions = [step.action for step in plan([whole, part], observed).steps]
    assert actions == [Action.REPLACE, Action.CREATE]


def test_every_attribute_is_in_the_plan() -> None:
    item = node("a", Nested={"Inner": [1], "Other": {}}, Size=1)
    created = plan([item], {}).steps[0]
    assert [(change.path, change.old, change.new) for change in created.changes] == [
        ("Nested.Inner", None, [1]),
        ("Nested.Other", None, {}),
        ("Size", None, 1),
    ]
    deleted = plan([], {"a": Observed(item, item.properties)}).steps[0]
    assert [(change.path, change.old) for change in deleted.changes][1:] == [
        ("Nested.Other", {}),
        ("Size", 1),
    ]


def test_widened_statement_is_named_by_its_place() -> None:
    old = {"P": {"own": {"Statement": [{"Action": "a"}, {"Action": "*"}]}}}
    new = {"P": {"own": {"Statement": [{"Action": "a"}, {"Action": "b"}]}}}
    changes = plan([node("a", **new)], {"a": Observed(node("a"), old)}).steps[0].changes
    assert [(c.path, c.old, c.new) for c in changes] == [("P.own.Statement[1].Action", "*", "b")]
    assert changes[0].property == "P"


def test_details_name_every_attribute_and_the_reason() -> None:
    observed = {"b": Observed(node("b"), {"Fixed": 1}), "c": Observed(node("c"), {"Size": 1})}
    found = plan([node("a", Ref="${b.Id}"), node("b", Fixed=2)], observed, stack="shop-test")
    assert found.details().split("\n\n") == [
        "+ create T a\n    Ref: (known after apply)",
        "-/+ replace T b, because Fixed cannot be changed in place\n    Fixed: 1 -> 2",
        "- delete T c\n    Size: 1",
        "Plan for shop-test: 1 to create, 1 to replace, 1 to delete.",
    ]
    assert "because Fixed cannot be changed in place" in str(found)
    assert found.to_json()["steps"][1]["reason"] == "Fixed cannot be changed in place"
    assert "Ref: (known after apply)" in found._repr_html_()


def test_drift_has_path_and_both_values() -> None:
    item = node("a", Size=1, Tags={"Owner": "me"})
    found = plan([item, node("b")], {"a": Observed(item, {"Size": 2, "Tags": {}})}, stack="s")
    lines = [line.split() for line in drift_text(found.to_json()).splitlines()]
    assert ["T", "a", "Size", "2", "1"] in lines
    assert ["T", "a", "Tags.Owner", "null", '"me"'] in lines
    assert ["T", "b", "nothing", "exists"] in lines
    assert drift_text(found.to_json()).endswith("3 differences in 2 resources. apply mends it.")
    assert drift_text(Plan("s").to_json()) == "No drift: s is as it was applied."


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


def test_plan_table_marks_each_kind_of_step() -> None:
    observed = {
        "b": Observed(node("b"), {"Size": 1}),
        "c": Observed(node("c"), {"Fixed": 1}),
        "d": Observed(node("d"), {}),
        "e": Observed(node("e"), {}, owned=False),
    }
    found = plan([node("a"), node("b", Size=2), node("c", Fixed=2)], observed, stack="shop-test")
    lines = [line.split() for line in str(found).splitlines()]
    assert ["+", "T", "a"] in lines
    assert ["~", "T", "b", "Size:", "1", "->", "2"] in lines
    assert ["-/+", "T", "c", "Fixed:", "1", "->", "2"] in lines
    assert ["-", "T", "d"] in lines
    assert "Left alone: T e does not carry this stack's tag." in str(found)
    assert str(found).endswith("1 to create, 1 to update, 1 to replace, 1 to delete.")
    assert "<td>~</td><td>T</td><td>b</td>" in found._repr_html_()


def test_empty_plan_says_so() -> None:
    assert str(Plan("shop-test")) == "Nothing to do: shop-test is as wanted."
    assert "Nothing to do" in Plan("shop-test")._repr_html_()


def test_plan_is_json() -> None:
    found = plan([node("a", Size=1)], {}, stack="shop-test")
    assert json.loads(json.dumps(found.to_json())) == {
        "stack": "shop-test",
        "summary": {"create": 1, "update": 0, "replace": 0, "delete": 0},
        "steps": [
            {
                "action": "create",
                "type": "T",
                "logical": "a",
                "name": "a",
                "changes": [{"path": "Size", "old": None, "new": 1}],
                "after": [],
            }
        ],
        "foreign": [],
    }


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
