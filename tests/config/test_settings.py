"""Every setting is declared once, and decides in the stack what its declaration says."""

from typing import Any

import pytest
from setting_values import EVERYTHING, FEEDING, another, covers, without
from stacks import wanted

from tracing_lab.config import SETTINGS, Config, Setting
from tracing_lab.config.parsing import parse
from tracing_lab.stack import Resource
from tracing_lab.stack.differing import differences

# What follows from other properties: a digest of the API's methods, and figures of all kinds.
FOLLOWING = ("AWS::ApiGateway::Deployment.Description", "AWS::CloudWatch::Dashboard.DashboardBody")


def described(values: dict[str, Any]) -> dict[str, Resource]:
    return wanted(Config(**values))


def changed(old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    """Return the types that come or go, and the properties that change, as ``Type.Property``."""
    before, after = described(old), described(new)
    kept = before.keys() & after.keys()
    found = {one.type for name, one in (before | after).items() if name not in kept}
    for name in kept:
        changes = differences(before[name].properties, after[name].properties)
        found |= {f"{before[name].type}.{change.path}" for change in changes}
    return {one for one in found if not one.startswith(FOLLOWING)}


def decided(setting: Setting) -> set[str]:
    """Return what changes in the stack with a setting alone."""
    if setting.is_switch:
        off = without(setting)
        return changed({**off, setting.name: False}, {**off, setting.name: True})
    value = EVERYTHING.get(setting.name, setting.default)
    return changed(EVERYTHING, {**EVERYTHING, setting.name: another(setting, value)})


@pytest.mark.parametrize("setting", FEEDING, ids=lambda setting: setting.name)
def test_setting_decides_what_its_declaration_says(setting: Setting) -> None:
    paths = decided(setting)
    assert [one for one in setting.feeds if not any(covers(one, path) for path in paths)] == []
    assert [path for path in paths if not any(covers(one, path) for one in setting.feeds)] == []


def test_only_the_place_of_a_stack_decides_nothing_in_it() -> None:
    place = {"project_name", "environment", "aws_region", "target", "endpoint_url"}
    place |= {"embedded_port", "embedded_state_dir"}
    assert {name for name, one in SETTINGS.items() if not one.feeds} == place


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)
def test_setting_is_complete(setting: Setting) -> None:
    assert setting.help[0].isupper() or setting.help[0] == "`"
    assert not setting.help.endswith(".")
    assert setting.limits is not None or setting.is_switch
    assert {setting.needs, setting.pair} <= {None, *SETTINGS}


@pytest.mark.parametrize("setting", FEEDING, ids=lambda setting: setting.name)
def test_text_of_a_value_is_read_as_the_value(setting: Setting) -> None:
    value = another(setting, setting.default)
    if not isinstance(value, dict | tuple):
        assert parse(setting.type, str(value)) == value
