"""Changes behind the stack's back: each is reported with path and both values, and mended."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from archives import app_zip
from fault_proxy import NamedClients

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import DeployError
from tracing_lab.stack import Names, Site

OWNER_TAG = "tracing-lab:stack"
POST = "Methods./orders/{customerId}.POST"
POLICY = "Policies.least-privilege"
SOURCES = ["order.service", "anyone"]
Changes = dict[tuple[str, str], tuple[Any, Any]]


def sha256_base64(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


ZIP = app_zip("def handler(*_): pass")


@dataclass(frozen=True)
class Stack:
    """A stack, and what someone needs to change it with other tools."""

    config: Config
    clients: NamedClients
    aws: Aws
    names: Names
    api_id: str

    @classmethod
    def make(cls, endpoint_url: str) -> "Stack":
        config = Config(
            project_name="drifting",
            endpoint_url=endpoint_url,
            tags={"Owner": "me"},
            enable_alarms=True,
        )
        clients = NamedClients(config)
        aws = Aws(config, client_factory=clients)
        names = Names(config, Site("123456789012", config.aws_region))
        return cls(config, clients, aws, names, deploy.apply(config, aws=aws).api_id)

    def drift(self) -> Changes:
        found = deploy.drift(self.config, aws=self.aws)
        return {
            (step.resource.logical, change.path): (change.old, change.new)
            for step in found.steps
            for change in step.changes
        }

    def put_rule(self, service: str, state: str, *sources: str) -> None:
        pattern = {"source": list(sources), "detail-type": ["Order Created"]}
        rule = self.names.rule(service)
        self.aws.events.put_rule(self.names.bus, rule, pattern=pattern, state=state)

    def widen_policy(self, service: str) -> None:
        role, name = self.names.role(service), POLICY.partition(".")[2]
        policy = self.aws.iam.role_policies(role)[name]
        policy["Statement"][1]["Action"] = "*"
        self.aws.iam.put_role_policy(role, name, policy)

    def raise_threshold(self, alarm: str) -> None:
        client, name = self.clients("cloudwatch"), self.names.name(alarm)
        found = client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        members = client.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        same = {key: value for key, value in found.items() if key in members}
        client.put_metric_alarm(**{**same, "Threshold": 9000.0})

    def rebuild_method(self, *, authorization: str, uri: str) -> None:
        """Make POST anew with other settings; moto knows no UpdateMethod (2026-11)."""
        items = self.aws.gateway.resources(self.api_id)
        resource_id = {item["path"]: item["id"] for item in items}["/orders/{customerId}"]
        where = {"restApiId": self.api_id, "resourceId": resource_id, "httpMethod": "POST"}
        client = self.clients("apigateway")
        client.delete_method(**where)
        client.put_method(**where, authorizationType=authorization)
        client.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)


@pytest.fixture(scope="module")
def stack(embedded_url: str) -> Iterator[Stack]:
    made = Stack.make(embedded_url)
    yield made
    deploy.destroy(made.config, confirm=True, aws=made.aws)


def test_every_change_by_hand_is_reported_with_both_values_and_mended(stack: Stack) -> None:
    aws, names = stack.aws, stack.names
    assert stack.drift() == {}
    before = aws.lambda_.get_function(names.function("payment"))["Configuration"]
    # GIVEN the changes that people make
    changed = {"MemorySize": 512, "EphemeralStorage": {"Size": 1024}}
    aws.lambda_.update_configuration(names.function("order"), **changed)
    variables = {**before["Environment"]["Variables"], "LOG_LEVEL": "DEBUG"}
    aws.lambda_.update_configuration(
        names.function("payment"), Environment={"Variables": variables}
    )
    stack.put_rule("payment", "DISABLED", "order.service")
    stack.put_rule("inventory", "ENABLED", *SOURCES)
    stack.widen_policy("notification")
    extra = {"Id": "extra", "Arn": names.function_arn("order")}
    aws.events.put_targets(names.bus, names.rule("notification"), [extra])
    aws.logs.put_retention(names.log_group("order"), 1)
    aws.events.untag(names.bus_arn, ["Owner"])
    aws.iam.untag(names.role("payment"), [OWNER_TAG])
    off = [{"op": "replace", "path": "/tracingEnabled", "value": "false"}]
    aws.gateway.update_stage(stack.api_id, "prod", off)
    aws.lambda_.remove_permission(names.function("order"), names.name("order-permission"))
    aws.lambda_.update_code(names.function("payment"), ZIP)
    stack.raise_threshold("api-latency")
    admin = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    statement = {"Version": "2012-10-17", "Statement": [admin]}
    aws.iam.put_role_policy(names.role("inventory"), "extra", statement)
    stack.rebuild_method(authorization="AWS_IAM", uri=names.invocation_uri("payment"))
    # THEN each is reported
    order_uri, payment_uri = names.invocation_uri("order"), names.invocation_uri("payment")
    traces = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": names.function("order"),
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": names.arn("execute-api", f"{stack.api_id}/prod/POST/orders/*"),
    }
    code = sha256_base64(ZIP), before["CodeSha256"]
    assert stack.drift() == {
        ("order-function", "EphemeralStorage.Size"): (1024, 512),
        ("order-function", "MemorySize"): (512, 128),
        ("payment-function", "Environment.Variables.LOG_LEVEL"): ("DEBUG", "INFO"),
        ("payment-rule", "State"): ("DISABLED", "ENABLED"),
        ("inventory-rule", "EventPattern.source"): (SOURCES, ["order.service"]),
        ("notification-role", f"{POLICY}.Statement[1].Action"): ("*", traces),
        ("inventory-role", "Policies.extra"): (statement, None),
        ("notification-rule", "Targets.extra"): ({"Arn": names.function_arn("order")}, None),
        ("order-log-group", "RetentionInDays"): (1, 14),
        ("bus", "Tags.Owner"): (None, "me"),
        ("payment-role", f"Tags.{OWNER_TAG}"): (None, "drifting-dev"),
        ("stage", "TracingEnabled"): (False, True),
        ("api-latency-alarm", "Threshold"): (9000.0, 3000.0),
        **{("order-permission", path): (None, value) for path, value in permission.items()},
        ("payment-function", "CodeSha256"): code,
        ("api", f"{POST}.AuthorizationType"): ("AWS_IAM", None),
        ("api", f"{POST}.Uri"): (payment_uri, order_uri),
    }
    # AND apply mends them all
    deploy.apply(stack.config, aws=aws)
    assert stack.drift() == {}


def test_what_lost_its_tag_and_was_changed_is_only_taken_over_when_asked(stack: Stack) -> None:
    aws, names = stack.aws, stack.names
    aws.lambda_.untag(names.function_arn("order"), [OWNER_TAG])
    aws.lambda_.update_configuration(names.function("order"), Timeout=3)
    assert stack.drift() == {
        ("order-function", "Timeout"): (3, 30),
        ("order-function", f"Tags.{OWNER_TAG}"): (None, "drifting-dev"),
    }
    with pytest.raises(DeployError, match="apply --adopt"):
        deploy.apply(stack.config, aws=aws)
    deploy.apply(stack.config, adopt=True, aws=aws)
    assert stack.drift() == {}


def test_second_api_and_unserved_snapshots_are_found_and_removed(stack: Stack) -> None:
    # GIVEN what an answer that got lost may leave behind
    gateway = stack.aws.gateway
    other = gateway.create_api(stack.names.api, tags=stack.names.tags)["id"]
    snapshot = gateway.create_deployment(stack.api_id, description="of old")
    assert stack.drift() == {
        ("api", "Duplicates"): ([other], None),
        ("deployment", "Stale"): ([snapshot], None),
    }
    deploy.apply(stack.config, aws=stack.aws)
    assert stack.drift() == {}
    assert [api["id"] for api in gateway.apis_named(stack.names.api)] == [stack.api_id]


def test_log_group_that_lambda_made_is_taken_over(stack: Stack) -> None:
    name = stack.names.log_group("order")
    stack.aws.logs.delete_group(name)
    stack.aws.logs.create_group(name, {})
    # moto gives a new group the tags of an old one of its name (2026-11)
    stack.aws.logs.untag(stack.names.log_group_arn("order"), ["Owner", OWNER_TAG])
    assert {path for _, path in stack.drift()} == {
        "RetentionInDays",
        "Tags.Owner",
        f"Tags.{OWNER_TAG}",
    }
    deploy.apply(stack.config, aws=stack.aws)
    assert stack.drift() == {}


def test_role_deleted_by_hand_comes_back_with_a_new_function(stack: Stack) -> None:
    """Lambda decrypts variables by a grant for the role's unique id: the old function cannot."""
    config, aws, names = stack.config, stack.aws, stack.names
    role = names.role("order")
    for policy in aws.iam.role_policies(role):
        aws.iam.delete_role_policy(role, policy)
    aws.iam.delete_role(role)
    assert [step.resource.logical for step in deploy.drift(config, aws=aws).steps] == ["order-role"]
    found = deploy.plan(config, aws=aws)
    assert {step.resource.logical: step.action.value for step in found.steps} == {
        "order-role": "create",
        "order-function": "replace",
        "order-permission": "create",
    }
    assert "because order-role is created anew" in str(found)
    stack.clients.operations.clear()
    deploy.apply(config, aws=aws)
    made = [name for name in stack.clients.changes if name.endswith("Function")]
    assert made == ["lambda:DeleteFunction", "lambda:CreateFunction"]
    assert not deploy.plan(config, aws=aws)
    assert aws.lambda_.permissions(names.function("order"))
