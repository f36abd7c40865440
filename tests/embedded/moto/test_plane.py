"""The control plane: moto answers, the journal remembers, the catalog reads."""

import json
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of, make_api, make_function

from tracing_lab.embedded.model import LogSettings
from tracing_lab.embedded.moto.plane import ControlPlane


def test_a_replay_gives_every_resource_the_id_it_had(tmp_path: Path) -> None:
    # GIVEN resources with made-up ids
    first = ControlPlane(tmp_path)
    api_id, gateway = make_api(first)
    resources = gateway.get_resources(restApiId=api_id)["items"]
    first._app.reset()  # what a killed process forgets
    first.close()
    # WHEN another process takes over the folder
    second = ControlPlane(tmp_path)
    second.replay()
    # THEN it knows the same things under the same ids
    gateway = client_of(second, "apigateway")
    assert gateway.get_resources(restApiId=api_id)["items"] == resources
    assert second.catalog(REGION).stage(api_id, "prod").methods[0].resource_path == "/{id}"
    second.reset()
    second.close()


def test_reading_is_not_remembered(control: ControlPlane) -> None:
    client_of(control, "lambda").list_functions()
    client_of(control, "events").list_rules()
    client_of(control, "iam").list_roles()
    assert list(control._journal) == []


def test_a_refused_call_is_not_remembered(control: ControlPlane) -> None:
    events = client_of(control, "events")
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.put_targets(Rule="none", Targets=[{"Id": "1", "Arn": "arn:aws:lambda:x:1:f:g"}])
    assert list(control._journal) == []


def test_reset_forgets_resources_and_journal(control: ControlPlane) -> None:
    make_function(control)
    control.reset()
    assert list(control._journal) == []
    assert client_of(control, "lambda").list_functions()["Functions"] == []


def test_a_function_is_read_as_provisioned(control: ControlPlane) -> None:
    arn = make_function(control)["FunctionArn"]
    spec = control.catalog(REGION).function(arn)
    assert (spec.name, spec.handler, spec.timeout_s) == ("f", "app.handler", 7.0)
    assert (spec.tracing_mode, dict(spec.environment)) == ("Active", {"A1": "1"})
    assert spec == control.catalog(REGION).function("f")


def test_an_update_gives_the_function_another_revision(control: ControlPlane) -> None:
    make_function(control)
    before = control.catalog(REGION).function("f")
    client_of(control, "lambda").update_function_configuration(FunctionName="f", Timeout=8)
    after = control.catalog(REGION).function("f")
    assert (before.timeout_s, after.timeout_s) == (7.0, 8.0)
    assert before.revision != after.revision


def test_an_unknown_function_is_a_key_error(control: ControlPlane) -> None:
    with pytest.raises(KeyError, match="nobody"):
        control.catalog(REGION).function("nobody")


def test_event_invoke_settings_reach_the_spec(control: ControlPlane) -> None:
    make_function(control)
    client_of(control, "lambda").put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60
    )
    spec = control.catalog(REGION).function("f")
    assert (spec.max_retries, spec.max_event_age_s) == (1, 60.0)


def test_only_the_named_service_and_source_may_invoke(control: ControlPlane) -> None:
    arn = make_function(control)["FunctionArn"]
    client_of(control, "lambda").add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn="arn:aws:events:eu-west-1:123456789012:rule/bus/*",
    )
    may = control.catalog(REGION).may_invoke
    rule = "arn:aws:events:eu-west-1:123456789012:rule/bus/r"
    assert may(arn, principal="events.amazonaws.com", source_arn=rule)
    assert not may(arn, principal="apigateway.amazonaws.com", source_arn=rule)
    assert not may(arn, principal="events.amazonaws.com", source_arn=rule.replace("bus", "other"))


