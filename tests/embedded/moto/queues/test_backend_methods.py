"""Sending, receiving and deleting of messages, through AWS's own client."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of
from waiting import waited

from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.moto.queues.sending import queue_of


@pytest.fixture
def sqs(control: ControlPlane) -> Any:
    return client_of(control, "sqs")


def make(sqs: Any, name: str = "q", **attributes: str) -> tuple[str, Any]:
    """Make a queue; return its URL and moto's object."""
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, queue_of(arn["QueueArn"])


def receive(sqs: Any, url: str, **options: Any) -> list[Any]:
    options = {"MaxNumberOfMessages": 10, **options}
    messages: list[Any] = sqs.receive_message(QueueUrl=url, **options).get("Messages", [])
    return messages


def test_messages_are_received_oldest_first_and_hidden(sqs: Any) -> None:
    url, _ = make(sqs)
    for body in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert [one["Body"] for one in receive(sqs, url, MaxNumberOfMessages=2)] == ["a", "b"]
    assert [one["Body"] for one in receive(sqs, url)] == ["c"]
    assert receive(sqs, url) == []


def test_messages_over_the_retention_period_are_deleted(sqs: Any) -> None:
    url, queue = make(sqs, MessageRetentionPeriod="60")
    for body in ("old", "new"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    queue._messages[0].sent_timestamp -= 61_000
    assert [one["Body"] for one in receive(sqs, url)] == ["new"]
    assert [message.body for message in queue._messages] == ["new"]


def test_a_message_is_late_by_its_own_delay_or_the_queues(sqs: Any) -> None:
    url, _ = make(sqs, DelaySeconds="60")
    sqs.send_message(QueueUrl=url, MessageBody="later")
    sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0)
    assert [one["Body"] for one in receive(sqs, url)] == ["now"]


def test_a_message_can_be_deleted_by_an_older_handle(sqs: Any) -> None:
    url, queue = make(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    (first,) = receive(sqs, url, VisibilityTimeout=0)
    assert receive(sqs, url)
    handle = {"Id": "1", "ReceiptHandle": first["ReceiptHandle"]}
    for _ in range(2):  # a second time does no harm
        done = sqs.delete_message_batch(QueueUrl=url, Entries=[handle])
        assert [one["Id"] for one in done["Successful"]] == ["1"]
    assert not queue._messages
    assert not queue.pending_messages


def test_a_handle_that_never_was_is_an_error_of_its_entry(sqs: Any) -> None:
    url, _ = make(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    (message,) = receive(sqs, url)
    handles = {"1": message["ReceiptHandle"], "2": "nonsense"}
    entries = [{"Id": name, "ReceiptHandle": handle} for name, handle in handles.items()]
    done = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in done["Successful"]] == ["1"]
    (failed,) = done["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == (
        "2",
        "ReceiptHandleIsInvalid",
        True,
    )


@pytest.mark.parametrize("by_content", [True, False])
@pytest.mark.parametrize("batch", [True, False])
def test_a_duplicate_of_a_deleted_message_is_dropped_for_five_minutes(
    sqs: Any, *, by_content: bool, batch: bool
) -> None:
    url, queue = make(
        sqs, "q.fifo", FifoQueue="true", ContentBasedDeduplication=str(by_content).lower()
    )
    message = {"MessageBody": "a", "MessageGroupId": "g"}
    message |= {} if by_content else {"MessageDeduplicationId": "d"}
    sent = sqs.send_message(QueueUrl=url, **message)
    (received,) = receive(sqs, url)
    handle = received["ReceiptHandle"]
    if batch:
        entries = [{"Id": "1", "ReceiptHandle": handle}]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    else:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert sqs.send_message(QueueUrl=url, **message)["MessageId"] == sent["MessageId"]
    assert receive(sqs, url) == []
    for earlier in queue.sent_before.values():
        earlier.sent_timestamp -= 301_000
    sqs.send_message(QueueUrl=url, **message)
    assert len(receive(sqs, url)) == 1


def test_a_single_handle_that_never_was_is_an_error(sqs: Any) -> None:
    url, _ = make(sqs)
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")


def test_what_is_received_is_a_copy(sqs: Any) -> None:
    url, queue = make(sqs)
    attributes = {name: {"DataType": "String", "StringValue": name} for name in ("x", "y")}
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attributes)
    (message,) = receive(sqs, url, MessageAttributeNames=["x"])
    assert set(message["MessageAttributes"]) == {"x"}
    assert set(queue._messages[0].message_attributes) == {"x", "y"}


@pytest.mark.parametrize(
    "members, code",
    [
        ({"DelaySeconds": 901}, "InvalidParameterValue"),
        ({"MessageBody": "x" * 2000}, "InvalidParameterValue"),
        ({"QueueUrl": "http://127.0.0.1/123456789012/none"}, "NonExistentQueue"),
    ],
)
def test_bad_messages_are_rejected(sqs: Any, members: Any, code: str) -> None:
    url, queue = make(sqs, MaximumMessageSize="1024")
    with pytest.raises(ClientError) as caught:
        sqs.send_message(**{"QueueUrl": url, "MessageBody": "a", **members})
    assert code in caught.value.response["Error"]["Code"]
    assert not queue._messages


def test_queues_were_made_at_a_whole_second_which_a_restart_keeps(
    restart: Callable[[], ControlPlane],
) -> None:
    def times(control: ControlPlane) -> dict[str, str]:
        names = ["CreatedTimestamp", "LastModifiedTimestamp"]
        client = client_of(control, "sqs")
        url = client.get_queue_url(QueueName="q")["QueueUrl"]
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return dict(found["Attributes"])

    control = restart()
    url, queue = make(client_of(control, "sqs"))
    assert all(value.isdecimal() for value in times(control).values())
    queue.created_timestamp -= 60  # so that the change is later
    client_of(control, "sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"})
    changed = times(control)["LastModifiedTimestamp"]
    assert changed.isdecimal()
    waited(lambda: time.time() > int(changed) + 1)
    again = times(restart())
    assert again["LastModifiedTimestamp"] == changed
    assert int(again["CreatedTimestamp"]) <= int(changed)
