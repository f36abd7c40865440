"""Plan, apply and destroy on the embedded AWS, and on moto's server as an independent check."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fault_proxy import NamedClients
from moto.server import ThreadedMotoServer

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.executor import StepReport
from tracing_lab.deploy.reports import Remains
from tracing_lab.errors import DeployError, DeployInterruptedError, NotFoundError
from tracing_lab.stack import Action, Names, Plan, Site, policies


@pytest.fixture
def moto_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per request
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


@dataclass(frozen=True)
class Stack:
    """A config with counted clients."""

    config: Config
    clients: NamedClients
    aws: Aws

    @classmethod
    def make(cls, endpoint_url: str, region: str) -> "Stack":
        config = Config(
            project_name="shop", environment="test", aws_region=region, endpoint_url=endpoint_url
        )
        clients = NamedClients(config)
        return cls(config, clients, Aws(config, client_factory=clients, sleep=lambda _: None))


@pytest.fixture(scope="module")
def deployed(embedded_url: str) -> Iterator[Stack]:
    """Deploy a stack for tests that leave it as they found it."""
    stack = Stack.make(embedded_url, "us-east-2")
    deploy.apply(stack.config, aws=stack.aws)
    yield stack
    deploy.destroy(stack.config, confirm=True, aws=stack.aws)


@pytest.fixture(scope="module")
def elsewhere(embedded_url: str) -> Stack:
    return Stack.make(embedded_url, "ap-east-1")


@pytest.fixture
def empty(elsewhere: Stack) -> Iterator[Stack]:
    """Return a region without a stack; what a test deploys there is destroyed afterwards."""
    elsewhere.clients.operations.clear()
    yield elsewhere
    deploy.destroy(elsewhere.config, confirm=True, aws=elsewhere.aws)


def names_of(config: Config) -> Names:
    return Names(config, Site("123456789012", config.aws_region))


def logicals(plan: Plan) -> dict[str, str]:
    return {step.resource.logical: step.action.value for step in plan.steps}


def test_moto_server_accepts_every_call(moto_url: str) -> None:
    stack = Stack.make(moto_url, "us-east-1")
    config, aws = stack.config, stack.aws
    deploy.apply(config, aws=aws)
    stack.clients.operations.clear()
    deploy.apply(config, aws=aws)
    assert stack.clients.changes == []
    changed = config.replace(lambda_memory_size=256, api_gateway_stage_name="beta")
    deploy.apply(changed, aws=aws)
    assert not deploy.plan(changed, aws=aws)
    remains = deploy.destroy(changed, confirm=True, aws=aws).remains
    assert remains is not None
    assert not remains, str(remains)


def test_plan_changes_nothing(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    assert len(deploy.plan(config, aws=aws)) == 26
    assert empty.clients.changes == []


def test_apply_makes_the_stack_and_a_second_one_changes_nothing(deployed: Stack) -> None:
    config, aws = deployed.config, deployed.aws
    assert deployed.clients.changes  # by the fixture
    deployed.clients.operations.clear()
    outputs = deploy.apply(config, aws=aws)
    assert deployed.clients.changes == []
    assert deployed.clients.operations
    assert outputs == deploy.outputs(config)  # with clients of its own
    assert not deploy.drift(config, aws=aws)


def test_deployed_resources_are_as_the_original_system_has_them(deployed: Stack) -> None:
    config, aws = deployed.config, deployed.aws
    outputs = deploy.apply(config, aws=aws)
    function = aws.lambda_.get_function(outputs.function_names["order"])["Configuration"]
    assert (function["Runtime"], function["Timeout"], function["MemorySize"]) == (
        "python3.13",
        30,
        128,
    )
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Environment"]["Variables"]["EVENT_BUS_NAME"] == outputs.event_bus_name
    rules = {rule["Name"]: rule for rule in aws.events.list_rules(outputs.event_bus_name)}
    assert len(rules) == 3
    payment = names_of(config).rule("payment")
    assert json.loads(rules[payment]["EventPattern"])["detail-type"] == ["Order Created"]
    target = aws.events.targets(outputs.event_bus_name, payment)[0]
    assert target["Arn"] == outputs.function_arns["payment"]
    stage = aws.gateway.stages(outputs.api_id)[0]
    assert (stage["stageName"], stage["tracingEnabled"]) == ("prod", True)
    assert stage["methodSettings"]["*/*"]["metricsEnabled"] is True
    assert stage["accessLogSettings"]["destinationArn"].endswith(outputs.log_groups["access"])
    statement = aws.lambda_.permissions(outputs.function_names["order"])
    assert outputs.api_id in json.dumps(statement)
    assert aws.logs.describe_group(outputs.log_groups["order"])["retentionInDays"] == 14


def test_api_answers_preflights_and_hands_orders_to_the_function(deployed: Stack) -> None:
    config, aws = deployed.config, deployed.aws
    outputs = deploy.apply(config, aws=aws)
    items = aws.gateway.resources(outputs.api_id)
    methods = next(i["resourceMethods"] for i in items if i["path"] == "/orders/{customerId}")
    assert set(methods) == {"POST", "OPTIONS"}
    post = methods["POST"]["methodIntegration"]
    assert (post["type"], post["httpMethod"]) == ("AWS_PROXY", "POST")
    assert post["uri"].endswith(f"{outputs.function_arns['order']}/invocations")
    answer = methods["OPTIONS"]["methodIntegration"]["integrationResponses"]["200"]
    origin = answer["responseParameters"]["method.response.header.Access-Control-Allow-Origin"]
    assert origin == "'*'"


def test_changed_config_is_applied_and_then_nothing_is_left_to_do(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    first = deploy.apply(config, aws=aws)
    changed = config.replace(
        lambda_memory_size=256,
        lambda_log_retention_days=30,
        api_gateway_stage_name="beta",
        enable_detailed_monitoring=False,
        faults={"payment": {"error_rate": 0.5}},
    )
    second = deploy.apply(changed, aws=aws)
    assert not deploy.plan(changed, aws=aws)
    assert second.api_id == first.api_id
    assert second.api_endpoint == first.api_endpoint.replace("/prod", "/beta")
    stage = aws.gateway.stages(second.api_id)[0]
    assert (stage["stageName"], stage.get("accessLogSettings")) == ("beta", None)
    assert aws.gateway.log_role_arn() == ""


def test_deployment_by_hand_is_taken_back_and_removed(deployed: Stack) -> None:
    config, aws = deployed.config, deployed.aws
    api_id = deploy.outputs(config, aws=aws).api_id
    other = aws.gateway.create_deployment(api_id, description="by hand")
    move = [{"op": "replace", "path": "/deploymentId", "value": other}]
    aws.gateway.update_stage(api_id, "prod", move)
    assert logicals(deploy.drift(config, aws=aws)) == {"stage": "update"}
    deploy.apply(config, aws=aws)
    assert not deploy.drift(config, aws=aws)
    assert other not in {item["id"] for item in aws.gateway.deployments(api_id)}


def test_changed_methods_make_a_new_deployment_and_drop_the_old(deployed: Stack) -> None:
    # GIVEN a stage that serves a snapshot of older methods, the only one there is
    config, aws = deployed.config, deployed.aws
    api_id = deploy.outputs(config, aws=aws).api_id
    current = aws.gateway.stages(api_id)[0]["deploymentId"]
    old = aws.gateway.create_deployment(api_id, description="tracing-lab methods of old")
    move = [{"op": "replace", "path": "/deploymentId", "value": old}]
    aws.gateway.update_stage(api_id, "prod", move)
    aws.gateway.delete_deployment(api_id, current)
    # WHEN the stack is applied
    found = deploy.plan(config, aws=aws)
    deploy.apply(config, aws=aws)
    # THEN the stage serves a new one and the old one is gone
    assert logicals(found) == {"deployment": "replace", "stage": "update"}
    served = aws.gateway.stages(api_id)[0]["deploymentId"]
    assert [item["id"] for item in aws.gateway.deployments(api_id)] == [served]
    assert not deploy.plan(config, aws=aws)


def test_role_and_tags_changed_by_hand_are_mended(deployed: Stack) -> None:
    config, aws, names = deployed.config, deployed.aws, names_of(deployed.config)
    role = names.role("payment")
    anyone = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    aws.iam.update_trust(role, {"Version": "2012-10-17", "Statement": [anyone]})
    aws.iam.tag(role, {"Surplus": "x"})
    aws.logs.tag(names.log_group_arn("order"), {"Surplus": "x"})
    aws.events.tag(names.bus_arn, {"Surplus": "x"})
    aws.lambda_.tag(names.function_arn("order"), {"Surplus": "x"})
    found = deploy.drift(config, aws=aws)
    assert set(logicals(found)) == {"bus", "order-function", "order-log-group", "payment-role"}
    deploy.apply(config, aws=aws)
    assert not deploy.drift(config, aws=aws)


def test_method_made_by_hand_is_removed(deployed: Stack) -> None:
    config, aws = deployed.config, deployed.aws
    api_id = deploy.outputs(config, aws=aws).api_id
    items = {item["path"]: item["id"] for item in aws.gateway.resources(api_id)}
    aws.gateway.put_method(api_id, items["/orders"], "GET")
    paths = [c.path for step in deploy.drift(config, aws=aws).steps for c in step.changes]
    assert paths == ["Methods./orders"]
    deploy.apply(config, aws=aws)
    assert not deploy.drift(config, aws=aws)


def test_changed_tags_are_applied_everywhere(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    deploy.apply(config, aws=aws)
    changed = config.replace(tags={"Owner": "me"})
    deploy.apply(changed, aws=aws)
    assert not deploy.plan(changed, aws=aws)
    names = names_of(config)
    assert aws.events.tags(names.bus_arn)["Owner"] == "me"
    tags = aws.lambda_.get_function(names.function("order"))["Tags"]
    assert tags == {"Owner": "me", "tracing-lab:stack": config.stack_name}


def test_new_code_is_deployed_alone(deployed: Stack) -> None:
    config, aws = deployed.config, deployed.aws
    deploy.apply(config, aws=aws)
    name = names_of(config).function("order")
    aws.lambda_.update_code(name, b"something else")
    found = deploy.plan(config, aws=aws)
    assert [change.path for step in found.steps for change in step.changes] == ["CodeSha256"]
    deploy.apply(config, aws=aws)
    assert not deploy.plan(config, aws=aws)


def test_interrupted_apply_is_continued(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    ended: list[StepReport] = []

    def interrupt(report: StepReport) -> None:
        ended.append(report)
        if len(ended) == 8:
            raise KeyboardInterrupt

    with pytest.raises(DeployInterruptedError, match="8 of 26 steps had ended"):
        deploy.apply(config, aws=aws, on_step=interrupt)
    left = len(deploy.plan(config, aws=aws))
    assert 0 < left < 26
    deploy.apply(config, aws=aws)
    assert not deploy.plan(config, aws=aws)


@pytest.mark.parametrize("call", [deploy.plan, deploy.drift, deploy.apply, deploy.destroy])
def test_an_interruption_while_looking_says_what_to_do(call: Any, empty: Stack) -> None:
    class Interrupted:
        def __getattr__(self, _: str) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(DeployInterruptedError, match="run the same again to continue") as caught:
        call(empty.config, aws=Interrupted())
    assert isinstance(caught.value, KeyboardInterrupt)
    assert len(caught.value._render_traceback_()) == 1


def test_destroy_is_a_dry_run_until_confirmed(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    deploy.apply(config, aws=aws)
    empty.clients.operations.clear()
    dry = deploy.destroy(config, aws=aws)
    assert (len(dry), dry.count(Action.DELETE), empty.clients.changes) == (26, 26, [])
    deploy.destroy(config, confirm=True, aws=aws)
    assert not deploy.destroy(config, aws=aws)
    assert len(deploy.plan(config, aws=aws)) == 26
    with pytest.raises(NotFoundError, match="Run apply first"):
        deploy.outputs(config, aws=aws)


def test_resource_of_someone_else_stops_apply_before_any_change(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    names = names_of(config)
    aws.events.create_bus(names.bus, {"Owner": "someone else"})
    empty.clients.operations.clear()
    with pytest.raises(DeployError, match=f"not touched: AWS::Events::EventBus {names.bus}"):
        deploy.apply(config, aws=aws)
    assert empty.clients.changes == []
    deploy.destroy(config, confirm=True, aws=aws)
    assert empty.clients.changes == []
    aws.events.delete_bus(names.bus)


def test_log_role_that_someone_else_set_stays(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    other = "arn:aws:iam::123456789012:role/someone-elses"
    aws.iam.create_role("someone-elses", trust=policies.trust("apigateway"), tags={})
    aws.iam.put_role_policy("someone-elses", "logs", policies.api_log_policy())
    aws.gateway.set_log_role(other)
    deploy.apply(config, aws=aws)
    assert aws.gateway.log_role_arn() == other
    with pytest.raises(NotFoundError):
        aws.iam.get_role(names_of(config).api_log_role)
    deploy.destroy(config, confirm=True, aws=aws)
    assert aws.gateway.log_role_arn() == other
    # a setting that names a deleted role counts as none
    aws.iam.delete_role_policy("someone-elses", "logs")
    aws.iam.delete_role("someone-elses")
    deploy.apply(config, aws=aws)
    assert aws.gateway.log_role_arn() == names_of(config).api_log_role_arn


def test_log_role_stays_while_other_apis_log_by_it(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    other = config.replace(environment="other")
    role = names_of(config).api_log_role
    for stack in (config, other):
        deploy.apply(stack, aws=aws)
    gone = deploy.destroy(config, confirm=True, aws=aws)
    # THEN it is said who uses it, and counts as nothing that was forgotten
    assert gone.remains is not None
    assert not gone.remains
    assert [reason.partition(":")[0] for reason in gone.remains.kept] == [role]
    assert gone.remains.swept == ()  # log groups, which are deleted last, are not kept with it
    assert names_of(other).api in str(gone)
    assert "Nothing else is left of shop-test" in str(gone)
    assert aws.gateway.log_role_arn() == names_of(config).api_log_role_arn
    assert aws.iam.get_role(role)
    assert not deploy.plan(other, aws=aws)
    # AND it goes when nobody needs it any more
    deploy.destroy(other, confirm=True, aws=aws)
    again = deploy.destroy(config, confirm=True, aws=aws)
    assert [step.resource.name for step in again.steps] == [role, role]
    assert again.remains == Remains(config.stack_name)
    assert aws.gateway.log_role_arn() == ""


def test_log_role_stays_if_it_cannot_be_known_who_logs_by_it(empty: Stack) -> None:
    deploy.apply(empty.config, aws=empty.aws)
    clients = NamedClients(empty.config)

    def client(service: str) -> Any:
        made = clients(service)
        made.meta.events.register("before-call", reject_lists, unique_id="reject")
        return made

    def reject_lists(model: Any, **_: Any) -> None:
        if model.service_model.service_name == "apigatewayv2":
            error = {"Code": "AccessDeniedException", "Message": "no apigateway:GET on /apis"}
            raise ClientError({"Error": error}, model.name)  # type: ignore[typeddict-item]

    narrow = Aws(empty.config, client_factory=client, sleep=lambda _: None)
    gone = deploy.destroy(empty.config, confirm=True, aws=narrow)
    assert "no apigateway:GET on /apis" in str(gone)
    assert empty.aws.gateway.log_role_arn() == names_of(empty.config).api_log_role_arn
    deploy.destroy(empty.config, confirm=True, aws=empty.aws)
    assert empty.aws.gateway.log_role_arn() == ""


def test_bad_config_leaves_nothing_half_created(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    with pytest.raises(ValueError, match="lambda_timeout"):
        deploy.apply(config.replace(lambda_timeout=0), aws=aws)
    assert len(deploy.plan(config, aws=aws)) == 26


def test_progress_counts_up_to_all_steps(empty: Stack) -> None:
    config, aws = empty.config, empty.aws
    seen: list[tuple[int, int]] = []
    deploy.apply(config, aws=aws, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, 26) for number in range(1, 27)]


def test_outputs_offer_urls_links_and_commands(deployed: Stack) -> None:
    config, aws = deployed.config, deployed.aws
    outputs = deploy.apply(config, aws=aws)
    base = f"{config.endpoint_url}/_aws/execute-api/{outputs.api_id}/prod"
    assert (outputs.api_endpoint, outputs.api_test_url) == (base, f"{base}/orders/customer-1")
    assert all(link.startswith("https://") for link in outputs.console_links.values())
    text = "\n".join(outputs.test_commands)
    for part in ("curl", "filter-log-events", "list-rules", "get-service-graph", "put-events"):
        assert part in text
    assert json.loads(json.dumps(outputs.to_dict()))["api_id"] == outputs.api_id
    assert outputs.api_id in str(outputs)
    assert outputs.api_id in outputs._repr_html_()
