"""Items of DynamoDB's tables after the server was killed."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from control_planes import REGION, client_of
from direct_clients import direct_client
from full_disk import Disk
from hypothesis import HealthCheck, given, settings, strategies as st

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.data.tables.recording import is_unread
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.moto.replaying.journal import Journal, JournalEntry
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.storage.damage import damaged_files

Restart = Callable[[], ControlPlane]
KEYS = {"id": "S"}
PAIR = {"id": "S", "n": "N"}


def make_table(control: ControlPlane, name: str = "t", keys: Any = None, **more: Any) -> Any:
    kinds = dict(zip(keys or KEYS, ("HASH", "RANGE"), strict=False))
    client = client_of(control, "dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in kinds.items()],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in (keys or KEYS).items()
        ],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    return client


def item(key: str, **more: Any) -> dict[str, Any]:
    return {"id": {"S": key}, **more}


def items_of(control: ControlPlane, name: str = "t") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client_of(control, "dynamodb").scan(TableName=name)["Items"]
    return found


def ids_of(control: ControlPlane, name: str = "t") -> list[str]:
    return [name["id"]["S"] for name in items_of(control, name)]


def journaled(control: ControlPlane) -> int:
    return len(list(control._journal))


ALL_TYPES: dict[str, Any] = {
    "s": {"S": "ä\u2028"},
    "n": {"N": "-1.5"},
    "b": {"B": b"\x00\xff"},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2.5"]},
    "bs": {"BS": [b"\x01", b"\x02"]},
    "m": {"M": {"deep": {"L": [{"NULL": True}, {"BOOL": False}, {"B": b"x"}]}}},
    "l": {"L": []},
}


def test_items_of_all_types_come_back_whole_and_are_not_journaled(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    before = journaled(control)
    client.put_item(TableName="t", Item=item("a", **ALL_TYPES))
    client.put_item(TableName="t", Item=item("b"))
    assert journaled(control) == before
    again = restart()
    assert items_of(again) == [item("a", **ALL_TYPES), item("b")]
    assert items_of(restart()) == [item("a", **ALL_TYPES), item("b")]


def write_all_ways(client: Any) -> None:
    """Leave the items `EXPECTED`, with each operation that writes."""
    for key in ("put", "deleted", "updated", "batch-gone", "transact-gone", "partiql-gone"):
        client.put_item(TableName="t", Item=item(key, v={"N": "1"}))
    client.delete_item(TableName="t", Key=item("deleted"))
    change = {
        "UpdateExpression": "SET v = v + :name",
        "ExpressionAttributeValues": {":name": {"N": "1"}},
    }
    client.update_item(TableName="t", Key=item("updated"), **change)
    client.update_item(
        TableName="t",
        Key=item("upserted"),
        UpdateExpression="SET w = :w",
        ExpressionAttributeValues={":w": {"S": "x"}},
    )
    put, gone = (
        {"PutRequest": {"Item": item("batch")}},
        {"DeleteRequest": {"Key": item("batch-gone")}},
    )
    client.batch_write_item(RequestItems={"t": [put, gone], "other": [put]})
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "t", "Item": item("transact")}},
            {"Update": {"TableName": "t", "Key": item("put"), **change}},
            {"Delete": {"TableName": "t", "Key": item("transact-gone")}},
            {"Put": {"TableName": "other", "Item": item("transact")}},
        ]
    )
    client.execute_statement(Statement="INSERT INTO t VALUE {'id': 'partiql'}")
    client.execute_statement(Statement="DELETE FROM t WHERE id = 'partiql-gone'")
    client.batch_execute_statement(
        Statements=[{"Statement": "INSERT INTO t VALUE {'id': 'batched'}"}]
    )
    client.execute_transaction(
        TransactStatements=[{"Statement": "INSERT INTO t VALUE {'id': 'transacted'}"}]
    )


EXPECTED = [
    item("batch"),
    item("batched"),
    item("partiql"),
    item("put", v={"N": "2"}),
    item("transact"),
    item("transacted"),
    item("updated", v={"N": "2"}),
    item("upserted", w={"S": "x"}),
]


def test_every_operation_that_writes_is_kept_and_none_is_journaled(restart: Restart) -> None:
    control = restart()
    make_table(control)
    client = make_table(control, "other")
    before = journaled(control)
    write_all_ways(client)
    assert journaled(control) == before
    again = restart()
    assert items_of(again) == EXPECTED
    assert ids_of(again, "other") == ["batch", "transact"]


def test_items_with_two_keys_come_back_and_can_be_queried(restart: Restart) -> None:
    client = make_table(restart(), keys=PAIR)
    for number in ("10", "9", "9.0", "-1"):
        client.put_item(TableName="t", Item=item("a", n={"N": number}))
    client.put_item(TableName="t", Item=item("b", n={"N": "1"}))
    client.delete_item(TableName="t", Key=item("a", n={"N": "10.0"}))
    again = client_of(restart(), "dynamodb")
    found = again.query(
        TableName="t",
        KeyConditionExpression="id = :a AND n > :z",
        ExpressionAttributeValues={":a": {"S": "a"}, ":z": {"N": "-5"}},
    )
    assert [name["n"]["N"] for name in found["Items"]] == ["-1", "9.0"]
    assert again.describe_table(TableName="t")["Table"]["ItemCount"] == 3


def test_a_batch_with_an_invalid_item_writes_none(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    requests = [{"PutRequest": {"Item": name}} for name in (item("a"), {"id": {"N": "1"}})]
    with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
        client.batch_write_item(RequestItems={"t": requests})
    assert items_of(control) == items_of(restart()) == []


def test_a_transaction_that_is_cancelled_changes_nothing(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    client.put_item(TableName="t", Item=item("a", v={"N": "1"}))
    change = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"N": "9"}}}
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(
            TransactItems=[
                {"Update": {"TableName": "t", "Key": item("a"), **change}},
                {"Put": {"TableName": "t", "Item": item("new")}},
                {
                    "ConditionCheck": {
                        "TableName": "t",
                        "Key": item("absent"),
                        "ConditionExpression": "attribute_exists(id)",
                    }
                },
            ]
        )
    assert items_of(control) == [item("a", v={"N": "1"})]
    assert items_of(restart()) == [item("a", v={"N": "1"})]


def test_an_update_that_fails_in_the_middle_leaves_the_item_as_it_was(restart: Restart) -> None:
    control = restart()
    client = make_table(control)
    client.put_item(TableName="t", Item=item("a", v={"N": "1"}))
    values = {":big": {"S": "x" * 390_000}, ":more": {"S": "y" * 20_000}}
    with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
        client.update_item(
            TableName="t",
            Key=item("a"),
            UpdateExpression="SET v = :big, w = :more",
            ExpressionAttributeValues=values,
        )
    assert items_of(control) == [item("a", v={"N": "1"})]


def test_a_table_of_the_same_name_is_empty_again(restart: Restart) -> None:
    client = make_table(restart())
    client.put_item(TableName="t", Item=item("old"))
    client.delete_table(TableName="t")
    make_table(_plane := restart())
    assert items_of(_plane) == items_of(restart()) == []


def test_the_items_of_a_stack_go_with_it(restart: Restart, tmp_path: Path) -> None:
    control = restart()
    properties = {
        "TableName": "t",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    stacks = client_of(control, "cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"T": table}}))
    client_of(control, "dynamodb").put_item(TableName="t", Item=item("a"))
    again = restart()
    assert ids_of(again) == ["a"]
    client_of(again, "cloudformation").delete_stack(StackName="s")
    assert list(tmp_path.glob("*/tables/*")) == []


def test_backups_and_tables_made_from_them_keep_their_items(restart: Restart) -> None:
    client = make_table(restart())
    client.put_item(TableName="t", Item=item("a"))
    backup = client.create_backup(TableName="t", BackupName="backup")["BackupDetails"]["BackupArn"]
    client.delete_item(TableName="t", Key=item("a"))
    client.restore_table_from_backup(TargetTableName="early", BackupArn=backup)
    again = restart()
    assert (ids_of(again), ids_of(again, "early")) == ([], ["a"])
    client_of(again, "dynamodb").restore_table_from_backup(TargetTableName="late", BackupArn=backup)
    assert ids_of(restart(), "late") == ["a"]


def test_an_import_is_done_with_its_call(restart: Restart) -> None:
    control = restart()
    bucket = client_of(control, "s3", "us-east-1")
    bucket.create_bucket(Bucket="bucket")
    bucket.put_object(Bucket="bucket", Key="x", Body=json.dumps({"Item": item("a")}))
    client = client_of(control, "dynamodb", "us-east-1")
    client.import_table(
        S3BucketSource={"S3Bucket": "bucket"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": "table",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    assert client.scan(TableName="table")["Items"] == [item("a")]
    again = client_of(restart(), "dynamodb", "us-east-1")
    assert again.scan(TableName="table")["Items"] == [item("a")]


def test_a_reset_forgets_all_items(restart: Restart) -> None:
    control = restart()
    make_table(control).put_item(TableName="t", Item=item("a"))
    control.reset()
    make_table(control)
    assert items_of(control) == items_of(restart()) == []


def test_calls_that_an_older_version_journaled_are_converted(
    tmp_path: Path, restart: Restart
) -> None:
    # GIVEN a journal in which items were provisioned
    control = restart()
    make_table(control)
    requests: list[HttpRequest] = []

    def handle(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        return control.handle(read_call(request))

    client = direct_client("dynamodb", handle, region=REGION)
    client.put_item(TableName="t", Item=item("a"))
    client.update_item(
        TableName="t",
        Key=item("a"),
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"N": "1"}},
    )
    for path in tmp_path.glob("*/tables/*"):
        path.unlink()
    for number, request in enumerate(requests):
        control._journal.append(JournalEntry(number, request))
    # WHEN this version reads it
    again = restart()
    # THEN they are items, and no calls any more
    assert items_of(again) == [item("a", v={"N": "1"})]
    assert journaled(again) == 1
    assert items_of(restart()) == [item("a", v={"N": "1"})]


def test_entries_without_a_time_are_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "control.log")
    journal._calls.change((1, [7, '["POST", "/", "", []]', "x"]))
    (entry,) = journal
    journal.close()
    assert (entry.seed, entry.time_s, entry.request.body) == (7, None, b"x")


def test_a_damaged_file_is_set_aside_and_the_rest_of_it_is_used(
    tmp_path: Path, restart: Restart
) -> None:
    client = make_table(restart())
    for key in "abc":
        client.put_item(TableName="t", Item=item(key))
    (path,) = tmp_path.glob("*/tables/*.log")
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"b"', b'"?"', 1))
    control = restart()
    assert ids_of(control) == ["a", "c"]
    assert [name.partition(".damaged")[0] for name in damaged_files(tmp_path)] == [
        path.relative_to(tmp_path).as_posix()
    ]
    assert ids_of(restart()) == ["a", "c"]


def put_together(client: Any, key: str, **more: Any) -> None:
    """Put an item into two tables."""
    client.transact_write_items(
        TransactItems=[{"Put": {"TableName": name, "Item": item(key)}} for name in ("t", "other")],
        **more,
    )


def write_to_two_tables(control: ControlPlane, key: str) -> Any:
    client = make_table(control)
    make_table(control, "other")
    put_together(client, key)
    return client


@pytest.mark.parametrize("was_reset", [False, True])
def test_a_transaction_over_two_tables_is_whole_after_a_kill(
    tmp_path: Path, *, was_reset: bool
) -> None:
    writes: list[bytes] = []

    def write(descriptor: int, data: bytes) -> int:
        """Write, and keep a copy of the folder as it was just before each write."""
        shutil.copytree(tmp_path / "state", tmp_path / str(len(writes)))
        writes.append(data)
        return os.write(descriptor, data)

    control = ControlPlane(tmp_path / "state", write=write)
    control.replay()
    if was_reset:
        write_to_two_tables(control, "before")
        control.reset()
    client = make_table(control)
    make_table(control, "other")
    first = len(writes)
    put_together(client, "a")
    last = len(writes)
    control._app.reset()
    control.close()
    found = []
    for number in range(first, last):
        control = ControlPlane(tmp_path / str(number))
        control.replay()
        found.append((ids_of(control), ids_of(control, "other")))
        control._app.reset()
        control.close()
    assert set(map(repr, found)) == {"([], [])", "(['a'], ['a'])"}


@pytest.fixture
def on_disk(tmp_path: Path) -> Any:
    disk = Disk(10**9)
    control = ControlPlane(tmp_path, write=disk.write)
    control.replay()
    yield control, disk
    control.reset()
    control.close()


def test_a_write_that_does_not_fit_on_the_disk_changes_nothing(on_disk: Any) -> None:
    control, disk = on_disk
    client = make_table(control)
    make_table(control, "other")
    client.put_item(TableName="t", Item=item("a", v={"N": "1"}))
    disk.room = 60
    writes: list[Any] = [
        lambda: client.put_item(TableName="t", Item=item("b", v={"S": "x" * 99})),
        lambda: client.delete_item(TableName="t", Key=item("a")),
        lambda: put_together(client, "c"),
    ]
    for write in writes:
        disk.room = 10
        with pytest.raises(client.exceptions.ClientError) as caught:
            write()
        assert caught.value.response["Error"]["Code"] == "InternalServerError"
        assert items_of(control) == [item("a", v={"N": "1"})]
    disk.room = 10**6
    client.put_item(TableName="t", Item=item("b"))
    assert ids_of(control) == ["a", "b"]


def test_a_transaction_that_did_not_fit_on_the_disk_is_made_when_it_is_sent_again(
    on_disk: Any,
) -> None:
    control, disk = on_disk
    client = write_to_two_tables(control, "a")
    disk.room = 10
    with pytest.raises(client.exceptions.ClientError, match="No space left"):
        put_together(client, "b", ClientRequestToken="token")
    disk.room = 10**6
    put_together(client, "b", ClientRequestToken="token")
    assert ids_of(control) == ids_of(control, "other") == ["a", "b"]


def test_transactions_over_several_tables_leave_no_large_files(restart: Restart) -> None:
    control = restart()
    client = write_to_two_tables(control, "a")
    files = list(control._data._tables._files.values())
    sizes = set()
    for _ in range(3):
        for file in files:
            file._limit = 0
        put_together(client, "a")
        sizes.add(tuple(file.size for file in files))
    assert len(sizes) == 1
    again = restart()
    assert ids_of(again) == ids_of(again, "other") == ["a"]


KEY_NAMES = st.sampled_from("abcd")
WRITES = st.lists(
    st.tuples(st.sampled_from(("put", "delete", "update")), KEY_NAMES, st.integers(0, 99)),
    max_size=30,
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WRITES, st.integers(0, 300))
def test_any_writes_come_back(restart: Restart, writes: Any, limit: int) -> None:
    control = restart()
    control.reset()
    client = make_table(control)
    expected: dict[str, str] = {}
    for kind, key, number in writes:
        for file in control._data._tables._files.values():
            file._limit = limit  # so that files are compacted meanwhile
        if kind == "delete":
            client.delete_item(TableName="t", Key=item(key))
            expected.pop(key, None)
            continue
        expected[key] = str(number)
        if kind == "put":
            client.put_item(TableName="t", Item=item(key, v={"N": str(number)}))
        else:
            client.update_item(
                TableName="t",
                Key=item(key),
                UpdateExpression="SET v = :v",
                ExpressionAttributeValues={":v": {"N": str(number)}},
            )
    found = {name["id"]["S"]: name["v"]["N"] for name in items_of(restart())}
    assert found == expected


def test_a_start_does_not_read_the_items(restart: Restart) -> None:
    make_table(restart()).put_item(TableName="t", Item=item("a"))
    control = restart()
    table = backend("dynamodb", REGION).tables["t"]
    assert is_unread(table)
    assert ids_of(control) == ["a"]
    assert not is_unread(table)
