"""Plans as text and JSON."""

import json

from stacks import node

from tracing_lab.stack import Observed, Plan, output, plan
from tracing_lab.stack.rendering import drift_text


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
    found = plan([node("a", Ref=output("b")), node("b", Fixed=2)], observed, stack="shop-test")
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
    text = drift_text(found.to_json())
    assert text.endswith("3 differences in 2 resources. Run apply to revert.")
    assert drift_text(Plan("s").to_json()) == "No drift: s is as it was applied."


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
