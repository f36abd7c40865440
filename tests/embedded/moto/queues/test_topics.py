"""Topics and alarms that tell queues and functions, through plain boto3 on the control plane."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from topic_world import ACCOUNT, REGION, World

from tracing_lab.embedded.model import QueueMessage
from tracing_lab.xray_model.trace_header import TraceHeader

RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/shop/all"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
EVENTS = "events.amazonaws.com"
HEADER = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", sampled=True)
NOON_S = 1_795_435_200.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the world of the whole module: its clients take long to create."""
    made = World(tmp_path_factory.mktemp("control"))
    yield made
    made.control.reset()
    made.control.close()


@pytest.fixture
def world(shared: World) -> World:
    shared.begin()
    return shared


def publish(world: World, **more: Any) -> None:
    world.control.send_message(
        QueueMessage(
            world.topic,
            "hello",
            {"kind": "greeting", "n": 1},
            trace_header=HEADER,
            principal=EVENTS,
            source_arn=RULE,
            **more,
        )
    )


def test_a_rule_s_event_reaches_the_queue_behind_the_topic(world: World) -> None:
    url, arn = world.queue()
    world.subscribe(arn)
    world.open_topic(EVENTS)
    publish(world, subject="hi")
    (message,) = world.messages(url)
    envelope = json.loads(message["Body"])
    assert (envelope["Type"], envelope["Message"], envelope["Subject"]) == (
        "Notification",
        "hello",
        "hi",
    )
    assert envelope["TopicArn"] == world.topic
    assert envelope["MessageAttributes"]["n"] == {"Type": "Number", "Value": "1"}
    assert message["Attributes"]["AWSTraceHeader"] == HEADER.format()


def test_raw_delivery_gives_the_message_itself(world: World) -> None:
    url, arn = world.queue()
    world.subscribe(arn, RawMessageDelivery="true")
    world.open_topic(EVENTS)
    publish(world)
    (message,) = world.messages(url)
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "greeting"


def test_events_are_not_in_a_topic_s_default_policy(world: World) -> None:
    with pytest.raises(PermissionError, match="allow sns:Publish"):
        publish(world)


def test_a_missing_topic_is_a_key_error(world: World) -> None:
    with pytest.raises(KeyError):
        world.control.send_message(QueueMessage(world.topic + "x", "hello"))


def test_a_queue_that_does_not_let_topics_in_gets_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    url, arn = world.queue(open_to_topics=False)
    world.subscribe(arn)
    world.sns.publish(TopicArn=world.topic, Message="hello")
    assert world.messages(url) == []
    assert "allow sqs:SendMessage" in caplog.text


def test_users_publish_with_filters_and_structures(world: World) -> None:
    one_url, one = world.queue("one")
    other_url, other = world.queue("other")
    world.subscribe(one, FilterPolicy='{"kind": ["a"]}')
    world.subscribe(other, RawMessageDelivery="true")
    kind = {"kind": {"DataType": "String", "StringValue": "b"}}
    text = json.dumps({"default": "for all", "sqs": "for queues"})
    world.sns.publish(
        TopicArn=world.topic, Message=text, MessageStructure="json", MessageAttributes=kind
    )
    assert world.messages(one_url) == []
    assert [one["Body"] for one in world.messages(other_url)] == ["for queues"]


@pytest.mark.parametrize("text", ["no JSON", "{}"])
def test_a_structure_that_cannot_be_read_is_refused(world: World, text: str) -> None:
    world.subscribe(world.queue()[1])
    with pytest.raises(world.sns.exceptions.InvalidParameterException):
        world.sns.publish(TopicArn=world.topic, Message=text, MessageStructure="json")


def test_a_function_is_called_with_a_record(world: World) -> None:
    world.subscribe(FUNCTION)
    world.sns.publish(TopicArn=world.topic, Message="hello")
    (call,) = world.calls
    (record,) = json.loads(call.payload)["Records"]
    assert (call.function_arn, call.principal) == (FUNCTION, "sns.amazonaws.com")
    assert call.source_arn == world.topic
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("hello", None)