def test_enabled_rules_come_with_their_targets(control: ControlPlane) -> None:
    events = client_of(control, "events")
    events.create_event_bus(Name="b")
    pattern = {"source": ["order.service"]}
    events.put_rule(Name="on", EventBusName="b", EventPattern=json.dumps(pattern))
    events.put_rule(
        Name="off", EventBusName="b", EventPattern=json.dumps(pattern), State="DISABLED"
    )
    events.put_targets(
        Rule="on", EventBusName="b", Targets=[{"Id": "1", "Arn": "arn:t", "InputPath": "$.detail"}]
    )
    (rule,) = control.catalog(REGION).rules("b")
    assert (rule.name, rule.pattern) == ("on", pattern)
    assert [(one.arn, one.input_path) for one in rule.targets] == [("arn:t", "$.detail")]
    assert control.catalog(REGION).has_bus("arn:aws:events:eu-west-1:123456789012:event-bus/b")
    assert not control.catalog(REGION).has_bus("c")


def test_a_stage_serves_its_deployment_not_later_edits(control: ControlPlane) -> None:
    api_id, gateway = make_api(control)
    resource_id = control.catalog(REGION).stage(api_id, "prod").methods[0].resource_id
    gateway.put_method(
        restApiId=api_id, resourceId=resource_id, httpMethod="GET", authorizationType="NONE"
    )
    gateway.put_integration(restApiId=api_id, resourceId=resource_id, httpMethod="GET", type="MOCK")
    methods = control.catalog(REGION).stage(api_id, "prod").methods
    assert [(one.http_method, one.integration_type) for one in methods] == [("POST", "AWS_PROXY")]
    assert methods[0].function_arn == f"arn:aws:lambda:{REGION}:123456789012:function:f"
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    assert len(control.catalog(REGION).stage(api_id, "prod").methods) == 2


def test_apis_are_found_in_their_region(control: ControlPlane) -> None:
    api_id, _gateway = make_api(control)
    assert control.region_where(lambda catalog: catalog.has_api(api_id)) == REGION
    assert control.region_where(lambda catalog: catalog.has_api("nothing")) is None


def test_log_events_make_group_and_stream(control: ControlPlane) -> None:
    now_ms = 1000 * int(time.time())
    control.put_log_events(REGION, "/g", "s", [(now_ms + 1, "two"), (now_ms, "one")])
    logs = client_of(control, "logs")
    found = logs.filter_log_events(logGroupName="/g")["events"]
    assert [event["message"] for event in found] == ["one", "two"]


def test_apis_and_stages_can_be_tagged(control: ControlPlane) -> None:
    api_id, gateway = make_api(control)
    for path in (f"/restapis/{api_id}", f"/restapis/{api_id}/stages/prod"):
        arn = f"arn:aws:apigateway:{REGION}::{path}"
        gateway.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}
    assert gateway.get_rest_api(restApiId=api_id)["tags"] == {"b": "2"}
    assert gateway.get_stage(restApiId=api_id, stageName="prod")["tags"] == {"b": "2"}


def test_an_unknown_api_cannot_be_tagged(control: ControlPlane) -> None:
    gateway = client_of(control, "apigateway")
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.tag_resource(
            resourceArn=f"arn:aws:apigateway:{REGION}::/restapis/none", tags={"a": "1"}
        )


def test_the_tracing_mode_can_be_changed(control: ControlPlane) -> None:
    make_function(control)
    lambdas = client_of(control, "lambda")
    answer = lambdas.update_function_configuration(
        FunctionName="f", TracingConfig={"Mode": "PassThrough"}
    )
    assert answer["TracingConfig"] == {"Mode": "PassThrough"}
    assert control.catalog(REGION).function("f").tracing_mode == "PassThrough"


