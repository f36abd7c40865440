"""The stack as plain data: which resources it consists of."""

import json
from dataclasses import replace

from stacks import CONFIG, SITE, wanted

from tracing_lab.stack import Names, resolve, retired


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
