"""What the stack's options add to it, as described: nothing here talks to AWS."""

import json
from dataclasses import dataclass
from typing import Any

import jsonschema
import pytest
from hypothesis import given, strategies as st

from shop.orders import order_from_request
from shop.rest_api import InvalidRequestError
from tracing_lab.config import SERVICES, Config
from tracing_lab.filters import parse
from tracing_lab.stack import Names, Observed, Resource, Site, plan, resources, retired

SITE = Site("123456789012", "us-east-1")
CONFIG = Config(project_name="shop", environment="test")
NAMES = Names(CONFIG, SITE)
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/1"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


@dataclass(frozen=True)
class Zip:
    """A deployment zip of which only names matter."""

    sha256_base64: str = "c2hh"
    handler: str = "app.handler"


def wanted(**options: Any) -> dict[str, Resource]:
    code = dict.fromkeys(SERVICES, Zip())
    config = CONFIG.replace(**options)
    return {resource.logical: resource for resource in resources(config, SITE, code)}


def added(**options: Any) -> set[str]:
    return set(wanted(**options)) - set(wanted())


def of_each(kind: str) -> set[str]:
    return {f"{service}-{kind}" for service in SERVICES}


OPTIONS: dict[str, Any] = {
    "enable_dead_letter_queues": True,
    "enable_api_key": True,
    "enable_dashboard": True,
    "lambda_max_retries": 1,
    "enable_x_ray_group": True,
    "waf_web_acl_arn": WEB_ACL,
    "x_ray_sampling_rate": 0.5,
}
ALARMS = {"enable_alarms": True, "enable_alarm_topic": True, "alarm_email": "me@example.com"}


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
        resource = wanted(**options)[name]
        tags = resource.properties.get("Tags", {"tracing-lab:stack": "shop-test"})
        assert tags == {"tracing-lab:stack": "shop-test"}
        assert "Tags" in resource.properties or resource.part_of


@given(st.sets(st.sampled_from(sorted(OPTIONS))), st.sampled_from([{}, ALARMS]))
def test_whatever_is_not_wanted_is_retired(names: set[str], alarms: dict[str, Any]) -> None:
    options = {name: OPTIONS[name] for name in names} | alarms
    config = CONFIG.replace(**options)
    code = dict.fromkeys(SERVICES, Zip())
    here = {resource.logical for resource in resources(config, SITE, code)}
    gone = {resource.logical for resource in retired(config, SITE)}
    assert not here & gone
    assert here | gone == set(wanted(**OPTIONS, **ALARMS))


def test_with_every_option_references_are_among_the_dependencies_and_all_is_json() -> None:
    items = wanted(**OPTIONS, **ALARMS)
    for resource in items.values():
        text = json.dumps(resource.properties)
        assert json.loads(text) == resource.properties
        for name in items:
            if f"${{{name}." in text:
                assert name in resource.depends_on, resource.logical


@given(st.sets(st.sampled_from(sorted(OPTIONS))), st.sampled_from([{}, ALARMS]))
def test_any_of_it_can_be_deleted_in_order(names: set[str], alarms: dict[str, Any]) -> None:
    items = wanted(**{name: OPTIONS[name] for name in names}, **alarms)
    observed = {name: Observed(item, item.properties) for name, item in items.items()}
    position = {step.resource.logical: n for n, step in enumerate(plan([], observed).steps)}
    assert set(position) == set(items)
    if "usage-plan" in items:
        assert position["usage-plan"] < position["api"]  # which could not go before


def test_dead_letters_of_a_rule_and_its_function_go_to_one_queue() -> None:
    items = wanted(enable_dead_letter_queues=True)
    queue = NAMES.queue_arn("payment")
    target = items["payment-rule"].properties["Targets"]["payment"]
    assert target == {"Arn": NAMES.function_arn("payment"), "DeadLetterConfig": {"Arn": queue}}
    function = items["payment-function"].properties
    assert function["DeadLetterConfig"] == {"TargetArn": queue}
    assert "DeadLetterConfig" not in wanted()["payment-function"].properties


def test_only_the_rule_may_send_to_the_queue_and_only_then_the_role_may() -> None:
    items = wanted(enable_dead_letter_queues=True)
    statement = items["payment-dead-letters"].properties["Policy"]["Statement"][0]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": NAMES.rule_arn("payment")}}
    assert items["order-dead-letters"].properties["Policy"] == {}  # no rule feeds it
    policy = items["order-role"].properties["Policies"]["least-privilege"]
    granted = {one["Action"]: one["Resource"] for one in policy["Statement"][2:]}
    assert granted["sqs:SendMessage"] == NAMES.queue_arn("order")
    assert "sqs" not in json.dumps(wanted()["order-role"].properties)


