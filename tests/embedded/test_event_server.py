"""Targets, dead letters, archives and the ledger on a running embedded AWS, through plain boto3."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tracing_lab.cli import main
from tracing_lab.embedded import lifecycle

ACCOUNT, REGION = "123456789012", "us-east-1"
ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
HEADER = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
FAILING = "def handler(event, context):\n    raise ValueError('no stock')\n"
PATTERN = json.dumps({"source": ["shop"]})


class Aws:
    """Clients of one embedded AWS, and what the tests make there."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.endpoint_url = lifecycle.start(state_dir=state_dir).endpoint_url
        self.events, self.sqs = self.client("events"), self.client("sqs")
        self.functions, self.logs = self.client("lambda"), self.client("logs")
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        iam = self.client("iam")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
        self.role_arn = role["Role"]["Arn"]
        may_send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [may_send]})
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy)

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def queue(self, *, open_to_events: bool = True) -> tuple[str, str]:
        """Make a queue; gives its URL and ARN."""
        name = f"q-{uuid.uuid4().hex[:8]}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        attributes = {"Policy": policy} if open_to_events else {}
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def bus(self, *targets: dict[str, Any]) -> str:
        """Make a bus with a rule for the shop's events; gives its ARN."""
        name = f"bus-{uuid.uuid4().hex[:8]}"
        arn = str(self.events.create_event_bus(Name=name)["EventBusArn"])
        self.events.put_rule(Name="all", EventBusName=name, EventPattern=PATTERN)
        if targets:
            numbered = [{"Id": str(number), **one} for number, one in enumerate(targets)]
            self.events.put_targets(Rule="all", EventBusName=name, Targets=numbered)
        return arn

    def put(self, bus: str, **more: str) -> None:
        entry = {"EventBusName": bus, "Source": "shop", "DetailType": "Order", "Detail": "{}"}
        answer = self.events.put_events(Entries=[{**entry, "TraceHeader": HEADER, **more}])
        assert answer["FailedEntryCount"] == 0

    def message(self, url: str) -> dict[str, Any]:
        """Wait for the next message of a queue."""
        found = waited(
            lambda: self.sqs.receive_message(
                QueueUrl=url,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=2,
            ).get("Messages")
        )
        message: dict[str, Any] = found[0]
        return message

    def ledger(self) -> dict[str, Any]:
        books: dict[str, Any] = (lifecycle.ledger(state_dir=self.state_dir) or {})[REGION]
        return books

    def function(self, code: str, **settings: Any) -> str:
        name = f"f-{uuid.uuid4().hex[:8]}"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as writer:
            writer.writestr("app.py", code)
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role_arn,
            Handler="app.handler",
            Code={"ZipFile": archive.getvalue()},
            **settings,
        )
        return str(made["FunctionName"])


# what an SDK does, without the time that importing one takes
CALLING = """
import os, urllib.error, urllib.request
def handler(event, context):
    key = os.environ["AWS_ACCESS_KEY_ID"]
    scope = f"Credential={key}/20261123/us-east-1/{event['service']}/aws4_request"
    signature = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature={'0' * 64}"
    headers = {"Authorization": signature, "X-Amz-Target": event["target"]}
    headers["Content-Type"] = "application/x-amz-json-1.0"
    url, body = os.environ["AWS_ENDPOINT_URL"], event["body"].encode()
    try:
        urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=9)
    except urllib.error.HTTPError as error:
        return error.read().decode()
    return "done"
"""


def waited(look: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail("nothing came in time")


def texts(message: dict[str, Any]) -> dict[str, str]:
    return {key: one["StringValue"] for key, one in message["MessageAttributes"].items()}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    state_dir = tmp_path_factory.mktemp("events")
    yield Aws(state_dir)
    lifecycle.stop(state_dir=state_dir)


def test_a_queue_gets_the_event_and_its_trace(aws: Aws) -> None:
    url, arn = aws.queue()
    aws.put(aws.bus({"Arn": arn}))
    message = aws.message(url)
    assert json.loads(message["Body"])["detail-type"] == "Order"
    assert message["Attributes"]["AWSTraceHeader"] == HEADER


def test_a_queue_that_does_not_let_events_in_gets_nothing(aws: Aws) -> None:
    _, closed = aws.queue(open_to_events=False)
    url, dead_letters = aws.queue()
    bus = aws.bus({"Arn": closed, "DeadLetterConfig": {"Arn": dead_letters}})
    aws.put(bus)
    message = aws.message(url)
    attributes = texts(message)
    assert "sqs:SendMessage" in attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{bus.rpartition('/')[2]}/all",
        "TARGET_ARN": closed,
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }
    assert json.loads(message["Body"])["source"] == "shop"
    assert message["Attributes"]["AWSTraceHeader"] == HEADER


