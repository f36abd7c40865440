"""Calls about tables that moto handles otherwise than AWS, or that have files elsewhere."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.data.tables.batches import write_batch
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.errors import ApiError

Restart = Callable[[], ControlPlane]
REGION = "us-east-1"
KEY = {"id": {"S": "a"}}


def make_table(control: ControlPlane, name: str = "table") -> Any:
    client = client_of(control, "dynamodb", REGION)
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def add(client: Any, amount: str, token: str) -> None:
    client.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": "table",
                    "Key": KEY,
                    "UpdateExpression": "ADD n :n",
                    "ExpressionAttributeValues": {":n": {"N": amount}},
                }
            }
        ],
        ClientRequestToken=token,
    )


def test_a_transaction_that_is_sent_again_is_made_once(restart: Restart) -> None:
    client = make_table(restart())
    for token in ("first", "first", "second"):
        add(client, "1", token)
    assert client.get_item(TableName="table", Key=KEY)["Item"]["n"] == {"N": "2"}
    with pytest.raises(ClientError, match="IdempotentParameterMismatchException"):
        add(client, "5", "first")


def test_a_reset_forgets_transactions(restart: Restart) -> None:
    control = restart()
    add(make_table(control), "1", "token")
    control.reset()
    client = make_table(control)
    add(client, "2", "token")
    assert client.get_item(TableName="table", Key=KEY)["Item"]["n"] == {"N": "2"}


def test_a_table_of_a_point_in_time_has_the_items_of_now_and_keeps_them(restart: Restart) -> None:
    client = make_table(restart())
    client.put_item(TableName="table", Item=KEY)
    client.restore_table_to_point_in_time(
        SourceTableName="table", TargetTableName="copy", UseLatestRestorableTime=True
    )
    client.delete_item(TableName="table", Key=KEY)
    again = client_of(restart(), "dynamodb", REGION)
    assert again.scan(TableName="copy")["Items"] == [KEY]
    assert again.scan(TableName="table")["Items"] == []


def test_an_export_is_done_with_its_call_and_stays_in_its_bucket(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    client.put_item(TableName="table", Item=KEY)
    client_of(control, "s3", REGION).create_bucket(Bucket="bucket")
    client.update_continuous_backups(
        TableName="table",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    client.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:{REGION}:123456789012:table/table",
        S3Bucket="bucket",
        S3Prefix="out",
        ExportFormat="DYNAMODB_JSON",
    )
    bucket = client_of(restart(), "s3", REGION)
    (entry,) = bucket.list_objects_v2(Bucket="bucket")["Contents"]
    body = bucket.get_object(Bucket="bucket", Key=entry["Key"])["Body"].read()
    assert json.loads(gzip.decompress(body)) == {"Item": KEY}


def test_time_to_live_is_shown_and_its_gap_is_told(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    client.update_time_to_live(
        TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    again = restart()
    shown = client_of(again, "dynamodb", REGION).describe_time_to_live(TableName="table")
    assert shown["TimeToLiveDescription"]["AttributeName"] == "until"
    (message,) = (text for text in again.gaps.messages if "UpdateTimeToLive" in text)
    assert "expired items stay" in message


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("update_table", {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]}, "global"),
    ("scan", {"AttributesToGet": ["id"]}, "projection expression"),
    ("put_item", {"Item": KEY, "Expected": {}, "ConditionalOperator": "OR"}, "condition expr"),
]


@pytest.mark.parametrize("operation, members, message", REFUSED)
def test_what_has_no_effect_is_rejected(
    restart: Restart, operation: str, members: dict[str, Any], message: str
) -> None:
    client = make_table(restart())
    with pytest.raises(ClientError, match=f"is not simulated: .*{message}") as caught:
        getattr(client, operation)(TableName="table", **members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_rename_is_rejected_before_it_empties_an_object(restart: Restart) -> None:
    client = client_of(restart(), "s3", REGION)
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="new", Body=b"kept")
    with pytest.raises(ClientError, match="NotImplemented"):
        client.rename_object(Bucket="bucket", Key="new", RenameSource="/bucket/old")
    assert client.get_object(Bucket="bucket", Key="new")["Body"].read() == b"kept"


def put(key: str, **more: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"id": {"S": key}, **more}}}


BATCHES: list[tuple[dict[str, Any], str]] = [
    ({"table": [put("a"), put("a", v={"N": "1"})]}, "contains duplicates"),
    ({"table": [put("a"), {"DeleteRequest": {"Key": KEY}}]}, "contains duplicates"),
    (
        {"table": [put(f"{n}") for n in range(13)], "other": [put(f"{n}") for n in range(13)]},
        "Too many items requested",
    ),
    ({"table": [put("a")], "absent": [put("a")]}, "ResourceNotFoundException"),
    ({"table": [put("a")], "other": [{"PutRequest": {"Item": {"x": {"S": "1"}}}}]}, "Missing"),
]


@pytest.mark.parametrize("requests, message", BATCHES)
def test_a_batch_is_written_as_a_whole_or_rejected(
    restart: Restart, requests: dict[str, Any], message: str
) -> None:
    control = restart()
    client = make_table(control)
    make_table(control, "other")
    with pytest.raises(ClientError, match=message):
        client.batch_write_item(RequestItems=requests)
    assert client.scan(TableName="table")["Items"] == []


def test_a_batch_of_no_table_is_rejected() -> None:
    call = read_call(
        HttpRequest(
            "POST",
            "/",
            headers=(("X-Amz-Target", "DynamoDB_20120810.BatchWriteItem"),),
            body=b'{"RequestItems": {}}',
        )
    )
    with pytest.raises(ApiError, match="at 'requestItems' failed"):
        write_batch(call, lambda _: HttpResponse(200))


def test_a_batch_may_have_equal_items_of_two_tables(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    make_table(control, "other")
    done = client.batch_write_item(
        RequestItems={"table": [put("a"), put("b")], "other": [put("a")]},
        ReturnConsumedCapacity="TOTAL",
    )
    assert [entry["TableName"] for entry in done["ConsumedCapacity"]] == ["table", "other"]
    assert done["UnprocessedItems"] == {}
    again = client_of(restart(), "dynamodb", REGION)
    counts = [again.scan(TableName=name)["Count"] for name in ("table", "other")]
    assert counts == [2, 1]