def test_retries_are_named_only_where_they_are_not_those_of_aws() -> None:
    assert list(wanted()["payment-rule"].properties["Targets"]["payment"]) == ["Arn"]
    items = wanted(event_max_retries=3, lambda_max_event_age_s=120)
    assert items["payment-rule"].properties["Targets"]["payment"]["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 86400,
        "MaximumRetryAttempts": 3,
    }
    settings = items["payment-retries"].properties
    assert (settings["MaximumEventAgeInSeconds"], settings["MaximumRetryAttempts"]) == (120, 2)


def test_functions_get_processor_concurrency_and_namespace() -> None:
    items = wanted(
        lambda_architecture="arm64",
        lambda_reserved_concurrency={"order": 5},
        metrics_namespace="Shop",
    )
    order, payment = items["order-function"].properties, items["payment-function"].properties
    assert (order["Architectures"], order["ReservedConcurrentExecutions"]) == (["arm64"], 5)
    assert "ReservedConcurrentExecutions" not in payment
    assert payment["Environment"]["Variables"]["METRICS_NAMESPACE"] == "Shop"


def test_key_encrypts_all_log_groups() -> None:
    items = wanted(log_kms_key_arn=KEY)
    groups = [one for one in items.values() if one.type == "AWS::Logs::LogGroup"]
    assert [group.properties["KmsKeyId"] for group in groups] == [KEY] * 5


def alarms(**options: Any) -> dict[str, Any]:
    """Alarms by what they watch: metric and the last part of the dimension."""
    items = wanted(enable_alarms=True, **options).values()
    found = [item.properties for item in items if item.type == "AWS::CloudWatch::Alarm"]
    return {f"{one['MetricName']} {next(iter(one['Dimensions'].values()))}": one for one in found}


def test_alarms_watch_each_function_and_the_api() -> None:
    functions = [NAMES.function(service) for service in SERVICES]
    expected = {
        f"{kind} {name}" for kind in ("Errors", "Throttles", "Duration") for name in functions
    }
    assert set(alarms()) == expected | {f"5XXError {NAMES.api}", f"Latency {NAMES.api}"}
    errors = alarms()[f"Errors {functions[0]}"]
    assert (errors["Statistic"], errors["Threshold"], errors["Period"]) == ("Sum", 0.0, 60)
    assert errors["TreatMissingData"] == "notBreaching"


def test_slowness_is_the_95th_percentile_in_milliseconds() -> None:
    slow = alarms(alarm_p95_ms=250)[f"Duration {NAMES.function('order')}"]
    assert (slow["ExtendedStatistic"], slow["Threshold"]) == ("p95", 250.0)
    assert "Statistic" not in slow


def test_queues_are_watched_where_there_are_any() -> None:
    depth = f"ApproximateNumberOfMessagesVisible {NAMES.queue('order')}"
    assert depth not in alarms()
    assert alarms(enable_dead_letter_queues=True)[depth]["Statistic"] == "Maximum"


def test_alarms_are_published_on_the_topic_if_there_is_one() -> None:
    name = f"Errors {NAMES.function('order')}"
    assert alarms()[name]["AlarmActions"] == []
    found = alarms(enable_alarm_topic=True)[name]
    assert found["AlarmActions"] == found["OKActions"] == [NAMES.topic_arn]
    assert added(enable_alarms=True, enable_alarm_topic=True) - added(enable_alarms=True) == {
        "alarm-topic"
    }
    items = wanted(**ALARMS)
    assert items["order-errors-alarm"].depends_on == ("alarm-topic",)
    assert items["alarm-subscription"].properties["Endpoint"] == "me@example.com"


def test_dashboard_shows_the_stack_and_no_two_graphs_overlap() -> None:
    items = wanted(enable_dashboard=True, enable_dead_letter_queues=True, metrics_namespace="Shop")
    widgets = items["dashboard"].properties["DashboardBody"]["widgets"]
    assert len({(one["x"], one["y"]) for one in widgets}) == len(widgets) == 10
    assert {one["x"] + one["width"] for one in widgets} == {8, 16, 24}
    assert {one["properties"]["region"] for one in widgets} == {"us-east-1"}
    text = json.dumps(widgets)
    for name in (NAMES.api, NAMES.function("payment"), NAMES.queue("order"), '"Shop"'):
        assert name in text


