"""A journal that has forgotten gives the same resources."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import app_zip
from hypothesis import Phase, given, settings, strategies as st
from topic_world import ACCOUNT, REGION, World

from tracing_lab.embedded.moto.plane import ControlPlane

ROLE = f"arn:aws:iam::{ACCOUNT}:role/role-one"
BUS, QUEUE, GROUP = "bus-one", "queue-one", "/aws/lambda/function-one"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:function-one"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"
SERVICES = ("apigateway", "cloudwatch", "events", "iam", "lambda", "logs", "sns", "sqs")


class Lab(World):
    """A control plane to script, and to kill."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.aws = {name: self.client(name) for name in SERVICES}

    def restart(self) -> None:
        self.control._app.reset()  # what a killed process forgets
        self.control.close()
        self.control = ControlPlane(self.folder)
        self.control.replay()

    def clear(self) -> None:
        self.control.reset()

    def remembered(self) -> int:
        return len(list(self.control._journal))

    def do(self, step: str) -> None:
        """Make one of the scripted calls; AWS may refuse it."""
        try:
            STEPS[step](self.aws)
        except self.aws["iam"].exceptions.ClientError:
            return

    def state(self) -> Any:
        """Return everything that can be seen, without times."""
        aws = self.aws
        found: dict[str, Any] = {
            "roles": aws["iam"].list_roles()["Roles"],
            "functions": aws["lambda"].list_functions(FunctionVersion="ALL")["Functions"],
            "groups": aws["logs"].describe_log_groups()["logGroups"],
            "filters": aws["logs"].describe_metric_filters()["metricFilters"],
            "alarms": aws["cloudwatch"].describe_alarms()["MetricAlarms"],
            "topics": aws["sns"].list_topics()["Topics"],
            "buses": aws["events"].list_event_buses()["EventBuses"],
            "apis": aws["apigateway"].get_rest_apis()["items"],
        }
        found["resources"] = [
            sorted(aws["apigateway"].get_resources(restApiId=one["id"])["items"], key=repr)
            for one in found["apis"]
        ]
        found["streams"] = [
            aws["logs"].describe_log_streams(logGroupName=one["logGroupName"])["logStreams"]
            for one in found["groups"]
        ]
        found["policies"] = [
            aws["iam"].list_role_policies(RoleName=one["RoleName"])["PolicyNames"]
            for one in found["roles"]
        ]
        found["rules"] = [
            (rule, aws["events"].list_targets_by_rule(Rule=rule["Name"], EventBusName=one["Name"]))
            for one in found["buses"]
            for rule in aws["events"].list_rules(EventBusName=one["Name"])["Rules"]
        ]
        found["queues"] = [
            aws["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for url in aws["sqs"].list_queues().get("QueueUrls", ())
        ]
        return without_times(found)


def without_times(found: Any) -> Any:
    """Leave out when things were made, and what is made up for every answer."""
    if isinstance(found, dict):
        left_out = ("time", "date", "Time", "Date", "Timestamp", "Modified", "ResponseMetadata")
        kept = {key: one for key, one in found.items() if not key.endswith(left_out)}
        return {key: without_times(one) for key, one in kept.items() if key != "RevisionId"}
    if isinstance(found, (list, tuple)):
        return [without_times(one) for one in found]
    return found


def make_api(aws: Any) -> None:
    api_id = aws["apigateway"].create_rest_api(name="shop")["id"]
    root = aws["apigateway"].get_resources(restApiId=api_id)["items"][0]["id"]
    aws["apigateway"].create_resource(restApiId=api_id, parentId=root, pathPart="orders")
    arn = f"arn:aws:apigateway:{REGION}::/restapis/{api_id}"
    aws["apigateway"].tag_resource(resourceArn=arn, tags={"a": "1"})


def drop_api(aws: Any) -> None:
    for one in aws["apigateway"].get_rest_apis()["items"][:1]:
        aws["apigateway"].delete_rest_api(restApiId=one["id"])


def make_function(aws: Any) -> None:
    aws["lambda"].create_function(
        FunctionName="function-one",
        Runtime="python3.13",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": app_zip("")},
    )


def put_code(code: str) -> Callable[[Any], Any]:
    return lambda aws: aws["lambda"].update_function_code(
        FunctionName="function-one", ZipFile=app_zip(code)
    )


def put_rule(aws: Any) -> None:
    aws["events"].put_rule(Name="rule-one", EventBusName=BUS, EventPattern='{"source": ["a"]}')
    target = {"Id": "1", "Arn": FUNCTION, "DeadLetterConfig": {"Arn": QUEUE_ARN}}
    aws["events"].put_targets(Rule="rule-one", EventBusName=BUS, Targets=[target])


def drop_rule(aws: Any) -> None:
    aws["events"].remove_targets(Rule="rule-one", EventBusName=BUS, Ids=["1"])
    aws["events"].delete_rule(Name="rule-one", EventBusName=BUS)


def make_role(aws: Any) -> None:
    aws["iam"].create_role(RoleName="role-one", AssumeRolePolicyDocument="{}")
    document = {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    aws["iam"].put_role_policy(
        RoleName="role-one",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", **document}),
    )


def drop_role(aws: Any) -> None:
    aws["iam"].delete_role_policy(RoleName="role-one", PolicyName="p")
    aws["iam"].delete_role(RoleName="role-one")


def make_topic(aws: Any) -> None:
    topic = aws["sns"].create_topic(Name="topic-one")["TopicArn"]
    aws["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE_ARN)


def drop_queue(aws: Any) -> None:
    aws["sqs"].delete_queue(QueueUrl=aws["sqs"].get_queue_url(QueueName=QUEUE)["QueueUrl"])


def put_filter(aws: Any) -> None:
    aws["logs"].put_metric_filter(
        logGroupName=GROUP,
        filterName="filter-one",
        filterPattern="ERROR",
        metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
    )


def redriven(aws: Any) -> None:
    policy = json.dumps({"deadLetterTargetArn": QUEUE_ARN, "maxReceiveCount": 3})
    aws["sqs"].create_queue(QueueName="redriven", Attributes={"RedrivePolicy": policy})


STEPS: dict[str, Callable[[Any], Any]] = {
    "make role": make_role,
    "drop role": drop_role,
    "make function": make_function,
    "older code": put_code("x = 1"),
    "newer code": put_code("x = 2"),
    "publish": lambda aws: aws["lambda"].publish_version(FunctionName="function-one"),
    "settings": lambda aws: aws["lambda"].put_function_event_invoke_config(
        FunctionName="function-one", MaximumRetryAttempts=1
    ),
    "drop function": lambda aws: aws["lambda"].delete_function(FunctionName="function-one"),
    "make bus": lambda aws: aws["events"].create_event_bus(Name=BUS),
    "drop bus": lambda aws: aws["events"].delete_event_bus(Name=BUS),
    "put rule": put_rule,
    "drop rule": drop_rule,
    "make queue": lambda aws: aws["sqs"].create_queue(QueueName=QUEUE),
    "drop queue": drop_queue,
    "redriven": redriven,
    "make group": lambda aws: aws["logs"].create_log_group(logGroupName=GROUP),
    "keep group": lambda aws: aws["logs"].put_retention_policy(
        logGroupName=GROUP, retentionInDays=7
    ),
    "drop group": lambda aws: aws["logs"].delete_log_group(logGroupName=GROUP),
    "make stream": lambda aws: aws["logs"].create_log_stream(
        logGroupName=GROUP, logStreamName="stream-one"
    ),
    "drop stream": lambda aws: aws["logs"].delete_log_stream(
        logGroupName=GROUP, logStreamName="stream-one"
    ),
    "put filter": put_filter,
    "drop filter": lambda aws: aws["logs"].delete_metric_filter(
        logGroupName=GROUP, filterName="filter-one"
    ),
    "make topic": make_topic,
    "drop topic": lambda aws: aws["sns"].delete_topic(
        TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:topic-one"
    ),
    "make api": make_api,
    "drop api": drop_api,
    "put alarm": lambda aws: aws["cloudwatch"].put_metric_alarm(
        AlarmName="alarm-one",
        Namespace="N",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    ),
    "drop alarm": lambda aws: aws["cloudwatch"].delete_alarms(AlarmNames=["alarm-one"]),
}
DEPLOYED = [
    "make role",
    "make group",
    "make stream",
    "put filter",
    "make function",
    "make queue",
    "make bus",
    "put rule",
    "make api",
    "make topic",
    "put alarm",
]
DESTROYED = [f"drop {one.split()[1]}" for one in reversed(DEPLOYED)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("journal"))
    yield made
    made.clear()
    made.control.close()


def after_restarts(lab: Lab, steps: list[str]) -> tuple[list[Any], list[int]]:
    """Return state and number of calls before a restart, after it and after another."""
    lab.clear()
    for step in steps:
        lab.do(step)
    states, counts = [lab.state()], [lab.remembered()]
    for _ in range(2):
        lab.restart()
        states.append(lab.state())
        counts.append(lab.remembered())
    return states, counts


def test_what_was_destroyed_leaves_no_calls(lab: Lab) -> None:
    _states, counts = after_restarts(lab, [*DEPLOYED, *DESTROYED])
    assert counts[0] > len(DEPLOYED) + len(DESTROYED)
    assert counts[1:] == [0, 0]


def test_a_second_stack_is_all_that_is_left(lab: Lab) -> None:
    states, counts = after_restarts(lab, [*DEPLOYED, *DESTROYED, *DEPLOYED])
    _, alone = after_restarts(lab, DEPLOYED)
    assert counts[1] == counts[2] == alone[0] > len(DEPLOYED)
    assert states[0] == states[1] == states[2]


def test_only_the_newest_code_is_left(lab: Lab) -> None:
    steps = ["make role", "make function", "older code", "newer code", "older code", "newer code"]
    states, counts = after_restarts(lab, steps)
    assert counts[0] - counts[1] == 3
    assert states[0] == states[2]
    published = [*steps[:3], "publish", "newer code"]
    states, counts = after_restarts(lab, published)
    assert counts[0] == counts[1]


def test_what_something_else_needed_stays(lab: Lab) -> None:
    states, counts = after_restarts(lab, ["make queue", "redriven", "drop queue"])
    assert counts[0] == counts[2]
    assert states[0] == states[2]


@given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=25))
@settings(max_examples=4, phases=[Phase.generate])  # each restarts twice
def test_any_history_gives_the_same_state(lab: Lab, steps: list[str]) -> None:
    states, _counts = after_restarts(lab, steps)
    assert states[0] == states[1] == states[2]
