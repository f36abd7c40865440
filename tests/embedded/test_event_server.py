"""Targets, dead letters, archives and the ledger on a running embedded AWS, through plain boto3."""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from archives import app_zip
from botocore.config import Config
from botocore.exceptions import ClientError
from waiting import waited

from tracing_lab.cli import main
from tracing_lab.embedded import lifecycle

ACCOUNT, REGION = "123456789012", "us-east-1"
ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
HEADER = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
FAILING = "def handler(event, context):\n    raise ValueError('no stock')\n"
WORKING = """
def handler(event, context):
    failed = [one["messageId"] for one in event["Records"] if one["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
"""
SENDING = """
import os
import boto3

sqs = boto3.client("sqs")

def handler(event, context):
    entries = [{"Id": str(number), "MessageBody": "good"} for number in range(2)]
    sqs.send_message_batch(QueueUrl=os.environ["QUEUE"], Entries=entries)
    return os.environ["_X_AMZN_TRACE_ID"]
"""
WHO = """
import boto3

def handler(event, context):
    found = boto3.client("sts").get_caller_identity()
    return {name: found[name] for name in ("Arn", "Account", "UserId")}
"""
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
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role_arn,
            Handler="app.handler",
            Code={"ZipFile": app_zip(code)},
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


def test_a_function_is_its_role(aws: Aws) -> None:
    name = aws.function(WHO)
    answer = json.loads(aws.functions.invoke(FunctionName=name)["Payload"].read())
    assert answer["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/r/{name}"
    assert answer["Account"] == ACCOUNT
    role = aws.client("iam").get_role(RoleName="r")["Role"]
    assert answer["UserId"] == f"{role['RoleId']}:{name}"
    user = aws.client("sts").get_caller_identity()
    assert ":assumed-role/" not in user["Arn"]


def test_a_function_works_off_a_queue(aws: Aws) -> None:
    # GIVEN a mapping whose function fails for one message of a batch
    url, arn = aws.queue()
    letters_url, letters_arn = aws.queue()
    redrive = json.dumps({"deadLetterTargetArn": letters_arn, "maxReceiveCount": "1"})
    attributes = {"VisibilityTimeout": "1", "RedrivePolicy": redrive}
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    policy = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    aws.client("iam").put_role_policy(
        RoleName="r",
        PolicyName="poll",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    name = aws.function(WORKING, Timeout=1)
    aws.functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    # WHEN messages arrive
    entries = [{"Id": body, "MessageBody": body} for body in ("one", "bad", "two")]
    aws.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    # THEN that one becomes a dead letter, and the others are gone
    assert aws.message(letters_url)["Body"] == "bad"
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
    assert set(left.values()) == {"0"}


def test_the_traces_of_producer_and_consumer_are_linked(aws: Aws) -> None:
    # GIVEN a function that sends two messages and one that reads the queue, both of them traced
    url, arn = aws.queue()
    policy = {"Effect": "Allow", "Action": ["sqs:*", "xray:Put*"], "Resource": "*"}
    aws.client("iam").put_role_policy(
        RoleName="r",
        PolicyName="link",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    traced = {"TracingConfig": {"Mode": "Active"}, "Timeout": 10}
    variables = {"Variables": {"QUEUE": url}}
    producer = aws.function(SENDING, Environment=variables, **traced)
    consumer = aws.function(WORKING, **traced)
    aws.functions.create_event_source_mapping(FunctionName=consumer, EventSourceArn=arn)
    # WHEN the first is invoked
    started_s = time.time()
    answer = json.loads(aws.functions.invoke(FunctionName=producer)["Payload"].read())
    root = answer.partition("Root=")[2].partition(";")[0]
    # THEN the second has a trace of its own, and each has a link to the other
    xray = aws.client("xray")

    def invocations(trace_id: str) -> list[Any]:
        traces = xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
        segments = [segment for trace in traces for segment in trace["Segments"]]
        documents = [json.loads(segment["Document"]) for segment in segments]
        parts = [part for document in documents for part in document.get("subsegments", [])]
        return [part for part in parts if part["name"] == "Invocation" and part.get("links")]

    (link,) = waited(lambda: [one for part in invocations(root) for one in part["links"]])
    assert link["attributes"]["aws.xray.reserved.names"] == [consumer]
    (part,) = waited(lambda: invocations(link["trace_id"]))
    (back,) = part["links"]
    sender = answer.partition("Parent=")[2].partition(";")[0]
    assert (back["trace_id"], back["id"]) == (root, sender)
    # AND the service map shows the way of the messages
    services = xray.get_service_graph(StartTime=started_s - 1, EndTime=time.time() + 1)["Services"]
    names = {service["ReferenceId"]: service["Name"] for service in services}
    assert [
        (service["Name"], names[edge["ReferenceId"]])
        for service in services
        for edge in service["Edges"]
        if edge.get("EdgeType") == "link"
    ] == [(producer, consumer)]


def test_an_api_is_a_target_and_its_role_is_evaluated(aws: Aws) -> None:
    gateway, iam = aws.client("apigateway"), aws.client("iam")
    api_id = gateway.create_rest_api(name="shop")["id"]
    root = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "POST"}
    gateway.put_method(**method, authorizationType="AWS_IAM")
    template = {"application/json": '{"statusCode": 200}'}
    gateway.put_integration(**method, type="MOCK", requestTemplates=template)
    gateway.put_method_response(**method, statusCode="200")
    gateway.put_integration_response(**method, statusCode="200")
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    url, letters = aws.queue()
    may = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    may_not = {**may, "Action": "execute-api:ManageConnections"}
    principal = {"Service": "events.amazonaws.com"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    roles = {}
    for name, statement in (("caller", may), ("other", may_not)):
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        roles[name] = made["Role"]["Arn"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/prod/POST/"
    target = {"Arn": arn, "DeadLetterConfig": {"Arn": letters}}
    bus = aws.bus({**target, "RoleArn": roles["caller"]})
    before = aws.ledger()["events"]["delivered"]
    aws.put(bus)
    waited(lambda: aws.ledger()["events"]["delivered"] == before + 1)
    aws.put(aws.bus({**target, "RoleArn": roles["other"]}))
    assert texts(aws.message(url))["ERROR_CODE"] == "NO_PERMISSIONS"
    aws.put(aws.bus(target))  # without a signature
    assert "responded with 403" in texts(aws.message(url))["ERROR_MESSAGE"]


def test_what_is_accepted_without_effect_is_shown(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    aws.events.put_rule(Name="trail", EventPattern=PATTERN, State=state)
    assert main(["--embedded-state-dir", str(aws.state_dir), "embedded", "status"]) == 0
    line = f"Not as on AWS: events PutRule with State {state} is not simulated"
    assert line in capsys.readouterr().out


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
