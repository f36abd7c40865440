"""The records of tables' streams, before and after a kill."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from control_planes import client_of

from tracing_lab.embedded.moto.data.tables.stream_api import stream_with
from tracing_lab.embedded.moto.data.tables.streams import SHARD_ID
from tracing_lab.embedded.moto.plane import ControlPlane

Restart = Callable[[], ControlPlane]
KEY = {"id": {"S": "a"}}


def make_table(control: ControlPlane, view: str = "NEW_AND_OLD_IMAGES") -> Any:
    client = client_of(control, "dynamodb")
    client.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )
    return client


def arn_of(control: ControlPlane) -> str:
    table = client_of(control, "dynamodb").describe_table(TableName="t")["Table"]
    return str(table["LatestStreamArn"])


def set_v(client: Any, value: str) -> None:
    client.update_item(
        TableName="t",
        Key=KEY,
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"S": value}},
    )


def records_of(control: ControlPlane, kind: str = "TRIM_HORIZON", **more: Any) -> list[Any]:
    client, arn = client_of(control, "dynamodbstreams"), arn_of(control)
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    found = client.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=kind, **more
    )
    records: list[Any] = client.get_records(ShardIterator=found["ShardIterator"])["Records"]
    return records


def test_each_change_has_one_record_with_its_images(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    set_v(client, "1")  # a new item
    set_v(client, "2")
    set_v(client, "2")  # which changes nothing
    client.put_item(TableName="t", Item={**KEY, "v": {"S": "2"}})  # likewise
    client.delete_item(TableName="t", Key=KEY)
    client.delete_item(TableName="t", Key=KEY)  # of nothing
    found = records_of(control)
    images = [
        (
            record["eventName"],
            record["dynamodb"].get("OldImage"),
            record["dynamodb"].get("NewImage"),
        )
        for record in found
    ]
    first, second = ({**KEY, "v": {"S": value}} for value in "12")
    assert images == [
        ("INSERT", None, first),
        ("MODIFY", first, second),
        ("REMOVE", second, None),
    ]
    assert {record["awsRegion"] for record in found} == {"eu-west-1"}
    assert all(record["dynamodb"]["Keys"] == KEY for record in found)
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "view, images",
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_a_view_decides_which_images_there_are(
    restart: Restart, view: str, images: set[str]
) -> None:
    control = restart()
    client = make_table(control, view)
    set_v(client, "1")
    set_v(client, "2")
    change = records_of(control)[1]["dynamodb"]
    assert {"NewImage", "OldImage"} & change.keys() == images
    assert change["StreamViewType"] == view


def test_what_fails_has_no_records(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    requests = [{"PutRequest": {"Item": record}} for record in (KEY, {"id": {"N": "1"}})]
    with pytest.raises(client.exceptions.ClientError):
        client.batch_write_item(RequestItems={"t": requests})
    assert records_of(control) == []


def test_records_and_the_arn_are_the_same_after_a_kill(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    set_v(client, "1")
    set_v(client, "2")
    arn, before = arn_of(control), records_of(control)
    again = restart()
    assert (arn_of(again), records_of(again)) == (arn, before)
    set_v(client_of(again, "dynamodb"), "3")
    third = records_of(restart())[2]
    assert third["dynamodb"]["NewImage"]["v"] == {"S": "3"}
    assert int(third["dynamodb"]["SequenceNumber"]) > int(before[1]["dynamodb"]["SequenceNumber"])


def test_a_stream_that_is_enabled_again_has_another_arn(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    first = arn_of(control)
    with pytest.raises(client.exceptions.ClientError, match="already has an enabled stream"):
        enable(client)
    client.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
    set_v(client, "unseen")
    assert records_of(control) == []
    with pytest.raises(client.exceptions.ClientError, match="has no stream to disable"):
        client.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
    enable(client)
    set_v(client, "seen")
    again = restart()
    assert arn_of(again) != first
    assert [record["dynamodb"]["NewImage"]["v"]["S"] for record in records_of(again)] == ["seen"]


def enable(client: Any) -> None:
    specification = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    client.update_table(TableName="t", StreamSpecification=specification)


def test_a_stream_without_a_view_is_rejected(restart: Restart) -> None:
    client = make_table(restart())
    client.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
    with pytest.raises(client.exceptions.ClientError, match="StreamViewType must be specified"):
        client.update_table(TableName="t", StreamSpecification={"StreamEnabled": True})


def test_iterators_go_on_after_a_kill_and_end_at_the_last_record(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    for value in "123":
        set_v(client, value)
    streams, arn = client_of(control, "dynamodbstreams"), arn_of(control)
    shard = {"StreamArn": arn, "ShardId": SHARD_ID}
    first = streams.get_shard_iterator(**shard, ShardIteratorType="TRIM_HORIZON")
    page = streams.get_records(ShardIterator=first["ShardIterator"], Limit=2)
    again = client_of(restart(), "dynamodbstreams")
    rest = again.get_records(ShardIterator=page["NextShardIterator"])
    values = [
        record["dynamodb"]["NewImage"]["v"]["S"] for record in (*page["Records"], *rest["Records"])
    ]
    assert values == ["1", "2", "3"]
    assert again.get_records(ShardIterator=rest["NextShardIterator"])["Records"] == []
    last = page["Records"][1]["dynamodb"]["SequenceNumber"]
    for kind, expected in (("AT_SEQUENCE_NUMBER", 2), ("AFTER_SEQUENCE_NUMBER", 1), ("LATEST", 0)):
        number = {} if kind == "LATEST" else {"SequenceNumber": last}
        found = again.get_shard_iterator(**shard, ShardIteratorType=kind, **number)
        assert len(again.get_records(ShardIterator=found["ShardIterator"])["Records"]) == expected
    assert [stream["StreamArn"] for stream in again.list_streams()["Streams"]] == [arn]


def test_what_is_no_stream_shard_or_iterator_has_dynamodbs_errors(restart: Restart) -> None:
    control = restart()
    make_table(control)
    streams, arn = client_of(control, "dynamodbstreams"), arn_of(control)
    wrong: list[tuple[str, dict[str, str], str]] = [
        ("describe_stream", {"StreamArn": f"{arn}0"}, "ResourceNotFoundException"),
        (
            "get_shard_iterator",
            {
                "StreamArn": arn,
                "ShardId": "shardId-00000000000000000000-00000000",
                "ShardIteratorType": "LATEST",
            },
            "ResourceNotFoundException",
        ),
        (
            "get_shard_iterator",
            {"StreamArn": arn, "ShardId": SHARD_ID, "ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "ValidationException",
        ),
        ("get_records", {"ShardIterator": "nonsense"}, "ValidationException"),
    ]
    for operation, members, code in wrong:
        with pytest.raises(streams.exceptions.ClientError) as caught:
            getattr(streams, operation)(**members)
        assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    "place",
    ["1", '["a", 9e99]', '["1", "b"]', "[NaN, 9e99]", "[1e999, 9e99]", "[null, 9e99]", "{}"],
)
def test_a_malformed_iterator_is_rejected(restart: Restart, place: str) -> None:
    control = restart()
    make_table(control)
    streams = client_of(control, "dynamodbstreams")
    iterator = f"{arn_of(control)}|1|{base64.b64encode(place.encode()).decode()}"
    with pytest.raises(streams.exceptions.ClientError, match="Invalid ShardIterator"):
        streams.get_records(ShardIterator=iterator)


@pytest.mark.parametrize("operation", ["describe_stream", "get_shard_iterator", "get_records"])
def test_streams_are_those_of_the_region(restart: Restart, operation: str) -> None:
    control = restart()
    make_table(control)
    here, there = (
        client_of(control, "dynamodbstreams", region) for region in ("eu-west-1", "us-west-2")
    )
    shard = {"StreamArn": arn_of(control), "ShardId": SHARD_ID, "ShardIteratorType": "LATEST"}
    members = {
        "describe_stream": {"StreamArn": shard["StreamArn"]},
        "get_shard_iterator": shard,
        "get_records": {"ShardIterator": here.get_shard_iterator(**shard)["ShardIterator"]},
    }
    with pytest.raises(there.exceptions.ResourceNotFoundException):
        getattr(there, operation)(**members[operation])


def test_the_shard_of_a_disabled_stream_ends_with_its_last_record(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    for value in "12":
        set_v(client, value)
    client.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
    streams, arn = client_of(restart(), "dynamodbstreams"), arn_of(control)
    place = {"StreamArn": arn, "ShardId": SHARD_ID, "ShardIteratorType": "TRIM_HORIZON"}
    first = streams.get_shard_iterator(**place)["ShardIterator"]
    page = streams.get_records(ShardIterator=first, Limit=1)
    last = streams.get_records(ShardIterator=page["NextShardIterator"])
    assert "NextShardIterator" not in last
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    (record,) = last["Records"]
    ending = shard["SequenceNumberRange"]["EndingSequenceNumber"]
    assert ending == record["dynamodb"]["SequenceNumber"]


def test_an_attribute_may_have_the_name_of_the_mark_of_bytes(restart: Restart) -> None:
    control = restart()
    item = {**KEY, "m": {"M": {"$bytes": {"S": "x"}}}, "b": {"B": b"x"}}
    make_table(control).put_item(TableName="t", Item=item)
    (record,) = records_of(control)
    assert record["dynamodb"]["NewImage"] == item


def test_records_of_yesterday_are_trimmed(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    set_v(client, "1")
    arn = arn_of(control)
    old = stream_with(arn).records[0]
    set_v(client, "2")
    streams = client_of(control, "dynamodbstreams")
    first = streams.get_shard_iterator(
        StreamArn=arn, ShardId=SHARD_ID, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    old["dynamodb"]["ApproximateCreationDateTime"] -= 24 * 3600 + 1
    assert [one["dynamodb"]["NewImage"]["v"]["S"] for one in records_of(control)] == ["2"]
    with pytest.raises(streams.exceptions.TrimmedDataAccessException):
        streams.get_records(ShardIterator=first)