def test_a_log_group_gets_the_event(aws: Aws) -> None:
    group = f"/aws/events/{uuid.uuid4().hex[:8]}"
    aws.logs.create_log_group(logGroupName=group)
    aws.put(aws.bus({"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"}))
    (line,) = waited(lambda: aws.logs.filter_log_events(logGroupName=group)["events"])
    assert json.loads(line["message"])["source"] == "shop"


def test_the_subscribers_of_a_topic_get_the_event(aws: Aws) -> None:
    url, queue = aws.queue()
    sns = aws.client("sns")
    topic = sns.create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    principal = {"Service": "events.amazonaws.com"}
    policy = json.dumps({"Statement": [{**statement, "Principal": principal}]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    aws.put(aws.bus({"Arn": topic}))
    message = aws.message(url)
    assert json.loads(json.loads(message["Body"])["Message"])["source"] == "shop"
    assert message["Attributes"]["AWSTraceHeader"] == HEADER


def test_another_bus_gets_the_event_in_the_same_trace(aws: Aws) -> None:
    url, arn = aws.queue()
    second = aws.bus({"Arn": arn})
    aws.put(aws.bus({"Arn": second}))
    assert aws.message(url)["Attributes"]["AWSTraceHeader"] == HEADER


def test_a_failed_invocation_goes_to_destination_and_dead_letters(aws: Aws) -> None:
    destination_url, destination = aws.queue(open_to_events=False)
    letters_url, letters = aws.queue(open_to_events=False)
    name = aws.function(FAILING, DeadLetterConfig={"TargetArn": letters})
    aws.functions.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": destination}},
    )
    aws.functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"order": 7}')
    record = json.loads(aws.message(destination_url)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responsePayload"]["errorMessage"] == "no stock"
    letter = aws.message(letters_url)
    assert json.loads(letter["Body"]) == {"order": 7}
    assert texts(letter)["ErrorMessage"] == "no stock"
    assert letter["MessageAttributes"]["ErrorCode"] == {"DataType": "Number", "StringValue": "200"}


def test_a_function_s_dead_letter_queue_can_be_changed_and_read(aws: Aws) -> None:
    _, queue = aws.queue()
    name = aws.function(FAILING)
    config = {"TargetArn": queue}
    aws.functions.update_function_configuration(FunctionName=name, DeadLetterConfig=config)
    found = aws.functions.get_function(FunctionName=name)["Configuration"]
    assert found["DeadLetterConfig"] == config
    aws.functions.update_function_configuration(FunctionName=name, DeadLetterConfig={})
    assert "DeadLetterConfig" not in aws.functions.get_function_configuration(FunctionName=name)


def test_functions_use_what_their_role_may(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    url, _arn = aws.queue()
    name = aws.function(CALLING)

    def call(operation: str) -> str:
        body = json.dumps({"QueueUrl": url, "MessageBody": "hello"})
        event = {"service": "sqs", "target": f"AmazonSQS.{operation}", "body": body}
        answer = aws.functions.invoke(FunctionName=name, Payload=json.dumps(event))
        return str(json.loads(answer["Payload"].read()))

    assert call("SendMessage") == "done"
    assert aws.message(url)["Body"] == "hello"
    refused = call("PurgeQueue")
    assert "AccessDeniedException" in refused
    assert f"assumed-role/r/{name} is not authorized to perform: sqs:PurgeQueue" in refused
    assert main(["--embedded-state-dir", str(aws.state_dir), "embedded", "actions"]) == 0
    shown = capsys.readouterr().out
    assert "sqs:SendMessage" in shown
    book = aws.state_dir / "actions.json"
    waited(lambda: book.exists() and "sqs:PurgeQueue" in book.read_text())
    assert "sqs:PurgeQueue" in shown


def test_archived_events_are_replayed_without_a_trace(aws: Aws) -> None:
    url, arn = aws.queue()
    bus = aws.bus({"Arn": arn})
    name = f"a-{uuid.uuid4().hex[:8]}"
    archive = aws.events.create_archive(ArchiveName=name, EventSourceArn=bus)["ArchiveArn"]
    aws.put(bus)
    original = json.loads(aws.message(url)["Body"])
    waited(lambda: aws.events.describe_archive(ArchiveName=name)["EventCount"])
    now = time.time()
    aws.events.start_replay(
        ReplayName=f"replay-{name}",
        EventSourceArn=archive,
        EventStartTime=now - 3600,
        EventEndTime=now + 3600,
        Destination={"Arn": bus},
    )
    message = aws.message(url)
    assert json.loads(message["Body"]) == {**original, "replay-name": f"replay-{name}"}
    assert "AWSTraceHeader" not in message["Attributes"]
    assert aws.events.describe_replay(ReplayName=f"replay-{name}")["State"] == "COMPLETED"


def test_responses_of_the_data_planes_name_their_request(aws: Aws) -> None:
    # WHEN events are put, traces are read, and a function is called that is not there
    put = aws.events.put_events(Entries=[{"Source": "shop", "DetailType": "D", "Detail": "{}"}])
    read = aws.client("xray").batch_get_traces(TraceIds=[ROOT])
    with pytest.raises(ClientError) as missing:
        aws.functions.invoke(FunctionName="not-there")

    # THEN each response has an id of its own, by which the X-Ray SDK finds the request
    responses = (put, read, missing.value.response)
    ids = {response["ResponseMetadata"].get("RequestId") for response in responses}
    assert None not in ids
    assert len(ids) == 3


def test_patterns_are_tested_by_the_matcher_that_delivers(aws: Aws) -> None:
    members = ("id", "account", "source", "time", "region", "resources", "detail-type")
    event = json.dumps({**dict.fromkeys(members, "x"), "detail": {"n": 5}})

    def matches(pattern: Any) -> bool:
        answer = aws.events.test_event_pattern(EventPattern=json.dumps(pattern), Event=event)
        return bool(answer["Result"])

    assert matches({"detail": {"n": [{"numeric": [">", 4]}]}})
    assert not matches({"detail": {"n": [{"numeric": [">", 5]}]}})
    with pytest.raises(ClientError, match="InvalidEventPatternException"):
        matches({"source": []})
    with pytest.raises(ClientError, match="it lacks id, account"):
        aws.events.test_event_pattern(EventPattern=PATTERN, Event='{"source": "shop"}')


def test_a_rule_with_a_pattern_that_no_event_could_meet_is_refused(aws: Aws) -> None:
    pattern = json.dumps({"detail": {"n": [{"numeric": ["~", 4]}]}})
    with pytest.raises(ClientError, match=r"InvalidEventPatternException.*Event pattern is not"):
        aws.events.put_rule(Name="bad", EventPattern=pattern)


def test_the_books_balance(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    before = aws.ledger()["events"]
    url, arn = aws.queue()
    bus = aws.bus({"Arn": arn})
    for _ in range(20):
        aws.put(bus)
    aws.put(bus, Source="another")
    for _ in range(20):
        aws.message(url)
    waited(lambda: not aws.ledger()["events"]["delivering"])
    books = aws.ledger()
    changes = {key: count - before[key] for key, count in books["events"].items()}
    assert (changes["accepted"], changes["matched"], changes["filtered"]) == (21, 20, 1)
    assert changes["delivered"] == 20
    assert books["imbalance"] == 0
    assert main(["--embedded-state-dir", str(aws.state_dir), "embedded", "ledger"]) == 0
    assert "imbalance                         0" in capsys.readouterr().out


def test_without_a_server_there_are_no_books(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--embedded-state-dir", str(tmp_path), "embedded", "ledger"]) == 1
    assert "No embedded AWS" in capsys.readouterr().out
