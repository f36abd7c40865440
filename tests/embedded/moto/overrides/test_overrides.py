"""What moto drops, keeps or answers wrongly, and we mend: seen through AWS's own client."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import control_planes
import pytest
from archives import app_zip
from override_probes import make_function

from tracing_lab.embedded.moto.function_specs import routes_to
from tracing_lab.embedded.moto.plane import ControlPlane

REGION = "eu-west-1"
TAGS = [{"Key": "Owner", "Value": "me"}]

ClientOf = Callable[[str], Any]


@pytest.fixture
def client_of(tmp_path: Path) -> Iterator[ClientOf]:
    """Make clients whose requests go straight into a control plane."""
    control = ControlPlane(tmp_path)

    yield partial(control_planes.client_of, control)
    control.reset()
    control.close()


@pytest.fixture
def functions(client_of: ClientOf) -> Any:
    """Return the client of Lambda, with a function ``f``."""
    make_function(client_of)
    return client_of("lambda")


def test_processor_of_a_function_can_be_changed(functions: Any) -> None:
    functions.update_function_code(FunctionName="f", ZipFile=app_zip(), Architectures=["arm64"])
    assert functions.get_function_configuration(FunctionName="f")["Architectures"] == ["arm64"]


def test_ephemeral_storage_of_a_function_can_be_changed(functions: Any) -> None:
    size = {"EphemeralStorage": {"Size": 1024}}
    shown = functions.update_function_configuration(FunctionName="f", **size)
    assert shown["EphemeralStorage"] == {"Size": 1024}
    functions.update_function_configuration(FunctionName="f", Timeout=5)  # which leaves it alone
    found = functions.get_function_configuration(FunctionName="f")
    assert (found["EphemeralStorage"], found["Timeout"]) == ({"Size": 1024}, 5)
    ((_, spec),) = routes_to(REGION, "f", None)
    assert spec.ephemeral_mb == 1024


def test_ephemeral_storage_has_lambdas_limit(functions: Any) -> None:
    with pytest.raises(functions.exceptions.ClientError) as refused:
        functions.update_function_configuration(FunctionName="f", EphemeralStorage={"Size": 10241})
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    shown = functions.get_function_configuration(FunctionName="f")["EphemeralStorage"]
    assert shown == {"Size": 512}


def test_second_retry_setting_counts(functions: Any) -> None:
    for retries in (1, 0):
        functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=retries)
    found = functions.get_function_event_invoke_config(FunctionName="f")
    assert found["MaximumRetryAttempts"] == 0


def test_reserved_concurrency_of_nothing_is_shown(functions: Any) -> None:
    assert "Concurrency" not in functions.get_function(FunctionName="f")
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    shown = functions.get_function(FunctionName="f")["Concurrency"]
    assert shown == {"ReservedConcurrentExecutions": 0}


def test_key_of_a_log_group_can_be_changed(client_of: ClientOf) -> None:
    logs, key = client_of("logs"), f"arn:aws:kms:{REGION}:123456789012:key/1"
    logs.create_log_group(logGroupName="g")
    logs.associate_kms_key(logGroupName="g", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="g")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.associate_kms_key(logGroupName="none", kmsKeyId=key)


def test_dashboards_keep_the_tags_that_they_are_made_with(client_of: ClientOf) -> None:
    cloudwatch = client_of("cloudwatch")
    dashboard = {"DashboardName": "d", "DashboardBody": "{}"}
    cloudwatch.put_dashboard(**dashboard, Tags=TAGS)
    arn = cloudwatch.get_dashboard(DashboardName="d")["DashboardArn"]
    cloudwatch.put_dashboard(**dashboard, Tags=[{"Key": "Late", "Value": "x"}])  # too late
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "Team", "Value": "us"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["Owner"])
    found = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert found == [{"Key": "Team", "Value": "us"}]
    cloudwatch.delete_dashboards(DashboardNames=["d"])
    cloudwatch.put_dashboard(**dashboard)
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def test_alarm_made_anew_has_none_of_the_old_ones_tags(client_of: ClientOf) -> None:
    cloudwatch = client_of("cloudwatch")
    alarm: dict[str, Any] = {
        "AlarmName": "a",
        "Namespace": "N",
        "MetricName": "M",
        "Statistic": "Sum",
    }
    alarm |= {"Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0}
    alarm |= {"ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(**alarm, Tags=TAGS)
    arn = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    cloudwatch.delete_alarms(AlarmNames=["a"])
    cloudwatch.put_metric_alarm(**alarm)
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def test_keys_and_usage_plans_can_be_tagged_and_rates_have_fractions(client_of: ClientOf) -> None:
    gateway = client_of("apigateway")
    key_id = gateway.create_api_key(name="k", tags={"a": "1"})["id"]
    plan_id = gateway.create_usage_plan(name="p", throttle={"rateLimit": 5, "burstLimit": 3})["id"]
    for path in (f"apikeys/{key_id}", f"usageplans/{plan_id}"):
        arn = f"arn:aws:apigateway:{REGION}::/{path}"
        gateway.tag_resource(resourceArn=arn, tags={"b": "2"})
        gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}
    assert gateway.get_api_key(apiKey=key_id)["tags"] == {"b": "2"}
    change = {"op": "replace", "path": "/throttle/rateLimit", "value": "2.5"}
    burst = {"op": "replace", "path": "/throttle/burstLimit", "value": "7"}
    gateway.update_usage_plan(usagePlanId=plan_id, patchOperations=[change, burst])
    found = gateway.get_usage_plan(usagePlanId=plan_id)["throttle"]
    assert found == {"rateLimit": 2.5, "burstLimit": 7}


def test_resource_has_the_web_acl_that_it_got_last(client_of: ClientOf) -> None:
    waf = client_of("wafv2")
    stage = f"arn:aws:apigateway:{REGION}::/restapis/abc/stages/prod"
    nothing = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False}
    arns = [
        waf.create_web_acl(
            Name=name,
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={**nothing, "MetricName": name},
        )["Summary"]["ARN"]
        for name in ("one", "two")
    ]
    for arn in (*arns, arns[1]):
        waf.associate_web_acl(ResourceArn=stage, WebACLArn=arn)
    assert waf.get_web_acl_for_resource(ResourceArn=stage)["WebACL"]["ARN"] == arns[1]
    waf.disassociate_web_acl(ResourceArn=stage)
    assert "WebACL" not in waf.get_web_acl_for_resource(ResourceArn=stage)
