"""A plan shows which settings the stack has had."""

from typing import Any

import pytest
from setting_values import EVERYTHING, FEEDING, another, without
from stacks import wanted

from tracing_lab.config import Config, Setting
from tracing_lab.cost import estimate
from tracing_lab.stack import Observed, Plan, config_before, plan, resolve

# No property has the value itself, but a part or another form of it, or none has the default.
NOT_SHOWN = {
    "alarm_p95_ms",
    "api_allowed_cidrs",
    "enable_request_validation",
    "event_max_age_s",
    "event_max_retries",
    "faults",
    "lambda_max_retries",
    "lambda_reserved_concurrency",
    "propagate_own_span",
    "tags",
}


def change(old: Config, new: Config) -> Plan:
    """Return the plan that makes another stack of one."""
    items = wanted(old)
    outputs = {name: {"Id": f"{name}-id"} for name in items}
    found = {
        name: Observed(item, resolve(item.properties, outputs), outputs[name])
        for name, item in items.items()
    }
    return plan(list(wanted(new).values()), found)


def changed(setting: Setting) -> tuple[Config, Config]:
    """Return two configs that differ in one setting, and otherwise have as much as can be."""
    if setting.is_switch:
        off = without(setting)
        return Config(**{**off, setting.name: False}), Config(**{**off, setting.name: True})
    value = EVERYTHING.get(setting.name, setting.default)
    other = {**EVERYTHING, setting.name: another(setting, value)}
    return Config(**EVERYTHING), Config(**other)


@pytest.mark.parametrize("setting", FEEDING, ids=lambda setting: setting.name)
def test_the_old_value_of_a_changed_setting_is_found(setting: Setting) -> None:
    for old, new in (changed(setting), changed(setting)[::-1]):
        before = config_before(change(old, new), new)
        assert before is not None
        shown = {} if setting.name not in NOT_SHOWN else {setting.name: getattr(old, setting.name)}
        assert before.replace(**shown) == old


@pytest.mark.parametrize("setting", FEEDING, ids=lambda setting: setting.name)
def test_the_old_bill_is_that_of_the_old_settings(setting: Setting) -> None:
    for old, new in (changed(setting), changed(setting)[::-1]):
        before = config_before(change(old, new), new)
        assert before is not None
        assert bill(before) == bill(old)


def bill(config: Config) -> float:
    return estimate(config, requests_per_month=1_000_000, free_tier=False).total_usd


OPTIONS: dict[str, Any] = {
    "enable_alarms": True,
    "enable_dead_letter_queues": True,
    "x_ray_sampling_rate": 0.5,
}


def test_several_settings_can_come_and_go_at_once() -> None:
    none, all_ = Config(), Config(**OPTIONS)
    assert config_before(change(none, all_), all_) == none
    assert config_before(change(all_, none), none) == all_


def test_alarms_that_come_with_queues_do_not_look_like_all_alarms() -> None:
    old = Config(enable_alarms=True)
    new = old.replace(enable_dead_letter_queues=True)
    assert config_before(change(old, new), new) == old


def test_a_stack_without_functions_has_had_no_settings() -> None:
    new = Config()
    assert config_before(plan(list(wanted(new).values()), {}), new) is None