def test_an_alarm_tells_its_topic(world: World) -> None:
    url, arn = world.queue()
    world.subscribe(arn, RawMessageDelivery="true")
    world.alarm()
    assert world.state() == "INSUFFICIENT_DATA"
    world.cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a try")
    (message,) = world.messages(url)
    content = json.loads(message["Body"])
    assert content["AlarmName"] == "slow"
    assert (content["OldStateValue"], content["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert content["Region"] == "EU (Ireland)"
    assert content["Trigger"]["ExtendedStatistic"] == "p95"
    assert content["Trigger"]["Dimensions"] == [{"value": "f", "name": "FunctionName"}]


def test_an_alarm_calls_its_function(world: World) -> None:
    world.alarm(AlarmActions=[FUNCTION])
    world.cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a try")
    (call,) = world.calls
    data = json.loads(call.payload)["alarmData"]
    assert call.principal == "lambda.alarms.cloudwatch.amazonaws.com"
    assert (data["previousState"]["value"], data["state"]["value"]) == (
        "INSUFFICIENT_DATA",
        "ALARM",
    )


def test_disabled_actions_and_other_states_are_silent(world: World) -> None:
    world.alarm(AlarmActions=[FUNCTION], ActionsEnabled=False)
    world.cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a try")
    world.alarm(AlarmActions=[FUNCTION])  # keeps its state
    assert world.state() == "ALARM"
    world.cloudwatch.set_alarm_state(AlarmName="slow", StateValue="OK", StateReason="a try")
    assert world.calls == []


def test_a_percentile_alarm_goes_off_when_few_values_are_high(world: World) -> None:
    world.alarm(AlarmActions=[FUNCTION])
    for durations, expected in (([10.0] * 19 + [500.0], "OK"), ([500.0], "ALARM")):
        world.control.put_metrics(REGION, "AWS/Lambda", [duration(durations)])
        world.control.evaluate_alarms(REGION, now_s=NOON_S)
        assert world.state() == expected
    assert len(world.calls) == 1


def test_an_alarm_on_the_share_of_errors(world: World) -> None:
    url, arn = world.queue()
    world.subscribe(arn, RawMessageDelivery="true")
    names = {"errors": "Errors", "calls": "Invocations"}
    dimensions = [{"Name": "FunctionName", "Value": "f"}]
    queries: list[dict[str, Any]] = [
        {
            "Id": key,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": name,
                    "Dimensions": dimensions,
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for key, name in names.items()
    ]
    queries.append({"Id": "share", "Expression": "100 * errors / calls", "ReturnData": True})
    world.cloudwatch.put_metric_alarm(
        AlarmName="share",
        AlarmActions=[world.topic],
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=25.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    for errors, calls, expected in ((1.0, 4.0, "OK"), (1.0, 1.0, "ALARM")):
        for name, value in (("Errors", errors), ("Invocations", calls)):
            member = {**duration([value]), "MetricName": name, "Unit": "Count"}
            world.control.put_metrics(REGION, "AWS/Lambda", [member])
        world.control.evaluate_alarms(REGION, now_s=NOON_S)
        assert world.state() == expected
    (message,) = world.messages(url)
    trigger = json.loads(message["Body"])["Trigger"]
    assert trigger["Metrics"][2]["Expression"] == "100 * errors / calls"
    assert trigger["Metrics"][0]["MetricStat"]["Metric"]["MetricName"] == "Errors"


def test_the_policies_of_resources_are_read(world: World) -> None:
    events, policy_of = world.client("events"), world.control.resource_policy
    _url, queue = world.queue()
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    statement = {"Sid": "s", "Effect": "Deny", "Principal": "*", "Action": "events:PutEvents"}
    text = json.dumps({"Statement": [{**statement, "Resource": bus}]})
    assert policy_of(bus) is None
    events.put_permission(EventBusName="b", Policy=text)
    found = policy_of(bus)
    assert found is not None
    assert found["Statement"][0]["Effect"] == "Deny"
    for arn, service in ((queue, "sns.amazonaws.com"), (world.topic, "*")):
        assert service in json.dumps(policy_of(arn))
    assert policy_of(queue + "2") is policy_of("*") is None


def test_percentiles_can_be_read(world: World) -> None:
    world.control.put_metrics(REGION, "AWS/Lambda", [duration([10.0] * 18 + [40.0, 500.0])])
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Duration",
        "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
    }
    times = {"StartTime": NOON_S, "EndTime": NOON_S + 120}
    found = world.cloudwatch.get_metric_statistics(
        **metric, **times, Period=60, Statistics=["Maximum"], ExtendedStatistics=["p50", "p95"]
    )
    (point,) = found["Datapoints"]
    assert point["Maximum"] == 500.0
    assert point["ExtendedStatistics"] == {"p50": 10.0, "p95": 40.0}
    assert "SampleCount" not in point
    stats = {"slow": "p95", "most": "Maximum"}
    queries = [
        {"Id": one, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        for one, stat in stats.items()
    ]
    results = world.cloudwatch.get_metric_data(MetricDataQueries=queries, **times)
    assert [(one["Label"], one["Values"]) for one in results["MetricDataResults"]] == [
        ("Duration p95", [40.0]),
        ("Duration Maximum", [500.0]),
    ]


def test_an_alarm_on_the_depth_of_a_queue(world: World) -> None:
    url, _arn = world.queue("letters")
    world.alarm(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "letters"}],
        Threshold=1.0,
        Statistic="Sum",
        ExtendedStatistic="",
    )
    for depth, expected in ((0, "OK"), (1, "OK"), (2, "ALARM")):
        for _ in range(5):  # the gauge is one sample a minute, however often it is read
            world.control.evaluate_alarms(REGION, now_s=NOON_S)
        assert (depth, world.state()) == (depth, expected)
        world.sqs.send_message(QueueUrl=url, MessageBody="x")


def duration(values: list[float]) -> dict[str, Any]:
    return {
        "MetricName": "Duration",
        "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        "Values": values,
        "Unit": "Milliseconds",
        "Timestamp": datetime.fromtimestamp(NOON_S, UTC).replace(tzinfo=None),
    }
