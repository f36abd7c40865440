"""An app with a table, its stream and a bucket: traced by the SDK, and killed in the middle."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from plain_apps import PlainApp, allow, edges
from waiting import waited

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus

BOOK = b"""
import json, os
import boto3
from aws_xray_sdk.core import patch_all

patch_all()
tables, objects = boto3.client("dynamodb"), boto3.client("s3")

def run(event, context):
    item = {"id": {"S": event["id"]}, "state": {"S": event.get("state", "new")}}
    tables.put_item(TableName="bookings", Item=item)
    objects.put_object(Bucket="tickets", Key=event["id"], Body=b"a ticket")
    return {"trace": os.environ["_X_AMZN_TRACE_ID"]}
"""
AUDIT = b"""
import json, os, pathlib
from aws_xray_sdk.core import xray_recorder

def run(event, context):
    with xray_recorder.in_subsegment("audit") as step:
        step.put_annotation("step", "audit")
        for record in event["Records"]:
            change = record["dynamodb"]
            name = change["Keys"]["id"]["S"]
            if name == "bad":
                raise ValueError("a bad record")
            file = pathlib.Path(os.environ["SEEN"], change["SequenceNumber"])
            seen = json.dumps({**record, "trace": os.environ["_X_AMZN_TRACE_ID"]})
            whole = file.with_suffix(".part")
            whole.write_text(seen)
            whole.replace(file)
"""


class Bookings(PlainApp):
    """The app, as its own deployment script would make it."""

    def __init__(self, running: EmbeddedStatus) -> None:
        super().__init__(running)
        self.seen = running.state_dir / "seen"
        self.seen.mkdir()
        self.tables, self.objects, self.sqs = map(self.client, ("dynamodb", "s3", "sqs"))
        self.stream = self.tables.create_table(
            TableName="bookings",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]["LatestStreamArn"]
        self.objects.create_bucket(Bucket="tickets")
        self.letters = self.sqs.create_queue(QueueName="lost-changes")["QueueUrl"]
        letters_arn = self.sqs.get_queue_attributes(
            QueueUrl=self.letters, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        self.function(
            "book", "app.run", {"app.py": BOOK}, allow("dynamodb:PutItem"), allow("s3:PutObject")
        )
        reading = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
        self.function(
            "audit",
            "app.run",
            {"app.py": AUDIT},
            allow(*(f"dynamodb:{action}" for action in reading), on=self.stream),
            allow("sqs:SendMessage", on=letters_arn),
            Environment={"Variables": {"SEEN": str(self.seen)}},
        )
        self.functions.create_event_source_mapping(
            FunctionName="audit",
            EventSourceArn=self.stream,
            StartingPosition="TRIM_HORIZON",
            MaximumRetryAttempts=0,
            BisectBatchOnFunctionError=True,
            DestinationConfig={"OnFailure": {"Destination": letters_arn}},
        )

    def book(self, name: str, **more: str) -> str:
        """Book; gives the id of the trace."""
        payload = json.dumps({"id": name, **more})
        answer = self.functions.invoke(FunctionName="book", Payload=payload)
        content = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, content
        return str(content["trace"].partition("Root=")[2].partition(";")[0])

    def audited(self) -> list[dict[str, Any]]:
        """Return the records that the second function has had, in the order of the stream."""
        return [json.loads(path.read_text()) for path in sorted(self.seen.glob("*[0-9]"))]

    def audited_ids(self) -> list[str]:
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in self.audited()]

    def documents(self, trace_id: str) -> list[dict[str, Any]]:
        (trace,) = self.xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
        return [json.loads(segment["Document"]) for segment in trace["Segments"]]


@pytest.fixture(scope="module")
def bookings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bookings]:
    state_dir = tmp_path_factory.mktemp("bookings")
    yield Bookings(lifecycle.start(state_dir=state_dir))
    lifecycle.stop(state_dir=state_dir)


def test_a_trace_shows_the_table_and_the_bucket_with_what_was_asked(bookings: Bookings) -> None:
    trace_id = bookings.book("b-1")
    # buckets have no nodes of their own
    table, bucket = ("bookings", "AWS::DynamoDB::Table"), ("S3", "AWS::S3")
    function = ("book", "AWS::Lambda::Function")
    waited(lambda: {(function, table), (function, bucket)} <= edges(bookings, trace_id))
    found = {document.get("origin"): document for document in bookings.documents(trace_id)}
    of_table, of_bucket = found["AWS::DynamoDB::Table"], found["AWS::S3"]
    assert of_table["aws"]["table_name"] == "bookings"
    assert of_bucket["aws"]["bucket_name"] == "tickets"
    assert of_bucket["aws"]["id_2"]
    for document, operation in ((of_table, "PutItem"), (of_bucket, "PutObject")):
        assert document["inferred"] is True
        assert document["aws"]["operation"] == operation
        assert document["aws"]["region"] == "us-east-1"
        assert document["aws"]["request_id"]
        assert document["http"]["response"]["status"] == 200
    waited(
        lambda: bookings.summaries('service(id(name: "bookings", type: "AWS::DynamoDB::Table"))')
    )
    now = time.time()
    graph = bookings.xray.get_service_graph(StartTime=now - 300, EndTime=now + 1)["Services"]
    assert {table, bucket} <= {(node["Name"], node["Type"]) for node in graph}


def test_a_change_runs_the_second_function_in_a_trace_of_its_own(bookings: Bookings) -> None:
    trace_id = bookings.book("b-2")
    bookings.book("b-2", state="paid")
    waited(lambda: bookings.audited_ids()[-2:] == ["b-2", "b-2"])
    insert, modify = bookings.audited()[-2:]
    assert (insert["eventName"], modify["eventName"]) == ("INSERT", "MODIFY")
    assert insert["eventSourceARN"] == bookings.stream
    assert modify["dynamodb"]["OldImage"]["state"] == {"S": "new"}
    assert modify["dynamodb"]["NewImage"]["state"] == {"S": "paid"}
    assert trace_id not in insert["trace"]


def test_a_bad_record_is_given_up_alone_and_its_queue_hears_of_it(bookings: Bookings) -> None:
    for name in ("good-1", "bad", "good-2"):
        bookings.book(name)
    waited(lambda: bookings.audited_ids()[-2:] == ["good-1", "good-2"])
    (letter,) = waited(
        lambda: bookings.sqs.receive_message(QueueUrl=bookings.letters).get("Messages")
    )
    body = json.loads(letter["Body"])
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert body["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_kill_loses_no_item_object_or_change(bookings: Bookings) -> None:
    names = [f"k-{number}" for number in range(10)]
    for name in names:
        bookings.book(name)
    bookings.kill_and_restart()
    items = bookings.tables.scan(TableName="bookings")["Items"]
    assert set(names) <= {item["id"]["S"] for item in items}
    assert bookings.objects.get_object(Bucket="tickets", Key="k-9")["Body"].read() == b"a ticket"
    bookings.book("after")
    waited(lambda: bookings.audited_ids()[-11:] == [*names, "after"])
