"""What the stack's options add to it, as described: nothing here talks to AWS."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from setting_values import EVERYTHING, FEEDING, another
from stacks import ALARMS, CODE, CONFIG, OPTIONS, SITE, WEB_ACL, added, wanted, with_options

from tracing_lab.config import SERVICES, Config, Setting
from tracing_lab.stack import Observed, plan, resources, retired

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def of_each(kind: str) -> set[str]:
    return {f"{service}-{kind}" for service in SERVICES}


@pytest.mark.parametrize(
    "options,logical",
    [
        ({"enable_dead_letter_queues": True}, of_each("dead-letters")),
        ({"lambda_max_retries": 0}, of_each("retries")),
        ({"lambda_max_event_age_s": 60}, of_each("retries")),
        ({"enable_dashboard": True}, {"dashboard"}),
        ({"enable_api_key": True}, {"api-key", "usage-plan", "usage-plan-key"}),
        ({"waf_web_acl_arn": WEB_ACL}, {"web-acl"}),
        ({"enable_x_ray_group": True}, {"trace-group"}),
        ({"x_ray_sampling_rate": 0}, {"sampling-rule"}),
    ],
)
def test_each_option_adds_its_resources_and_they_are_tagged(
    options: dict[str, Any], logical: set[str]
) -> None:
    assert added(**options) == logical
    for name in logical:
        resource = with_options(**options)[name]
        tags = resource.properties.get("Tags", {"tracing-lab:stack": "shop-test"})
        assert tags == {"tracing-lab:stack": "shop-test"}
        assert "Tags" in resource.properties or resource.part_of


@pytest.mark.parametrize("setting", FEEDING, ids=lambda setting: setting.name)
def test_whatever_a_setting_can_add_is_deleted_without_it(setting: Setting) -> None:
    value = setting.is_switch or another(setting, setting.default)
    with_it = wanted(Config(**{**EVERYTHING, setting.name: value}))
    assert with_it.keys() - wanted().keys() <= {one.logical for one in retired(CONFIG, SITE)}


@given(st.sets(st.sampled_from(sorted(OPTIONS))), st.sampled_from([{}, ALARMS]))
def test_whatever_is_not_wanted_is_retired(names: set[str], alarms: dict[str, Any]) -> None:
    options = {name: OPTIONS[name] for name in names} | alarms
    config = CONFIG.replace(**options)
    here = {resource.logical for resource in resources(config, SITE, CODE)}
    gone = {resource.logical for resource in retired(config, SITE)}
    assert not here & gone
    assert here | gone == set(with_options(**OPTIONS, **ALARMS, tracer="opentelemetry"))


def test_with_every_option_references_are_among_the_dependencies_and_all_is_json() -> None:
    items = with_options(**OPTIONS, **ALARMS)
    for resource in items.values():
        text = json.dumps(resource.properties)
        assert json.loads(text) == resource.properties
        for name in items:
            if f"${{{name}." in text:
                assert name in resource.depends_on, resource.logical


@given(st.sets(st.sampled_from(sorted(OPTIONS))), st.sampled_from([{}, ALARMS]))
def test_any_of_it_can_be_deleted_in_order(names: set[str], alarms: dict[str, Any]) -> None:
    items = with_options(**{name: OPTIONS[name] for name in names}, **alarms)
    observed = {name: Observed(item, item.properties) for name, item in items.items()}
    position = {step.resource.logical: n for n, step in enumerate(plan([], observed).steps)}
    assert set(position) == set(items)
    if "usage-plan" in items:
        assert position["usage-plan"] < position["api"]  # which could not go before


def test_functions_get_processor_concurrency_and_namespace() -> None:
    items = with_options(
        lambda_architecture="arm64",
        lambda_reserved_concurrency={"order": 5},
        metrics_namespace="Shop",
    )
    order, payment = items["order-function"].properties, items["payment-function"].properties
    assert (order["Architectures"], order["ReservedConcurrentExecutions"]) == (["arm64"], 5)
    assert "ReservedConcurrentExecutions" not in payment
    assert payment["Environment"]["Variables"]["METRICS_NAMESPACE"] == "Shop"


def test_key_encrypts_all_log_groups() -> None:
    items = with_options(log_kms_key_arn=KEY)
    groups = [one for one in items.values() if one.type == "AWS::Logs::LogGroup"]
    assert [group.properties["KmsKeyId"] for group in groups] == [KEY] * 5


@pytest.mark.parametrize(
    "options",
    [
        {"enable_api_key": True},
        {"enable_request_validation": True},
        {"api_allowed_cidrs": ("10.0.0.0/8",)},
    ],
)
def test_what_a_deployment_keeps_makes_a_new_one(options: dict[str, Any]) -> None:
    assert with_options(**options)["deployment"].name != with_options()["deployment"].name