def test_a_dead_letter_queue_survives_a_restart(tmp_path: Path) -> None:
    arn = f"arn:aws:sqs:{REGION}:123456789012:letters"
    first = ControlPlane(tmp_path)
    assert make_function(first, DeadLetterConfig={"TargetArn": arn})["DeadLetterConfig"]
    first._app.reset()  # what a killed process forgets
    first.close()
    second = ControlPlane(tmp_path)
    second.replay()
    assert second.catalog(REGION).function("f").dead_letter_arn == arn
    second.reset()
    second.close()


def test_logging_settings_are_kept_shown_and_given(control: ControlPlane) -> None:
    make_function(control, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"})
    functions = client_of(control, "lambda")
    shown = functions.get_function_configuration(FunctionName="f")["LoggingConfig"]
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}
    assert shown == {"LogFormat": "JSON", "LogGroup": "/aws/lambda/f", **levels}
    before = control.catalog(REGION).function("f")
    assert before.logging == LogSettings(json=True, system_level="WARN")
    config = {"LogFormat": "Text", "LogGroup": "/own"}
    answer = functions.update_function_configuration(FunctionName="f", LoggingConfig=config)
    assert answer["LoggingConfig"] == config
    after = control.catalog(REGION).function("f")
    assert (after.logging, after.log_group) == (LogSettings(), "/own")
    assert after.revision != before.revision


def test_an_unknown_log_level_is_refused_before_anything_changes(control: ControlPlane) -> None:
    with pytest.raises(ClientError, match=r"systemLogLevel.*\[DEBUG, INFO, WARN\]"):
        make_function(control, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "TRACE"})
    assert client_of(control, "lambda").list_functions()["Functions"] == []


def test_a_role_is_assumable_by_the_service_that_it_trusts(control: ControlPlane) -> None:
    principal = {"Service": "apigateway.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    arn = client_of(control, "iam").create_role(
        RoleName="gateway", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )["Role"]["Arn"]
    assert control.assumable(arn, "apigateway.amazonaws.com")
    assert not control.assumable(arn, "lambda.amazonaws.com")
    assert not control.assumable(f"{arn}-nope", "apigateway.amazonaws.com")


def test_versions_and_aliases_are_found_under_their_names(control: ControlPlane) -> None:
    logs = {"LogFormat": "JSON"}
    assert make_function(control, Publish=True, LoggingConfig=logs)["Version"] == "1"
    functions = client_of(control, "lambda")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.update_function_configuration(FunctionName="f", Timeout=9)
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=3)
    catalog = control.catalog(REGION)
    latest, version, alias = (catalog.function("f", one) for one in (None, "1", "live"))
    assert [one.timeout_s for one in (latest, version, alias)] == [9, 7, 7]
    assert [one.version for one in (latest, version, alias)] == ["$LATEST", "1", "1"]
    assert latest.logging.json is version.logging.json is alias.logging.json is True
    assert {one.reserved_concurrency for one in (latest, version, alias)} == {3}
    assert latest.invoked_arn == latest.arn
    assert latest.qualified_arn == f"{latest.arn}:$LATEST"
    assert alias.invoked_arn == alias.qualified_arn == f"{latest.arn}:live"
    assert catalog.function("f:live") == catalog.function(f"{latest.arn}:live") == alias
    with pytest.raises(KeyError):
        catalog.function("f", "gone")


def test_an_alias_with_weights_gives_each_version_its_share(control: ControlPlane) -> None:
    make_function(control, Publish=True)
    functions = client_of(control, "lambda")
    functions.update_function_configuration(FunctionName="f", Timeout=9)
    functions.publish_version(FunctionName="f")
    weights = {"AdditionalVersionWeights": {"2": 0.25}}
    functions.create_alias(
        FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=weights
    )
    catalog = control.catalog(REGION)
    picked = [catalog.function("f", "live") for _ in range(400)]
    share = sum(one.version == "2" for one in picked) / len(picked)
    assert {one.version for one in picked} == {"1", "2"}
    assert {one.qualifier for one in picked} == {"live"}
    assert 0.1 < share < 0.4  # less likely than 1 in 10 billion to miss
