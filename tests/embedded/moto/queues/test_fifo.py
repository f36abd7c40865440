"""Order and duplicates in FIFO queues, through AWS's own client."""

from collections.abc import Callable
from typing import Any

import pytest
from control_planes import REGION, client_of

from tracing_lab.embedded.model import QueueMessage
from tracing_lab.embedded.moto.plane import ControlPlane

Send = Callable[..., dict[str, Any]]


def queue_url(sqs: Any, name: str = "q.fifo", **attributes: str) -> str:
    found = {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes}
    return str(sqs.create_queue(QueueName=name, Attributes=found)["QueueUrl"])


@pytest.fixture
def sqs(control: ControlPlane) -> Any:
    return client_of(control, "sqs")


def single(sqs: Any, url: str, body: str, group: str = "g", **more: str) -> dict[str, Any]:
    found = sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **more)
    return dict(found)


def in_batch(sqs: Any, url: str, body: str, group: str = "g", **more: str) -> dict[str, Any]:
    entry = {"Id": "1", "MessageBody": body, "MessageGroupId": group, **more}
    return dict(sqs.send_message_batch(QueueUrl=url, Entries=[entry])["Successful"][0])


@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("send", [single, in_batch])
def test_sequence_numbers_increase(sqs: Any, send: Send, *, explicit: bool) -> None:
    url = queue_url(sqs)
    numbers = [
        send(sqs, url, f"{n}", **({"MessageDeduplicationId": f"d{n}"} if explicit else {}))[
            "SequenceNumber"
        ]
        for n in range(20)
    ]
    assert numbers == sorted(set(numbers))
    assert {len(number) for number in numbers} == {20}
    received = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert [one["Attributes"]["SequenceNumber"] for one in received] == numbers[:10]


def test_sequence_numbers_increase_over_a_restart(restart: Callable[[], ControlPlane]) -> None:
    sqs = client_of(restart(), "sqs")
    before = single(sqs, queue_url(sqs), "a")["SequenceNumber"]
    sqs = client_of(restart(), "sqs")
    url = sqs.get_queue_url(QueueName="q.fifo")["QueueUrl"]
    assert single(sqs, url, "b")["SequenceNumber"] > before


@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("state", ["queued", "hidden", "deleted"])
@pytest.mark.parametrize("send", [single, in_batch])
def test_a_duplicate_is_the_first_message(
    sqs: Any, send: Send, state: str, *, explicit: bool
) -> None:
    url = queue_url(sqs)
    more = {"MessageDeduplicationId": "d"} if explicit else {}
    first = send(sqs, url, "a", **more)
    if state != "queued":
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        if state == "deleted":
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    again = send(sqs, url, "a", **more)
    for name in ("MessageId", "SequenceNumber"):
        assert again[name] == first[name]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    visible, hidden = (
        int(counts[f"ApproximateNumberOfMessages{kind}"]) for kind in ("", "NotVisible")
    )
    assert visible + hidden == (state != "deleted")


def test_two_entries_of_a_batch_may_be_duplicates(sqs: Any) -> None:
    url = queue_url(sqs)
    entries = [{"Id": name, "MessageBody": "a", "MessageGroupId": "g"} for name in ("1", "2")]
    first, second = sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    assert (first["Id"], second["Id"]) == ("1", "2")
    assert first["MessageId"] == second["MessageId"]


@pytest.mark.parametrize("scope, same", [("queue", True), ("messageGroup", False)])
def test_duplicates_are_those_of_the_queue_or_of_a_group(
    sqs: Any, scope: str, *, same: bool
) -> None:
    url = queue_url(sqs, DeduplicationScope=scope)
    ids = [single(sqs, url, "a", group)["MessageId"] for group in "gh"]
    assert (ids[0] == ids[1]) == same


def test_a_duplicate_from_a_service_is_dropped(sqs: Any, control: ControlPlane) -> None:
    url = queue_url(sqs)
    arn = f"arn:aws:sqs:{REGION}:123456789012:q.fifo"
    for _ in range(2):
        control.send_message(QueueMessage(arn, "a", group_id="g"))
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1
