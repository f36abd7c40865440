"""All options at once on the embedded AWS: they are deployed, they work, and they go away again."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from waiting import waited

from tracing_lab import deploy
from tracing_lab.aws import Aws, connect
from tracing_lab.config import Config
from tracing_lab.faults import dead_letters
from tracing_lab.stack import Action, Names, Site
from tracing_lab.stack.outputs import Outputs

GOOD, BAD = b'{"productId": "12345"}', b'{"quantity": 2}'


@dataclass(frozen=True)
class Scene:
    """A stack with everything on, whose payments all fail."""

    plain: Config
    config: Config
    outputs: Outputs
    aws: Aws
    client: Callable[[str], Any]
    names: Names

    def post(self, body: bytes = GOOD, key: str | None = None) -> tuple[int, Any]:
        url = urlsplit(self.outputs.api_test_url)
        headers = {"Content-Type": "application/json"}
        headers |= {"X-Api-Key": key} if key else {}
        connection = HTTPConnection(url.netloc, timeout=30)
        connection.request("POST", url.path, body, headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read())
        connection.close()
        return answer

    def order(self, body: bytes = GOOD) -> tuple[int, Any]:
        return self.post(body, self.outputs.api_key)


@pytest.fixture(scope="module")
def scene(embedded_url: str) -> Iterator[Scene]:
    plain = Config(
        project_name="opt",
        environment="test",
        aws_region="eu-central-1",
        endpoint_url=embedded_url,
    )
    client = connect(plain)
    config = everything_on(plain, web_acl(client("wafv2")))
    aws = Aws(config, client_factory=client)
    outputs = deploy.apply(config, aws=aws)
    names = Names(config, Site(outputs.account_id, outputs.region))
    found = Scene(plain, config, outputs, aws, client, names)
    assert found.order()[0] == 201
    yield found
    assert not deploy.destroy(plain, confirm=True, aws=aws).remains


def everything_on(config: Config, web_acl_arn: str) -> Config:
    return config.replace(
        alarm_email="me@example.com",
        api_allowed_cidrs=["127.0.0.0/8"],
        api_throttle_burst=100,
        api_throttle_rate=500,
        enable_alarm_topic=True,
        enable_alarms=True,
        enable_api_key=True,
        enable_dashboard=True,
        enable_dead_letter_queues=True,
        enable_request_validation=True,
        enable_x_ray_group=True,
        event_max_retries=3,
        faults={"payment": {"error_rate": 1}},
        lambda_architecture="arm64",
        lambda_max_retries=0,
        lambda_reserved_concurrency={"payment": 2},
        log_kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/1",
        metrics_namespace="Opt",
        usage_plan_quota=1000,
        waf_web_acl_arn=web_acl_arn,
        x_ray_sampling_rate=1,
    )


LISTINGS = {
    operation: (service, operation, member)
    for service, operation, member in (
        ("apigateway", "get_api_keys", "items"),
        ("apigateway", "get_rest_apis", "items"),
        ("apigateway", "get_usage_plans", "items"),
        ("cloudwatch", "describe_alarms", "MetricAlarms"),
        ("cloudwatch", "list_dashboards", "DashboardEntries"),
        ("sns", "list_topics", "Topics"),
        ("sqs", "list_queues", "QueueUrls"),
        ("xray", "get_groups", "Groups"),
        ("xray", "get_sampling_rules", "SamplingRuleRecords"),
    )
}


def web_acl(wafv2: Any) -> str:
    nothing = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False}
    answer = wafv2.create_web_acl(
        Name="shop",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={**nothing, "MetricName": "shop"},
    )
    return str(answer["Summary"]["ARN"])


def test_what_is_deployed_is_as_wanted(scene: Scene) -> None:
    assert not deploy.plan(scene.config, aws=scene.aws).steps
    assert deploy.outputs(scene.config, aws=scene.aws) == scene.outputs


def test_orders_need_the_key(scene: Scene) -> None:
    assert scene.post() == (403, {"message": "Forbidden"})
    assert scene.post(key="x" * 40)[0] == 403
    assert scene.outputs.api_key
    assert scene.outputs.api_key not in str(scene.outputs) + repr(scene.outputs)


def test_the_api_itself_refuses_what_breaks_the_schema(scene: Scene) -> None:
    assert scene.order(BAD) == (400, {"message": "Invalid request body"})


def test_event_that_a_function_failed_with_is_kept(scene: Scene) -> None:
    body, attributes = dead_letter(scene, "payment")
    assert body["detail-type"] == "Order Created"
    assert "ErrorMessage" in attributes


def test_event_that_could_not_be_delivered_is_kept(scene: Scene) -> None:
    permission = scene.names.name("inventory-permission")
    scene.aws.lambda_.remove_permission(scene.names.function("inventory"), permission)
    assert scene.order()[0] == 201
    body, attributes = dead_letter(scene, "inventory")
    assert body["detail-type"] == "Order Created"
    assert attributes["RULE_ARN"]["StringValue"] == scene.names.rule_arn("inventory")
    deploy.apply(scene.config, aws=scene.aws)


def test_failed_events_can_be_read_and_sent_again(scene: Scene) -> None:
    # GIVEN events that payment failed with, and one that did not reach inventory
    letters = dead_letters.read(scene.config, aws=scene.aws)
    failed = letters[letters["service"] == "payment"].iloc[0]
    missed = letters[letters["service"] == "inventory"]
    assert (failed["cause"], failed["detail_type"]) == ("function", "Order Created")
    assert failed["request_id"]
    assert missed["cause"].tolist() == ["delivery"]
    assert missed["error_code"].tolist() == ["NO_PERMISSIONS"]
    assert missed["rule"].tolist() == [scene.names.rule_arn("inventory")]
    assert missed["trace_id"].str.startswith("1-").all()
    # WHEN the missed one is sent again
    assert dead_letters.send_again(scene.config, missed, aws=scene.aws) == 1
    # THEN inventory works on it, notification after it, and it is gone from the queue
    order_id = missed["event"].iloc[0]["detail"]["orderId"]
    pattern, logs = f'{{ $.order_id = "{order_id}" }}', scene.aws.logs
    for service in ("inventory", "notification"):
        group = scene.names.log_group(service)
        assert waited(partial(logs.filter_events, group, start_ms=0, pattern=pattern))
    left = dead_letters.read(scene.config, aws=scene.aws)
    assert missed.index[0] not in left.index
    assert failed.name in left.index
    assert dead_letters.send_again(scene.config, missed, aws=scene.aws) == 0


def dead_letter(scene: Scene, service: str) -> tuple[Any, Any]:
    """Wait for an event that was given up; it stays in the queue."""
    url = scene.aws.sqs.url(scene.names.queue(service))
    asked = {"QueueUrl": url, "VisibilityTimeout": 0, "MessageAttributeNames": ["All"]}
    receive = scene.client("sqs").receive_message
    message = waited(lambda: receive(**asked).get("Messages"))[0]
    return json.loads(message["Body"]), message["MessageAttributes"]


def test_alarms_tell_of_errors_and_dead_letters(scene: Scene) -> None:
    loud = {scene.names.name(f"payment-{kind}") for kind in ("errors", "dead-letters-depth")}
    quiet = scene.names.name("order-errors")

    def states() -> Any:
        found = scene.aws.cloudwatch.alarms([*loud, quiet])
        return {name: alarm["StateValue"] for name, alarm in found.items()}

    expected = {**dict.fromkeys(loud, "ALARM"), quiet: "OK"}
    waited(lambda: states() == expected)


def test_the_stacks_rule_samples_requests_into_the_stacks_group(scene: Scene) -> None:
    group = f'group.name = "{scene.names.short}"'

    def sampled() -> Any:
        xray = scene.client("xray")
        window = {"StartTime": time.time() - 300, "EndTime": time.time() + 5}
        found = xray.get_trace_summaries(**window, FilterExpression=group)["TraceSummaries"]
        ids = [summary["Id"] for summary in found][:5]
        return ids and xray.batch_get_traces(TraceIds=ids)["Traces"]

    segments = [one["Document"] for trace in waited(sampled) for one in trace["Segments"]]
    stages = [one for one in map(json.loads, segments) if one["origin"].endswith("Stage")]
    rules = {stage["aws"]["xray"]["sampling_rule_name"] for stage in stages}
    assert rules == {scene.names.short}


def test_own_metrics_are_in_the_stacks_namespace(scene: Scene) -> None:
    def created() -> Any:
        cloudwatch = scene.client("cloudwatch")
        metrics = cloudwatch.list_metrics(Namespace="Opt")["Metrics"]
        return "OrdersCreated" in {metric["MetricName"] for metric in metrics}

    waited(created)


def test_changes_take_effect_at_once(scene: Scene) -> None:
    # GIVEN a key that is good for one request in a long while, and other changes
    scarce = scene.config.replace(
        alarm_email="you@example.com",
        alarm_p95_ms=1000,
        lambda_max_event_age_s=60,
        tags={"Owner": "me"},
        usage_plan_burst=1,
        usage_plan_rate=0.01,
        x_ray_sampling_rate=0.5,
    )
    deploy.apply(scarce, aws=scene.aws)
    assert not deploy.plan(scarce, aws=scene.aws).steps
    # THEN of several requests one is answered
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: scene.order()[0], range(4)))
    assert statuses == [201, 429, 429, 429]
    # AND from another address none is
    elsewhere = scarce.replace(api_allowed_cidrs=["203.0.113.0/24"])
    deploy.apply(elsewhere, aws=scene.aws)
    status, answer = scene.order()
    assert (status, "not authorized" in answer["Message"]) == (403, True)


def test_changes_by_hand_are_mended(scene: Scene) -> None:
    deploy.apply(scene.config, aws=scene.aws)
    names, cloudwatch = scene.names, scene.client("cloudwatch")
    url = scene.aws.sqs.url(names.queue("payment"))
    cloudwatch.disable_alarm_actions(AlarmNames=[names.name("order-errors")])
    scene.aws.sqs.set_attributes(url, {"Policy": {}})
    scene.aws.lambda_.delete_event_invoke_config(names.function("order"))
    scene.aws.cloudwatch.put_dashboard(names.dashboard, {"widgets": []})
    scene.aws.sns.untag(names.topic_arn, ["Owner"])
    scene.aws.sns.tag(names.topic_arn, {"Surplus": "x"})
    scene.aws.sns.subscribe(names.topic_arn, protocol="email", endpoint="colleague@example.com")
    found = {
        step.resource.logical: step.action
        for step in deploy.drift(scene.config, aws=scene.aws).steps
    }
    assert found == {
        "alarm-topic": Action.UPDATE,
        "dashboard": Action.UPDATE,
        "order-errors-alarm": Action.UPDATE,
        "order-retries": Action.CREATE,
        "payment-dead-letters": Action.UPDATE,
    }
    without_mail = scene.config.replace(alarm_email=None)
    deploy.apply(without_mail, aws=scene.aws)
    assert not deploy.drift(without_mail, aws=scene.aws).steps
    # AND who has subscribed to the topic on their own stays
    (left,) = scene.aws.sns.subscriptions(names.topic_arn)
    assert left["Endpoint"] == "colleague@example.com"


def test_what_is_switched_off_is_deleted_and_nothing_else(scene: Scene) -> None:
    planned = deploy.plan(scene.plain, aws=scene.aws)
    gone = {step.resource.logical for step in planned.steps if step.action is Action.DELETE}
    assert len(gone) == 4 + 4 + 18 + 1 + 1 + 3 + 1 + 2  # queues to rule; the subscriber is gone
    deploy.apply(scene.plain, aws=scene.aws)
    assert not deploy.plan(scene.plain, aws=scene.aws).steps
    assert scene.post()[0] == 201
    listed = {operation: found(scene, *names) for operation, names in LISTINGS.items()}
    assert {operation for operation, text in listed.items() if "opt-test" in text} == {
        "get_rest_apis"
    }


def found(scene: Scene, service: str, operation: str, member: str) -> str:
    return str(getattr(scene.client(service), operation)().get(member, []))


def test_resource_of_someone_else_is_left_alone(scene: Scene) -> None:
    # GIVEN a queue of one of our names that does not carry our tag
    name = scene.names.queue("order")
    scene.client("sqs").create_queue(QueueName=name)
    # THEN it is not touched, whether it is wanted or not
    assert not [
        one for one in deploy.plan(scene.plain, aws=scene.aws).steps if one.resource.name == name
    ]
    wanted = scene.plain.replace(enable_dead_letter_queues=True)
    assert [one.name for one in deploy.plan(wanted, aws=scene.aws).foreign] == [name]
    scene.aws.sqs.delete(scene.aws.sqs.url(name))