def test_orders_need_the_key_of_a_plan_with_limits() -> None:
    items = wanted(enable_api_key=True, usage_plan_rate=5, usage_plan_burst=3, usage_plan_quota=100)
    post = items["api"].properties["Methods"]["/orders/{customerId}"]["POST"]
    options = items["api"].properties["Methods"]["/orders/{customerId}"]["OPTIONS"]
    assert post["ApiKeyRequired"] is True
    assert "ApiKeyRequired" not in options  # browsers ask without it
    plan = items["usage-plan"].properties
    assert plan["ApiStages"] == [{"ApiId": "${api.Id}", "Stage": "prod"}]
    assert plan["Throttle"] == {"BurstLimit": 3, "RateLimit": 5.0}
    assert plan["Quota"] == {"Limit": 100, "Period": "MONTH"}
    assert items["usage-plan"].depends_on == ("api", "stage")  # so it goes before them


def test_stage_is_throttled_only_where_it_is_asked_for() -> None:
    assert "Throttling" not in wanted()["stage"].properties
    items = wanted(api_throttle_rate=10, api_throttle_burst=5)
    assert items["stage"].properties["Throttling"] == {"BurstLimit": 5, "RateLimit": 10.0}


@pytest.mark.parametrize(
    "options",
    [
        {"enable_api_key": True},
        {"enable_request_validation": True},
        {"api_allowed_cidrs": ("10.0.0.0/8",)},
    ],
)
def test_what_a_deployment_keeps_makes_a_new_one(options: dict[str, Any]) -> None:
    assert wanted(**options)["deployment"].name != wanted()["deployment"].name


def test_addresses_decide_who_may_call() -> None:
    assert "Policy" not in wanted()["api"].properties
    policy = wanted(api_allowed_cidrs=["10.0.0.0/8", "::1/128"])["api"].properties["Policy"]
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Allow", "*")
    assert statement["Condition"] == {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1/128"]}}


@pytest.mark.parametrize(
    "body,fits",
    [
        ({"productId": "12345", "quantity": 2, "amount": 149.99}, True),
        ({"productId": "p", "surprise": 1}, True),
        ({}, False),
        ({"productId": 7}, False),
        ({"productId": "a b"}, False),
        ({"productId": "p", "quantity": 0}, False),
        ({"productId": "p", "quantity": 1001}, False),
        ({"productId": "p", "quantity": 1.5}, False),
        ({"productId": "p", "amount": 0}, False),
    ],
)
def test_schema_takes_what_the_order_service_takes(body: dict[str, Any], fits: bool) -> None:  # noqa: FBT001 - a row of the table
    schema = wanted(enable_request_validation=True)["api"].properties["Models"]["Order"]
    assert jsonschema.Draft4Validator(schema).is_valid(body) is fits
    event = {"pathParameters": {"customerId": "c"}, "body": json.dumps(body)}
    if fits:
        order_from_request(event)
    else:
        with pytest.raises(InvalidRequestError):
            order_from_request(event)


def test_group_holds_the_traces_of_the_functions_under_a_name_that_x_ray_takes() -> None:
    config = Config(project_name="p" * 30, environment="e" * 6, enable_x_ray_group=True)
    names = Names(config, SITE)
    assert len(names.short) == 32
    group = wanted(enable_x_ray_group=True)["trace-group"].properties
    assert parse(group["FilterExpression"])  # X-Ray's language
    assert group["FilterExpression"].count(" OR ") == 3
    assert group["GroupName"] == f"shop-test-{NAMES.suffix}"


def test_sampling_rule_is_that_of_the_stage() -> None:
    items = wanted(x_ray_sampling_rate=0.25, x_ray_sampling_reservoir=3)
    rule = items["sampling-rule"].properties
    assert (rule["FixedRate"], rule["ReservoirSize"]) == (0.25, 3)
    assert rule["ResourceARN"].endswith("::/restapis/${api.Id}/stages/prod")
    assert {rule[name] for name in ("Host", "HTTPMethod", "ServiceName", "URLPath")} == {"*"}


def test_web_acl_protects_the_stage() -> None:
    association = wanted(waf_web_acl_arn=WEB_ACL)["web-acl"].properties
    stage = "arn:aws:apigateway:us-east-1::/restapis/${api.Id}/stages/prod"
    assert association == {"ResourceArn": stage, "WebACLArn": WEB_ACL}
